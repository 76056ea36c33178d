"""What the first page of a search costs beside the bare full-text query, at two sizes of archive.

    python benchmarks/search.py [--articles 10000,100000] [--texts FOLDER] [--postgres URL] [--json]

The archives are filled with the articles of FOLDER, by default `../shared/data/corpora`, over
and over at other addresses. Measured is the first page, twenty articles newest first, as `rasid
search` makes it: index, texts read, matched, spans found. Beside it in the same run stands what
one would write by hand on the same tables: the phrase asked of FTS5 or of the tsvector, the
twenty newest, without their texts and in one spelling only. Best of five, in wall-clock time.
Give `--postgres` an empty database; it is filled, and not cleared.
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
from storage.database import open_archive, reading
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
PAGE, ROUNDS = 20, 5
BARE = {
    "sqlite": """
        SELECT a.id FROM article_fts f JOIN article a ON a.id = f.rowid
        WHERE article_fts MATCH :phrase
        ORDER BY coalesce(a.published_at, a.first_seen_at) DESC, a.id DESC LIMIT 20
    """,
    "postgresql": """
        SELECT a.id FROM article_index i JOIN article a ON a.id = i.article_id
        WHERE i.words @@ phraseto_tsquery('simple', :phrase)
        ORDER BY coalesce(a.published_at, a.first_seen_at) DESC, a.id DESC LIMIT 20
    """,
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
            more = islice(cycle(texts), filled, size)
            filled += bulk.fill(engine, more, newest=NOW)
            measured += [measure(engine, phrase, size) for phrase in PHRASES]
        engine.dispose()
    if options.json:
        print(json.dumps(measured, ensure_ascii=False))
        return
    for line in measured:
        print(
            "{articles:>8,}  {ours:7.1f} ms  bare {bare:7.1f} ms  x{ratio:5.2f}  {phrase}".format(
                **line
            )
        )
    print_growth(measured)


def measure(engine: Engine, phrase: str, size: int) -> dict[str, Any]:
    """Return what the first page of *phrase* and the bare query cost, in milliseconds."""
    written = index_text(phrase)
    bare = {"phrase": f'"{written}"' if engine.dialect.name == "sqlite" else written}
    statement = text(BARE[engine.dialect.name])
    asked = searching.compiled(phrase)
    with reading(engine) as db:
        by_hand = best(lambda: db.execute(statement, bare).all())
        ours = best(lambda: first_page(db, asked))
    return {
        "phrase": phrase,
        "articles": size,
        "ours": ours,
        "bare": by_hand,
        "ratio": ours / by_hand,
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
