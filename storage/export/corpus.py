"""The archive as a corpus: a folder that can be cited, checked, and loaded without this program.

bagit.txt, bag-info.txt           a bag (RFC 8493): what is under data/ is the corpus
manifest-sha256.txt               the sha256 of each file under data/
SHA256SUMS                        that of every file, for `sha256sum -c`
README.md                         the dataset card; `datasets` and the Hub read its head
DATASHEET.md, CITATION.cff        how it came about; how it is cited
data/articles/month=…/            the articles as Parquet, see `storage.export.parquet`
data/captures/, data/evidence/    where captures are wanted: their bytes, and what they prove
"""

import gzip
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, BinaryIO, Self, cast

from sqlalchemy.orm import Session

from storage import queries
from storage.export import jsonl, warc
from storage.export.parquet import Months
from storage.export.target import MARK
from storage.export.wacz import relocated
from storage.queries import Row

EVIDENCE = "data/evidence/articles.jsonl.gz"
SITES = "data/evidence/sites.json"
WARC = "captures.warc.gz"

EXAMPLE = "SELECT site, count(*) FROM read_parquet('data/articles/**/*.parquet') GROUP BY site;"

SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))


@dataclass(slots=True)
class Counts:
    """How many articles there are, of what."""

    articles: int = 0
    related: int = 0
    sites: Counter[str] = field(default_factory=Counter)
    months: Counter[str] = field(default_factory=Counter)
    languages: Counter[str] = field(default_factory=Counter)
    oldest: datetime | None = None
    newest: datetime | None = None
    # When the newest of them came in: the corpus is of that day, whenever it is written.
    known_at: datetime | None = None

    def add(self, row: Row) -> None:
        """Count one article."""
        article = row.article
        moment = article.published_at or article.first_seen_at
        self.articles += 1
        self.related += article.relation is not None
        self.sites[article.site_key] += 1
        self.months[moment.strftime("%Y-%m")] += 1
        self.languages[row.version.language or "unknown"] += 1
        self.oldest = min(self.oldest or moment, moment)
        self.newest = max(self.newest or moment, moment)
        self.known_at = max(self.known_at or row.version.seen_at, row.version.seen_at)


def write(
    db: Session,
    rows: Iterable[Row],
    path: Path,
    *,
    title: str,
    version: str,
    contact: str,
    captures: Path | None = None,
    sites: Mapping[str, Any] | None = None,
) -> Iterator[int]:
    """Write *rows* under *path*; yield sizes of batches.

    With *captures*, where the WARC files lie, their bytes go with it, and *sites*, the rules of
    extraction as JSON. *contact* is where people turn to who want something taken down.
    """
    counts = Counts()
    months = Months(path / "data" / "articles")
    with _Evidence(db, path, captures) if captures else nullcontext() as evidence:
        for batch in queries.batches(rows):
            for row in batch:
                months.add(row)
                counts.add(row)
            if evidence is not None:
                evidence.add(batch)
            yield len(batch)
    months.close()
    if captures:
        (path / SITES).write_text(
            json.dumps(sites or {}, ensure_ascii=False, sort_keys=True), "utf-8"
        )
    for name, said in (
        ("README.md", card(counts, title, contact, captures=bool(captures))),
        ("DATASHEET.md", datasheet(counts, title, contact)),
        ("CITATION.cff", citation(counts, title, version)),
    ):
        (path / name).write_text(said, "utf-8")
    _bag(path, counts, title)


class _Evidence:
    """The captures of a corpus while they are copied."""

    def __init__(self, db: Session, path: Path, captures: Path) -> None:
        self._db = db
        for folder in ("captures", "evidence"):
            (path / "data" / folder).mkdir(parents=True)
        self._out = (path / "data" / "captures" / WARC).open("wb")
        self._file = (path / EVIDENCE).open("wb")
        self._lines = gzip.GzipFile(filename="", mode="wb", fileobj=self._file, mtime=0)
        self._subset = warc.Subset(
            captures, cast("BinaryIO", self._out), WARC, withheld=warc.withheld(db)
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()
        self._file.close()
        self._out.close()

    def add(self, batch: list[Row]) -> None:
        """Copy the captures of *batch*, and write what they prove."""
        for record in jsonl.whole(self._db, batch):
            self._lines.write(jsonl.line(relocated(record, record["history"], self._subset)))


PROOFS = (
    "\n`data/captures/` holds the bytes that were sent, as WARC, and `data/evidence/` what each of "
    "them proves: `rasid verify --package FOLDER --all` checks it, without network or archive.\n"
)


def card(counts: Counts, title: str, contact: str, *, captures: bool) -> str:
    """Return the dataset card: what is in it, how it is loaded, what may be done with it."""
    size = next((name for bound, name in SIZES if counts.articles < bound), "n>1M")
    languages = [name for name in sorted(counts.languages) if name != "unknown"]
    proofs = PROOFS if captures else ""
    return f"""---
pretty_name: {json.dumps(title, ensure_ascii=False)}
license: other
license_name: rights-remain-with-publishers
language: [{", ".join(languages)}]
size_categories: [{size}]
configs:
- config_name: default
  data_files:
  - split: train
    path: data/articles/**/*.parquet
---

# {title}

{counts.articles} news articles of {len(counts.sites)} sites, {_span(counts)}, collected with Rasid.
{counts.related} of them carry the text of another one or are related to one; `cluster` says which
belong together, `copies` how many more there are.
{proofs}
## Loading

```python
from datasets import load_dataset
articles = load_dataset("parquet", data_files="data/articles/**/*.parquet", split="train")
```

```sql
{EXAMPLE}
```

Text is as published, marks and all. Times are in UTC; `published_at` is null where no page says it.

## Licence and take-down

The texts belong to their publishers and authors; this collection grants no rights to them. It is
meant for research, journalism and the preservation of evidence, as far as the law where you are
permits it. Who holds rights to a text, or is named in one and has reason to object, may ask for it
to be taken down: {contact or "ask whoever gave you this corpus"}. What was taken down is not in
later editions; please use the newest one.

## What is in it

{_table("site", counts.sites)}
{_table("month", counts.months, by_name=True)}
{_table("language", counts.languages)}"""


def datasheet(counts: Counts, title: str, contact: str) -> str:
    """Return the datasheet: how it came about, in the questions of Gebru et al."""
    return f"""# Datasheet: {title}

**Why was it made?** To keep a record of what Syrian news sites published in Arabic, and when.

**What does an instance stand for?** One article at one address, as it reads now in the archive;
`versions` says how many texts it has had.

**How many are there?** {counts.articles}, of {len(counts.sites)} sites, {_span(counts)}.

**Is it all there is?** No. It is what the sites' feeds, sitemaps and listings announced while they
were watched, less what robots.txt forbade, what could not be fetched, what was read as no article,
and what was taken down.

**How was it collected?** By a crawler that names itself, obeys robots.txt and asks one question at
a time. Headline, text, authors and dates were extracted from the page or the site's interface;
`provenance` says for each field where it stood.

**Was it cleaned?** Navigation, share bars and related links are left out of the text. Spelling and
marks are as published. Copies are marked, not removed.

**Does it speak of people?** Yes, as news does: of public figures and of victims. Think of them.

**What errors are known?** Dates are missing where a page states none; an extractor may cut a text
short or take in a caption. `cluster` joins copies, and may miss one that was rewritten.

**May it be used?** See "Licence and take-down" in README.md.

**Who keeps it?** {contact or "Whoever gave you this corpus."}
"""


def citation(counts: Counts, title: str, version: str) -> str:
    """Return CITATION.cff."""
    day = counts.known_at.date().isoformat() if counts.known_at else "1970-01-01"
    return f"""cff-version: 1.2.0
message: "If you use this corpus, please cite it as below."
type: dataset
title: {json.dumps(title, ensure_ascii=False)}
version: {json.dumps(day)}
date-released: {json.dumps(day)}
authors:
  - name: "The publishers of the articles; collected with Rasid {version}"
"""


def _bag(path: Path, counts: Counts, title: str) -> None:
    (path / MARK).unlink()
    payload = sorted(file for file in (path / "data").rglob("*") if file.is_file())
    size = sum(file.stat().st_size for file in payload)
    day = counts.known_at.date().isoformat() if counts.known_at else "1970-01-01"
    (path / "bagit.txt").write_text(
        "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n", "utf-8"
    )
    (path / "bag-info.txt").write_text(
        f"Bag-Software-Agent: Rasid\nExternal-Description: {title}\nBagging-Date: {day}\n"
        f"Payload-Oxum: {size}.{len(payload)}\n",
        "utf-8",
    )
    _sums(path, "manifest-sha256.txt", payload)
    tags = sorted(file for file in path.iterdir() if file.is_file())
    _sums(path, "tagmanifest-sha256.txt", tags)
    (path / MARK).write_text("An export of Rasid; the next one may replace it.\n", "utf-8")
    every = (file for file in path.rglob("*") if file.is_file() and file.name != "SHA256SUMS")
    _sums(path, "SHA256SUMS", sorted(every))


def _sums(path: Path, name: str, files: Iterable[Path]) -> None:
    lines = []
    for file in files:
        with file.open("rb") as opened:
            digest = hashlib.file_digest(opened, "sha256").hexdigest()
        lines.append(f"{digest}  {file.relative_to(path).as_posix()}\n")
    (path / name).write_text("".join(lines), "utf-8")


def _span(counts: Counts) -> str:
    if counts.oldest is None or counts.newest is None:
        return "from no time"
    return f"from {counts.oldest:%Y-%m-%d} to {counts.newest:%Y-%m-%d}"


def _table(label: str, counted: Counter[str], *, by_name: bool = False) -> str:
    rows = sorted(counted.items(), key=lambda item: item[0] if by_name else (-item[1], item[0]))
    lines = [f"| {label} | articles |", "|---|---:|", *(f"| {name} | {n} |" for name, n in rows)]
    return "\n".join(lines) + "\n"
