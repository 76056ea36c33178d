"""How well copies are told from other articles, on labelled pairs.

    python benchmarks/dedup.py PAIRS [--json]

PAIRS is a JSON Lines file, plain or gzipped, of either shape:

    a_title a_text a_date a_source, b_..., label (duplicate, distinct, version), kind
    a {title, text, day, source}, b {...}, same_story (true, false), sample

Precision and recall are of `duplicate` against `distinct`; of `version` pairs only the share
joined is given. Beside the archive's rule stand the usual methods at their usual settings;
datasketch and rensa take part where they are installed.

`rule` compares the two texts; `rule and index` also asks whether the one would have been
found by the other's keys, as it must be in an archive.
"""

import argparse
import gzip
import importlib.util
import json
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import blake2b, shake_128
from pathlib import Path
from struct import unpack
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

from storage.copies import Text, compare
from storage.fingerprint import digest, digest_of, folded, keys_of
from storage.text import words

# The usual settings: 128 values over word 5-grams, a threshold of .8; 64 bits, 3 may differ.
PERMUTATIONS = 128
THRESHOLD = 0.8
SHINGLE = 5
BITS = 64
DISTANCE = 3


@dataclass(frozen=True)
class Pair:
    one: Text
    other: Text
    label: str
    kind: str


Method = Callable[[Text, Text], bool]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    pairs = list(read(given.pairs))
    report = {name: measure(method, pairs) for name, method in methods().items()}
    print(json.dumps(report, ensure_ascii=False, indent=1) if given.json else table(report))


def read(path: Path) -> Iterator[Pair]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            if "same_story" in row:
                label = "duplicate" if row["same_story"] else "distinct"
                one, other = (side_text(row[side], "day") for side in "ab")
                yield Pair(one, other, label, f"{label}_{row['sample']}")
            else:
                one, other = (side_text(flat(row, side), "date") for side in "ab")
                yield Pair(one, other, row["label"], row["kind"])


def flat(row: dict[str, Any], side: str) -> dict[str, Any]:
    return {
        key.removeprefix(f"{side}_"): value for key, value in row.items() if key[:2] == f"{side}_"
    }


def side_text(side: dict[str, Any], date: str) -> Text:
    published = datetime.fromisoformat(side[date]) if side[date] else None
    if published and published.tzinfo is None:
        published = published.replace(tzinfo=UTC)
    return Text(side["title"], side["text"], published, side["source"])


def methods() -> dict[str, Method]:
    """The methods, ours first; the libraries that are missing are named on standard error."""
    found: dict[str, Method] = {
        "rule": lambda one, other: compare(one, other).joins,
        "rule and index": lambda one, other: (
            compare(one, other).joins and bool(keys(one) & keys(other))
        ),
        "exact hash": lambda one, other: (
            digest(one.headline, one.body) == digest(other.headline, other.body)
        ),
        "MinHash .8": lambda one, other: estimate(minhash(one), minhash(other)) >= THRESHOLD,
        "SimHash k=3": lambda one, other: (simhash(one) ^ simhash(other)).bit_count() <= DISTANCE,
    }
    for library, method in (("datasketch", datasketch_joins), ("rensa", rensa_joins)):
        if importlib.util.find_spec(library):
            found[library] = method
        else:
            print(f"{library} is not installed and is left out", file=sys.stderr)
    return found


def keys(text: Text) -> set[int | str]:
    said = folded(text.headline, text.body)
    return {*keys_of(said), digest_of(said)}


def grams(text: Text) -> set[str]:
    folded = words(f"{text.headline}\n{text.body}")
    return {" ".join(folded[i : i + SHINGLE]) for i in range(max(1, len(folded) - SHINGLE + 1))}


def minhash(text: Text) -> list[int]:
    rows = (
        unpack(f"<{PERMUTATIONS}I", shake_128(gram.encode()).digest(4 * PERMUTATIONS))
        for gram in grams(text)
    )
    return [min(column) for column in zip(*rows, strict=True)]


def estimate(one: list[int], other: list[int]) -> float:
    return sum(a == b for a, b in zip(one, other, strict=True)) / PERMUTATIONS


def simhash(text: Text) -> int:
    counts = [0] * BITS
    for word in words(f"{text.headline}\n{text.body}"):
        hashed = int.from_bytes(blake2b(word.encode(), digest_size=BITS // 8).digest())
        for bit in range(BITS):
            counts[bit] += 1 if hashed >> bit & 1 else -1
    return sum(1 << bit for bit, count in enumerate(counts) if count > 0)


def datasketch_joins(one: Text, other: Text) -> bool:
    from datasketch import MinHash, MinHashLSH

    sketches = []
    for text in (one, other):
        sketch = MinHash(num_perm=PERMUTATIONS)
        sketch.update_batch([gram.encode() for gram in grams(text)])
        sketches.append(sketch)
    index = MinHashLSH(threshold=THRESHOLD, num_perm=PERMUTATIONS)
    index.insert("one", sketches[0])
    return bool(index.query(sketches[1]))


def rensa_joins(one: Text, other: Text) -> bool:
    from rensa import RMinHash

    sketches = []
    for text in (one, other):
        sketch = RMinHash(num_perm=PERMUTATIONS, seed=42)
        sketch.update(sorted(grams(text)))
        sketches.append(sketch)
    return bool(sketches[0].jaccard(sketches[1]) >= THRESHOLD)


def measure(method: Method, pairs: list[Pair]) -> dict[str, Any]:
    began = time.perf_counter()
    joined = [method(pair.one, pair.other) for pair in pairs]
    seconds = time.perf_counter() - began
    counts: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0])
    for pair, joins in zip(pairs, joined, strict=True):
        for key in ((pair.label, ""), (pair.label, pair.kind)):
            counts[key][0] += joins
            counts[key][1] += 1
    right, duplicates = counts["duplicate", ""]
    wrong, _ = counts["distinct", ""]
    versions, of_versions = counts["version", ""]
    return {
        "precision": round(right / (right + wrong), 3) if right + wrong else None,
        "recall": round(right / duplicates, 3) if duplicates else None,
        "versions_joined": f"{versions} of {of_versions}",
        "milliseconds_per_pair": round(1000 * seconds / len(pairs), 2),
        "kinds": {
            f"{label} {kind}": f"{count} of {size}"
            for (label, kind), (count, size) in sorted(counts.items())
            if kind
        },
    }


def table(report: dict[str, dict[str, Any]]) -> str:
    lines = [f"{'method':16} precision recall  versions  ms/pair"]
    for name, found in report.items():
        precision, recall = (f"{found[key] or 0:.3f}" for key in ("precision", "recall"))
        lines.append(
            f"{name:16} {precision:9} {recall:7} {found['versions_joined']:9}"
            f" {found['milliseconds_per_pair']}"
        )
    lines += ["", f"{'joined by kind':40} " + " ".join(f"{name:>15}" for name in report)]
    for kind in next(iter(report.values()))["kinds"]:
        counts = " ".join(f"{found['kinds'][kind]:>15}" for found in report.values())
        lines.append(f"{kind:40} {counts}")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
