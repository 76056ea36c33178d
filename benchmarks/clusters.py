"""What finding an article's copies costs in a large archive.

    python benchmarks/clusters.py CORPUS... --archive URL --articles N [--json]

Fills the empty archive at URL with N articles that arrived over the last weeks, 45,000 a week,
then joins 300 articles of the corpus to it, each in a transaction of its own, and reports the
milliseconds `storage.clusters.join` took (index, look up, decide, write).

The N articles carry the signatures of the corpus, salted, so that they are all different; keys
that six or more articles of the corpus share stay as they are, and become as hot as they would.
CORPUS is JSON Lines, plain or gzipped, with `title` and `body`, `content` or `text`.
"""

import argparse
import gzip
import json
import random
import statistics
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from storage import clusters
from storage.columns import Base
from storage.database import open_archive, session
from storage.fingerprint import bands, digest
from storage.models import Article, Band, Cluster, Site, Version

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
A_WEEK = 45_000
FRESH = 350
WARMING_UP = 50
HOT = 6
BATCH = 20_000

Texts = list[tuple[str, str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path, nargs="+")
    parser.add_argument("--archive", required=True, help="an empty SQLite file or database")
    parser.add_argument("--articles", type=int, default=10_000)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    texts = [text for path in given.corpus for text in read(path)]
    random.Random(1).shuffle(texts)  # noqa: S311 - the same choice each time
    engine = open_archive(given.archive, create=True)
    began = time.perf_counter()
    fill(engine, texts[FRESH:], given.articles)
    report = {"articles": given.articles, "seconds_to_fill": round(time.perf_counter() - began)}
    report |= measure(engine, texts[:FRESH])
    if engine.url.get_backend_name() == "sqlite":
        report["bytes_per_article"] = round(
            Path(engine.url.database or "").stat().st_size / given.articles
        )
    print(json.dumps(report) if given.json else "\n".join(f"{k:18} {v}" for k, v in report.items()))


def read(path: Path) -> Iterator[tuple[str, str]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            body = row.get("body") or row.get("content") or row.get("text") or ""
            if bands(row.get("title") or "", body):
                yield row["title"] or "", body


def fill(engine: Engine, texts: Texts, size: int) -> None:
    numbers = range(1, size + 1)
    write(engine, Site, [{"key": f"s{n}", "name": "", "imported": True} for n in range(40)])
    write(
        engine,
        Cluster,
        ({"id": n, "representative_id": n, "first_seen_at": seen(n, size)} for n in numbers),
    )
    write(engine, Article, (article(n, texts, size) for n in numbers))
    # What is older than the window is never read.
    write(engine, Version, (version(n, texts, size) for n in numbers[-A_WEEK:]))
    write(engine, Band, keys([bands(*text) for text in texts], size))
    if engine.dialect.name == "postgresql":
        settle(engine, size)


def seen(number: int, size: int) -> datetime:
    return NOW - timedelta(days=7) * ((size - number) / A_WEEK)


def article(number: int, texts: Texts, size: int) -> dict[str, Any]:
    moments = dict.fromkeys(("published_at", "first_seen_at", "last_seen_at"), seen(number, size))
    return moments | {
        "id": number,
        "site_key": f"s{number % 40}",
        "url_key": f"k{number}",
        "url": "u",
        "headline": texts[number % len(texts)][0],
        "digest": f"{number:064}",
        "cluster_id": number,
        "rule_version": 1,
    }


def version(number: int, texts: Texts, size: int) -> dict[str, Any]:
    return said(number, *texts[number % len(texts)], seen(number, size))


def said(article_id: int, headline: str, body: str, moment: datetime) -> dict[str, Any]:
    return {
        "article_id": article_id,
        "number": 1,
        "headline": headline,
        "body": body,
        "authors": [],
        "tags": [],
        "digest": "",
        "provenance": {},
        "seen_at": moment,
    }


def keys(signatures: list[list[int]], size: int) -> Iterator[dict[str, int]]:
    shared = Counter(key for signature in signatures for key in signature)
    salt = random.Random(3)  # noqa: S311 - the same archive each time
    for number in range(1, size + 1):
        signature = signatures[number % len(signatures)]
        salted = (
            key if shared[key] >= HOT else salt.getrandbits(64) - (1 << 63) for key in signature
        )
        yield from ({"key": key, "article_id": number} for key in set(salted))


def write(engine: Engine, table: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    rows = iter(rows)
    with session(engine) as db:
        while batch := [row for row, _ in zip(rows, range(BATCH), strict=False)]:
            db.execute(insert(table), batch)


def settle(engine: Engine, size: int) -> None:
    """Bring PostgreSQL to the state it has in use: sequences on, statistics known."""
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in ("article", "cluster"):
            connection.exec_driver_sql(f"ALTER SEQUENCE {name}_id_seq RESTART WITH {size + 1}")
        connection.exec_driver_sql("VACUUM ANALYZE")


def measure(engine: Engine, texts: Texts) -> dict[str, Any]:
    walls, processors = [], []
    for number, (headline, body) in enumerate(texts):
        with session(engine) as db:
            fresh = Article(
                site_key="s1",
                url_key=f"fresh{number}",
                url="u",
                headline=headline,
                digest=digest(headline, body),
                published_at=NOW,
                first_seen_at=NOW,
                last_seen_at=NOW,
                cluster_id=clusters.open_cluster(db, NOW).id,
            )
            db.add(fresh)
            db.flush()
            db.execute(insert(Version), said(fresh.id, headline, body, NOW))
            join = partial(clusters.join, db, fresh, headline=headline, body=body)
            wall, processor = timed(partial(join, published_at=NOW, now=NOW))
        walls.append(wall)
        processors.append(processor)
    return {
        "join_ms": round(statistics.median(walls[WARMING_UP:]), 2),
        "join_ms_95": round(statistics.quantiles(walls[WARMING_UP:], n=20)[-1], 2),
        "join_cpu_ms": round(statistics.median(processors[WARMING_UP:]), 2),
    }


def timed(act: Callable[[], object]) -> tuple[float, float]:
    wall, processor = time.perf_counter(), time.process_time()
    act()
    return 1000 * (time.perf_counter() - wall), 1000 * (time.process_time() - processor)


if __name__ == "__main__":
    main()
