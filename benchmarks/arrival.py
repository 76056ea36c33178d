"""Whether the clusters of a corpus hang on how it arrived.

    python benchmarks/arrival.py CORPUS... --archive LIVED IMPORTED SHUFFLED... [--json]

LIVED, IMPORTED and SHUFFLED are empty archives, on SQLite or PostgreSQL as you like, of one kind or
of several. The first N articles of the corpus go into each of them:

    lived       one by one in order of publication, each an hour after it came out; after half of
                them the process ends and another goes on
    imported    at once and today, as `rasid import` does it
    shuffled    one by one, each day's articles in an order of chance, when the day is over; every
                further archive in another order

Agreement is the share of the pairs of articles that are in one cluster in both archives, of those
that are in either. CORPUS is JSON Lines, plain or gzipped, with `title`, `url`, a `published` or
`date_extracted`, and `body`, `content` or `text`.
"""

import argparse
import gzip
import json
import multiprocessing
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from itertools import combinations
from multiprocessing.process import BaseProcess
from pathlib import Path

from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scheduler.foreign import Catalogue, Origin, read
from scheduler.imports import Import
from scraper.items import ArticleItem
from storage.archive import keep
from storage.database import open_archive, reading, session
from storage.models import Article, Site

Process = multiprocessing.get_context("spawn").Process
HOUR, DAY = timedelta(hours=1), timedelta(days=1)

Record = dict[str, str]
Pairs = set[tuple[str, str]]


@dataclass(frozen=True)
class Arrival:
    """A page, and when the archive sees it."""

    page: ArticleItem
    at: datetime


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path, nargs="+")
    parser.add_argument("--archive", nargs="+", required=True, metavar="URL")
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    lived, imported, *shuffled = given.archive
    records = corpus(given.corpus)[: given.articles]
    together(
        [Process(target=live_through, args=(records, lived))]
        + [Process(target=bring_in, args=(records, imported))]
        + [
            Process(target=live_shuffled, args=(records, seed, url))
            for seed, url in enumerate(shuffled)
        ]
    )
    found = [pairs(url) for url in given.archive]
    report = {
        "articles": len(records),
        "pairs_in_one_cluster": len(found[0]),
        "imported_agrees": agreement(found[0], found[1]),
        "shuffled_agrees": [agreement(found[0], each) for each in found[2:]],
    }
    print(json.dumps(report) if given.json else "\n".join(f"{k:22} {v}" for k, v in report.items()))


def corpus(paths: Iterable[Path]) -> list[Record]:
    """The articles of the files in order of publication, each address once."""
    records: dict[str, Record] = {}
    for path in paths:
        opener = gzip.open if path.suffix == ".gz" else open
        with opener(path, "rt", encoding="utf-8") as lines:
            for row in map(json.loads, lines):
                moment = datetime.fromisoformat(row.get("published") or row["date_extracted"])
                moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
                records.setdefault(
                    row["url"],
                    {
                        "title": row.get("title") or "",
                        "text": row.get("body") or row.get("content") or row.get("text") or "",
                        "url": row["url"],
                        "published_at": moment.astimezone(UTC).isoformat(),
                        "site": row.get("source") or path.name.partition("_")[0],
                    },
                )
    return sorted(records.values(), key=lambda record: record["published_at"])


def together(processes: Sequence[BaseProcess]) -> None:
    """Run processes at the same time to their end."""
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        raise SystemExit("an archive could not be filled; its process has said why")


def live_through(records: list[Record], url: str) -> None:
    half = len(records) // 2
    for part in (records[:half], records[half:]):
        arrivals = [Arrival(page, moment(page) + HOUR) for page in map(page_of, part)]
        together([Process(target=keep_all, args=(url, arrivals))])


def live_shuffled(records: list[Record], seed: int, url: str) -> None:
    keep_all(url, by_days(records, seed))


def by_days(records: list[Record], seed: int) -> list[Arrival]:
    days = defaultdict(list)
    for page in map(page_of, records):
        days[moment(page).date()].append(page)
    return [
        Arrival(
            page, datetime.combine(day, datetime.min.time(), UTC) + DAY + number * HOUR / 10_000
        )
        for day, pages in sorted(days.items())
        for number, page in enumerate(
            sorted(pages, key=lambda page: sha256(f"{seed} {page.url}".encode()).digest())
        )
    ]


def keep_all(url: str, arrivals: Sequence[Arrival]) -> None:
    engine = open_archive(url, create=True)
    with session(engine) as db:
        there = set(db.scalars(select(Site.key)))
        wanted = dict.fromkeys(arrival.page.site for arrival in arrivals)
        db.add_all(Site(key=key, name=key) for key in wanted if key not in there)
    for arrival in arrivals:
        with session(engine) as db:
            keep(db, arrival.page, now=arrival.at)
    engine.dispose()


def bring_in(records: list[Record], url: str) -> None:
    engine = open_archive(url, create=True)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "corpus.jsonl"
        path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
        importing = Import(
            engine, catalogue=Catalogue(), clock=lambda: datetime.now(UTC), timezone="UTC"
        )
        ledger = importing.run([path])
    engine.dispose()
    if ledger.kept != len(records):
        raise SystemExit(f"{len(records) - ledger.kept} articles were not imported: {ledger}")


def page_of(record: Record) -> ArticleItem:
    return read(record, Origin("corpus", "UTC", datetime.now(UTC))).page


def moment(page: ArticleItem) -> datetime:
    assert page.published_at is not None
    return page.published_at


def pairs(url: str) -> Pairs:
    engine = open_archive(url)
    clusters = defaultdict(list)
    with reading(engine) as db:
        for cluster_id, address in db.execute(select(Article.cluster_id, Article.url)):
            clusters[cluster_id].append(address)
    engine.dispose()
    return {pair for each in clusters.values() for pair in combinations(sorted(each), 2)}


def agreement(one: Pairs, other: Pairs) -> float:
    return round(len(one & other) / len(one | other), 4) if one | other else 1.0


if __name__ == "__main__":
    main()
