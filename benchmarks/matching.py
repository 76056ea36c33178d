"""What folding and matching cost beside what else one might use, in one run on one text.

    python benchmarks/matching.py [FOLDER]

FOLDER holds articles as gzipped JSON Lines (`body`, `content`, `article` or `text`); by default
`../shared/data/corpora`. Speeds depend on the machine and its load, so read the ratios: every
line is measured here, best of three, in CPU time. Competitors that are not installed are named
and skipped. Nothing is fetched.
"""

import gc
import gzip
import importlib
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from types import ModuleType
from typing import Any
from zlib import crc32

sys.path.insert(0, str(Path(__file__).parents[1]))

from scheduler.matching import Document, Matcher, WatchQuery, compile_watches
from storage.text import fold, raw_words, tokenize, words

CORPORA = Path(__file__).parents[2] / "shared/data/corpora"
SIZES = (10, 100, 1_000, 10_000)
ARTICLES, SAMPLE = 1_200, 2_500
# A watch term is met seldom: in no more than so many of the articles it was drawn from.
SELDOM = 3
# A word is common that stands in more than this share of the articles.
COMMON = 0.05
WORD = re.compile(r"\w+")
TABLE = {
    **dict.fromkeys([*range(0x610, 0x61B), *range(0x64B, 0x660), 0x640, 0x670], None),
    **str.maketrans("أإآٱىیةؤئکہھڤپ٠١٢٣٤٥٦٧٨٩", "ااااييهءءكههفب0123456789"),
}


def main() -> None:
    """Print every measurement as MB/s of UTF-8 and as a multiple of one `re.findall`."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else CORPORA
    if not folder.is_dir():
        print(f"{folder}: no such folder; give one with articles as *.jsonl.gz")
        sys.exit(2)
    texts = articles(folder)
    texts.sort(key=_shuffled)
    texts, drawn_from = texts[:ARTICLES], texts[ARTICLES : ARTICLES + SAMPLE]
    bench = Bench(texts)
    print(f"{len(texts):,} articles, {bench.size / 1e6:.1f} MB; {bench.base_line()}")
    measure_folding(bench)
    measure_matching(bench, seldom_terms(drawn_from))


class Bench:
    """Times work over the same texts, and prints it beside one `re.findall` of folded text."""

    def __init__(self, texts: list[str]) -> None:
        self.texts = texts
        self.folded = [fold(text) for text in texts]
        self.size = sum(len(text.encode()) for text in texts)
        gc.collect()
        gc.freeze()
        self.base = self.seconds(WORD.findall, self.folded)

    def seconds(self, work: Callable[[Any], Any], items: Iterable[Any], rounds: int = 3) -> float:
        """Return the CPU time of the best of some rounds over *items*."""
        best = float("inf")
        for _ in range(rounds):
            started = time.process_time()
            for item in items:
                work(item)
            best = min(best, time.process_time() - started)
        return best

    def base_line(self) -> str:
        return rf're.findall(r"\w+") of folded text: {self.size / self.base / 1e6:.0f} MB/s = 1.0'

    def show(self, name: str, seconds: float, note: str = "") -> None:
        speed = self.size / seconds / 1e6
        print(f"  {name:44} {speed:8.2f} MB/s  {seconds / self.base:8.2f}  {note}")


def measure_folding(bench: Bench) -> None:
    """Folding and tokens beside `str.translate`, PyArabic and a stemmer."""
    print("folding and tokens")
    translate = bench.seconds(lambda text: text.translate(TABLE), bench.texts)
    ours = bench.seconds(fold, bench.texts)
    bench.show("str.translate with deletions", translate)
    bench.show("storage.text.fold", ours, f"{translate / ours:.1f} times str.translate")
    bench.show("storage.text.raw_words", bench.seconds(raw_words, bench.texts))
    bench.show("storage.text.words (folded)", bench.seconds(words, bench.texts))
    bench.show("storage.text.tokenize (with spans)", bench.seconds(tokenize, bench.texts))
    if araby := optional("pyarabic.araby"):

        def pyarabic(text: str) -> str:
            plain = araby.strip_tashkeel(araby.strip_tatweel(text))
            return str(araby.normalize_hamza(araby.normalize_ligature(plain)))

        few = bench.texts[:100]
        share = bench.size / sum(len(text.encode()) for text in few)
        bench.show("PyArabic strip and normalise", bench.seconds(pyarabic, few, 1) * share)
    if snowball := optional("snowballstemmer"):
        stemmer = snowball.stemmer("arabic")
        few = bench.texts[:20]
        share = bench.size / sum(len(text.encode()) for text in few)
        stem = bench.seconds(lambda text: stemmer.stemWords(WORD.findall(text)), few, 1)
        bench.show("Snowball arabic, every word", stem * share)


def measure_matching(bench: Bench, terms: list[str]) -> None:
    """Inflected watches beside literal engines, which answer a smaller question."""
    documents = [Document("", text) for text in bench.texts]
    first = 0.0
    for size in SIZES:
        print(
            f"{size:,} terms of 1 to 3 words"
            if size <= len(terms)
            else f"only {len(terms):,} terms"
        )
        chosen = terms[:size]
        started = time.process_time()
        matcher = compile_watches([WatchQuery(str(i), f'"{t}"') for i, t in enumerate(chosen)])
        compiling = time.process_time() - started
        gc.freeze()
        seconds = bench.seconds(matcher.match, documents)
        first = first or seconds
        note = f"{seconds / first:.2f} times 10 watches, compiled in {compiling:.2f} s"
        bench.show("inflected watches with spans", seconds, note)
        print(f"  {'':44} {matches(matcher, documents):.1f} matches an article")
        measure_literals(bench, chosen)


def measure_literals(bench: Bench, terms: list[str]) -> None:
    few = bench.folded[:20] if len(terms) > 100 else bench.folded[:200]
    share = len("".join(bench.folded)) / len("".join(few))
    if len(terms) <= 1_000:
        patterns = [re.compile(rf"\b{re.escape(term)}\b") for term in terms]
        loop = bench.seconds(lambda text: [p.search(text) for p in patterns], few, 1)
        bench.show("re, one search for each folded term", loop * share, "whole words only")
    if ahocorasick := optional("ahocorasick"):
        automaton = ahocorasick.Automaton()
        for term in terms:
            automaton.add_word(term, term)
        automaton.make_automaton()
        found = bench.seconds(lambda text: list(automaton.iter(text)), bench.folded)
        bench.show("pyahocorasick on folded text", found, "substrings, no spans into the original")
    if re2 := optional("re2"):
        settings = re2.Options()
        settings.max_mem = 1 << 30
        pattern = re2.compile("|".join(re.escape(term) for term in terms[:1_000]), settings)
        found = bench.seconds(lambda text: list(pattern.finditer(text)), bench.folded[:200], 1)
        share = len("".join(bench.folded)) / len("".join(bench.folded[:200]))
        note = "substrings" + ("; the first 1,000 terms" if len(terms) > 1_000 else "")
        bench.show("google-re2 alternation on folded text", found * share, note)


def matches(matcher: Matcher, documents: list[Document]) -> float:
    return sum(len(matcher.match(document)) for document in documents) / len(documents)


_missing: set[str] = set()


def optional(name: str) -> ModuleType | None:
    """Return a competitor, or say once that it is not installed."""
    try:
        return importlib.import_module(name)
    except ImportError:
        if name not in _missing:
            print(f"  {name} is not installed: skipped")
            _missing.add(name)
        return None


def articles(folder: Path) -> list[str]:
    found = []
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            for line in lines:
                article = json.loads(line)
                keys = ("body", "content", "article", "text")
                text = next((article[key] for key in keys if article.get(key)), "")
                if len(text) > 500:
                    found.append(text)
    return found


def seldom_terms(texts: list[str]) -> list[str]:
    """Return phrases of one to three words, none of them common, each met in few articles.

    A desk's ten thousand terms are names and phrases. Words that stand in every article would
    measure how fast matches are handed out.
    """
    spread = Counter(word for text in texts for word in set(words(text)))
    common = {word for word, count in spread.items() if count > len(texts) * COMMON}
    articles_with: Counter[str] = Counter()
    drawn = []
    for text in texts:
        folded = words(text)
        grams = [folded[at : at + size] for size in (1, 2, 3) for at in range(len(folded) - size)]
        usable = [g for g in grams if all(len(word) > 2 and word not in common for word in g)]
        here = {" ".join(gram) for gram in usable}
        articles_with.update(here)
        drawn += sorted(here, key=_shuffled)[:40]
    return sorted({term for term in drawn if articles_with[term] <= SELDOM}, key=_shuffled)


def _shuffled(text: str) -> int:
    """An order that has nothing to do with the text, and is the same in every run."""
    return crc32(text.encode())


if __name__ == "__main__":
    main()
