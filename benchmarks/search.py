"""What the first page of a search costs beside the bare full-text query, at two sizes of archive.

    python benchmarks/search.py [--articles 10000,100000] [--texts FOLDER] [--postgres URL] [--json]

The archives are filled with the articles of FOLDER, by default `../shared/data/corpora`, over
and over at other addresses. Measured is the first page, twenty articles newest first, as `rasid
search` makes it: index, texts read, matched, spans found. Beside it stands, in the same run and over
a full-text index of its own of the folded words of the same articles,

bare     the bare query: one statement that gives the same page, so far as a database can: of the
         twenty newest articles with the phrase, in one spelling, what is shown of them, with
         the place marked (`snippet`, `ts_headline`). What is asked for is at most 3 times its time.
numbers  the same without a page: the numbers of the twenty, of which nothing can be shown yet.
         It is what the index alone costs, and what to look at where a database got slow.

From the first size to the last a phrase may become twice as slow. Best of fifteen, in wall-clock
time: on a busy machine read the ratios. Give `--postgres` an empty database; it is filled, and not
cleared.
"""

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, datetime
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, text
from sqlalchemy.orm import Session

sys.path.insert(0, str(Path(__file__).parents[1]))

from scheduler import searching
from storage.database import open_archive, reading, session
from storage.queries import Selection
from storage.text import index_text
from tests import bulk

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
# Rare, common, and of common words that seldom stand beside each other.
PHRASES = (
    "شرق الفرات",
    "الأمم المتحدة",
    "قوات سوريا الديمقراطية",
    "وزارة الخارجية",
    "الحكومة الجديدة",
    "حزب الله",
)
PAGE, ROUNDS = 20, 15
TABLES = {
    "sqlite": (
        """CREATE VIRTUAL TABLE IF NOT EXISTS bare USING fts5(
            headline, body, tokenize='unicode61 remove_diacritics 0')""",
        "INSERT INTO bare(rowid, headline, body) VALUES (:id, :headline, :body)",
    ),
    "postgresql": (
        """CREATE TABLE IF NOT EXISTS bare (id bigint PRIMARY KEY, headline text, body text, words
            tsvector GENERATED ALWAYS AS (to_tsvector('simple', headline || ' ' || body)) STORED)""",
        "CREATE INDEX IF NOT EXISTS ix_bare ON bare USING gin (words)",
        "INSERT INTO bare(id, headline, body) VALUES (:id, :headline, left(:body, 200000))",
    ),
}
NEWEST = "ORDER BY coalesce(a.published_at, a.first_seen_at) DESC, a.id DESC LIMIT 20"
NUMBERS = {
    "sqlite": f"""
        SELECT a.id FROM bare f JOIN article a ON a.id = f.rowid
        WHERE bare MATCH :phrase {NEWEST}
    """,  # noqa: S608 - constants
    "postgresql": f"""
        SELECT a.id FROM bare f JOIN article a ON a.id = f.id
        WHERE f.words @@ phraseto_tsquery('simple', :phrase) {NEWEST}
    """,  # noqa: S608 - constants
}
SHOWN = "a.id, a.site_key, a.url, a.published_at, v.headline, v.body"
VERSION = "JOIN version v ON v.article_id = a.id AND v.number = a.version_number"
BARE = {
    "sqlite": f"""
        SELECT {SHOWN}, snippet(bare, 1, '[', ']', '…', 30)
        FROM bare f JOIN article a ON a.id = f.rowid {VERSION}
        WHERE bare MATCH :phrase AND f.rowid IN ({NUMBERS["sqlite"]})
    """,  # noqa: S608 - constants
    "postgresql": f"""
        SELECT {SHOWN}, ts_headline('simple', f.body, phraseto_tsquery('simple', :phrase))
        FROM bare f JOIN article a ON a.id = f.id {VERSION}
        WHERE f.id IN ({NUMBERS["postgresql"]})
    """,  # noqa: S608 - constants
}


def main() -> None:
    """Fill, measure and print."""
    options = _options()
    if not options.texts.is_dir():
        sys.exit(f"{options.texts}: no such folder; give one with articles as *.jsonl.gz")
    texts = list(bulk.texts(options.texts))
    with tempfile.TemporaryDirectory() as folder:
        url = options.postgres or f"sqlite:///{folder}/archive.db"
        engine = open_archive(url, create=True)
        measured, filled = [], 0
        for size in map(int, options.articles.split(",")):
            more = list(islice(cycle(texts), filled, size))
            fill_by_hand(engine, more, first=filled + 1)
            filled += bulk.fill(engine, more, newest=NOW)
            measured += [measure(engine, phrase, size) for phrase in PHRASES]
        engine.dispose()
    if options.json:
        print(json.dumps(measured, ensure_ascii=False))
        return
    for line in measured:
        print(
            "{articles:>8,}  {ours:7.1f} ms  bare {bare:7.1f} ms x{of_bare:5.2f}  "
            "numbers {numbers:7.1f} ms x{of_numbers:6.2f}  {phrase}".format(**line)
        )
    print_growth(measured)


def fill_by_hand(engine: Engine, texts: list[bulk.Text], *, first: int) -> None:
    """Index the folded words of *texts*, as one would without Rasid."""
    rows = [
        {"id": number, "headline": index_text(each.headline), "body": index_text(each.body)}
        for number, each in enumerate(texts, start=first)
    ]
    *tables, insert = TABLES[engine.dialect.name]
    with session(engine) as db:
        for statement in tables:
            db.execute(text(statement))
        db.execute(text(insert), rows)


def measure(engine: Engine, phrase: str, size: int) -> dict[str, Any]:
    """Return what the first page of *phrase* and the queries by hand cost, in milliseconds."""
    dialect = engine.dialect.name
    written = index_text(phrase)
    values = {"phrase": f'"{written}"' if dialect == "sqlite" else written}
    asked = searching.compiled(phrase)
    with reading(engine) as db:
        numbers = best(lambda: db.execute(text(NUMBERS[dialect]), values).all())
        bare = best(lambda: db.execute(text(BARE[dialect]), values).all())
        ours = best(lambda: first_page(db, asked))
    return {
        "phrase": phrase,
        "articles": size,
        "ours": ours,
        "numbers": numbers,
        "bare": bare,
        "of_numbers": ours / numbers,
        "of_bare": ours / bare,
    }


def first_page(db: Session, asked: searching.Search) -> int:
    """Make the first page; return how many articles are on it."""
    db.expunge_all()
    return len(searching.page(db, asked, Selection(), limit=PAGE))


def best(work: Callable[[], Any]) -> float:
    """Return the time of the best of some rounds, in milliseconds."""
    rounds = []
    for _ in range(ROUNDS):
        started = time.perf_counter()
        work()
        rounds.append(time.perf_counter() - started)
    return min(rounds) * 1000


def print_growth(measured: list[dict[str, Any]]) -> None:
    """Print how much slower each phrase became from the first size to the last."""
    first, last = measured[0]["articles"], measured[-1]["articles"]
    for phrase in PHRASES if first != last else ():
        small, large = (
            next(m["ours"] for m in measured if (m["phrase"], m["articles"]) == (phrase, size))
            for size in (first, last)
        )
        print(f"{first:,} to {last:,} articles: x{large / small:.2f}  {phrase}")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--articles", default="10000,100000", help="sizes of the archive")
    parser.add_argument("--texts", type=Path, default=bulk.CORPORA, help="articles as *.jsonl.gz")
    parser.add_argument("--postgres", help="the address of an empty database, instead of SQLite")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    return parser.parse_args()


if __name__ == "__main__":
    main()
