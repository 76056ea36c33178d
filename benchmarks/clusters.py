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

from sqlalchemy import Connection, Engine, delete, func, insert, inspect, select, text

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from storage import clusters
from storage.clusters import Joining
from storage.columns import Base
from storage.database import open_archive, reading, session
from storage.fingerprint import bands, digest, folded, keys_of
from storage.models import Article, Band, Cluster, Site, Version

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
A_WEEK = 45_000
FRESH = 350
WARMING_UP = 50
HOT = 6
BATCH = 20_000

Texts = list[tuple[str, str]]
# Milliseconds: joining by the clock, by this process's processor time, and the whole transaction.
Took = tuple[float, float, float]


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
            if bands(folded(row.get("title") or "", body)):
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
    signatures = [bands(folded(*text)) for text in texts]
    with engine.begin() as connection:
        write_keys(connection, signatures, size)
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


def write(engine: Engine, table: type[Base], rows: Iterable[dict[str, Any]]) -> None:
    rows = iter(rows)
    with session(engine) as db:
        while batch := list(islice(rows, BATCH)):
            db.execute(insert(table), batch)


def write_keys(connection: Connection, signatures: list[list[int]], size: int) -> None:
    """Give each article the signature of a text, with chance numbers for the keys that few share.

    Done by the database, and in the order of its index: from here it takes hours.
    """
    shared = Counter(key for signature in signatures for key in signature)
    rows = [
        {"text": number, "key": key, "hot": shared[key] >= HOT}
        for number, signature in enumerate(signatures)
        for key in signature
    ]
    chance = "random()"
    if connection.dialect.name == "postgresql":
        chance = "CAST((random() - 0.5) * 18446744073709549568 AS BIGINT)"
        primary = inspect(connection).get_pk_constraint("band")["name"]
        connection.exec_driver_sql(f"ALTER TABLE band DROP CONSTRAINT {primary}")
        connection.exec_driver_sql("SET LOCAL maintenance_work_mem = '1GB'")
    connection.exec_driver_sql("CREATE TEMPORARY TABLE sample (text INT, key BIGINT, hot BOOLEAN)")
    connection.execute(text("INSERT INTO sample VALUES (:text, :key, :hot)"), rows)
    filling = (
        "WITH RECURSIVE stored (id) AS"  # noqa: S608 - `chance` is one of ours
        " (SELECT 1 UNION ALL SELECT id + 1 FROM stored WHERE id < :size)"
        " INSERT INTO band (key, article_id)"
        f" SELECT CASE WHEN hot THEN key ELSE {chance} END, id"
        " FROM stored JOIN sample ON sample.text = stored.id % :texts"
    )
    given = {"size": size, "texts": len(signatures)}
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("CREATE INDEX temp.ix_sample ON sample (text)")
        connection.execute(text(f"{filling} ORDER BY 1, 2"), given)
    else:
        connection.execute(text(filling), given)
        primary = f"ADD CONSTRAINT {primary} PRIMARY KEY (key, article_id)"
        connection.exec_driver_sql(f"ALTER TABLE band {primary}")
    connection.exec_driver_sql("DROP TABLE sample")


def settle(engine: Engine, size: int) -> None:
    """Bring PostgreSQL to the state it has in use: sequences on, statistics known."""
    if engine.dialect.name == "sqlite":
        return
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for name in ("article", "cluster"):
            connection.exec_driver_sql(f"ALTER SEQUENCE {name}_id_seq RESTART WITH {size + 1}")
        connection.exec_driver_sql("VACUUM ANALYZE")


def measure(archives: dict[int, Engine], texts: Texts) -> dict[int, dict[str, Any]]:
    took: dict[int, list[Took]] = defaultdict(list)
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
        joining, processor, whole = (
            list(map(itemgetter(at), took[size][WARMING_UP:])) for at in range(3)
        )
        found = {
            "join_ms": statistics.median(joining),
            "join_ms_95": statistics.quantiles(joining, n=20)[-1],
            "join_cpu_ms": statistics.median(processor),
            "transaction_ms": statistics.median(whole),
        }
        smallest = next(iter(report.values()), found)
        report[size] = {name: round(value, 2) for name, value in found.items()} | {
            "articles_per_second": round(1000 / statistics.fmean(whole)),
            **{
                name.replace("_ms", "_to_smallest"): round(found[name] / smallest[name], 2)
                for name in found
            },
        }
    return report


def join(engine: Engine, number: int, headline: str, body: str) -> Took:
    """Join one article; return how long that took."""
    began = time.perf_counter()
    with session(engine) as db:
        cluster = clusters.open_cluster(db, NOW)
        fresh = Article(
            site_key="s1",
            url_key=f"fresh{number}",
            url="u",
            headline=headline,
            digest=digest(headline, body),
            published_at=NOW,
            first_seen_at=NOW,
            last_seen_at=NOW,
            cluster_id=cluster.id,
        )
        db.add(fresh)
        db.flush()
        cluster.representative_id = fresh.id
        db.execute(insert(Version), said(fresh.id, headline, body, NOW))
        before, processor = time.perf_counter(), time.process_time()
        keys = keys_of(folded(headline, body))
        clusters.join_new(db, [Joining(fresh, headline, body, keys)], now=NOW)
        joining, processor = time.perf_counter() - before, time.process_time() - processor
    return 1000 * joining, 1000 * processor, 1000 * (time.perf_counter() - began)


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
