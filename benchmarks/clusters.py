"""What finding an article's copies costs in a large archive, beside what it costs in a small one.

    python benchmarks/clusters.py CORPUS... --archive URL N [--archive URL N ...] [--json]

Fills each archive that is empty with N articles that arrived over the last weeks, 45,000 a week.
Then joins 300 articles of the corpus to every archive, each in a transaction of its own and to all
archives in turn, so that whatever else the machine does slows all of them; and takes them out
again. Reports the milliseconds that joining took (keys, look up, decide, write),
those of the whole transaction, and what they are in proportion to the first archive's.

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
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from operator import itemgetter
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, text

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from storage import clusters
from storage.bands import keys_of
from storage.clusters import Joining
from storage.columns import Base
from storage.database import open_archive, reading, session
from storage.fingerprint import bands, digest
from storage.models import Article, Band, Cluster, Site, Version

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
A_WEEK = 45_000
FRESH = 350
WARMING_UP = 50
HOT = 6
BATCH = 20_000
# Keys are written in their order, many articles at once: else every one is written to a page
# of its own, and a million articles take hours.
KEYED_AT_ONCE = 50_000

Texts = list[tuple[str, str]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("corpus", type=Path, nargs="+")
    parser.add_argument("--archive", nargs=2, action="append", required=True, metavar=("URL", "N"))
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    given = parser.parse_args()
    texts = [found for path in given.corpus for found in read(path)]
    random.Random(1).shuffle(texts)  # noqa: S311 - the same choice each time
    archives = {int(size): open_archive(url, create=True) for url, size in given.archive}
    for size, engine in archives.items():
        if stored(engine) != size:
            fill(engine, texts[FRESH:], size)
    report = measure(archives, texts[:FRESH])
    for size, engine in archives.items():
        report[size] |= space(engine, size)
    print(json.dumps(report, indent=1) if given.json else table(report))


def read(path: Path) -> Iterator[tuple[str, str]]:
    opener = gzip.open if path.suffix == ".gz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            row = json.loads(line)
            body = row.get("body") or row.get("content") or row.get("text") or ""
            if bands(row.get("title") or "", body):
                yield row["title"] or "", body


def stored(engine: Engine) -> int:
    with reading(engine) as db:
        return db.scalar(select(func.count()).select_from(Article)) or 0


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
    rows = keys([bands(*text) for text in texts], size)
    while batch := list(islice(rows, KEYED_AT_ONCE * 56)):
        with engine.begin() as connection:
            write_keys(connection, sorted(batch))
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


def keys(signatures: list[list[int]], size: int) -> Iterator[tuple[int, int]]:
    shared = Counter(key for signature in signatures for key in signature)
    salt = random.Random(3)  # noqa: S311 - the same archive each time
    for number in range(1, size + 1):
        signature = signatures[number % len(signatures)]
        salted = (
            key if shared[key] >= HOT else salt.getrandbits(64) - (1 << 63) for key in signature
        )
        yield from ((key, number) for key in set(salted))


def write(engine: Engine, table: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    rows = iter(rows)
    with session(engine) as db:
        while batch := list(islice(rows, BATCH)):
            db.execute(insert(table), batch)


def write_keys(connection: Connection, rows: list[tuple[int, int]]) -> None:
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("INSERT INTO band (key, article_id) VALUES (?, ?)", rows)
        return
    with (
        connection.connection.cursor() as cursor,
        cursor.copy("COPY band (key, article_id) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)


def settle(engine: Engine, size: int) -> None:
    """Bring PostgreSQL to the state it has in use: sequences on, statistics known."""
    if engine.dialect.name == "sqlite":
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in ("article", "cluster"):
            connection.exec_driver_sql(f"ALTER SEQUENCE {name}_id_seq RESTART WITH {size + 1}")
        connection.exec_driver_sql("VACUUM ANALYZE")


def measure(archives: dict[int, Engine], texts: Texts) -> dict[int, dict[str, Any]]:
    took: dict[int, list[tuple[float, float]]] = defaultdict(list)
    turns = list(archives.items())
    for number, (headline, body) in enumerate(texts):
        # The first of a turn finds the text unread: it is not always the same archive.
        turns = [*turns[1:], turns[0]]
        for size, engine in turns:
            took[size].append(join(engine, number, headline, body))
    for size, engine in archives.items():
        take_out(engine, size)
    report: dict[int, dict[str, Any]] = {}
    for size in sorted(took):
        joining, whole = (list(map(itemgetter(at), took[size][WARMING_UP:])) for at in (0, 1))
        found = {
            "join_ms": statistics.median(joining),
            "join_ms_95": statistics.quantiles(joining, n=20)[-1],
            "transaction_ms": statistics.median(whole),
        }
        smallest = next(iter(report.values()), found)
        report[size] = {name: round(value, 2) for name, value in found.items()} | {
            "articles_per_second": round(1000 / statistics.fmean(whole)),
            "join_to_smallest": round(found["join_ms"] / smallest["join_ms"], 2),
            "transaction_to_smallest": round(
                found["transaction_ms"] / smallest["transaction_ms"], 2
            ),
        }
    return report


def join(engine: Engine, number: int, headline: str, body: str) -> tuple[float, float]:
    """Join one article; return the milliseconds that joining and its whole transaction took."""
    began = time.perf_counter()
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
        before = time.perf_counter()
        keys = frozenset(keys_of(headline, body))
        clusters.join_new(db, [Joining(fresh, headline, body, keys)], now=NOW)
        joining = time.perf_counter() - before
    return 1000 * joining, 1000 * (time.perf_counter() - began)


def take_out(engine: Engine, size: int) -> None:
    with session(engine) as db:
        for table, column in (
            (Band, Band.article_id),
            (Version, Version.article_id),
            (Article, Article.id),
            (Cluster, Cluster.id),
        ):
            db.execute(delete(table).where(column > size))


def space(engine: Engine, size: int) -> dict[str, int]:
    """How many bytes an article's keys and what is decided of it take."""
    tables = [str(table.__tablename__) for table in (Band, Cluster)]
    with engine.connect().execution_options(reading=True) as connection:
        if engine.dialect.name == "sqlite":
            sizes = text("SELECT sum(pgsize) FROM dbstat WHERE name = :name")
        else:
            sizes = text("SELECT pg_total_relation_size(CAST(:name AS regclass))")
        taken = {name: connection.execute(sizes, {"name": name}).scalar() for name in tables}
    return {f"{name}_bytes_per_article": round((taken[name] or 0) / size) for name in tables}


def table(report: dict[int, dict[str, Any]]) -> str:
    names = next(iter(report.values()))
    lines = [f"{'articles':28}" + "".join(f"{size:>12,}" for size in report)]
    lines += [
        f"{name:28}" + "".join(f"{found[name]:>12}" for found in report.values()) for name in names
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
