"""How fast an archive is exported, and in how much memory.

    python benchmarks/exports.py [--articles 100000] [--keep FOLDER]

Makes an archive of so many invented articles of about 2,500 characters, each with a capture, and
exports it in each form in a process of its own; prints articles a second and the process's peak.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import insert

from storage.captures import Record, Writer
from storage.database import open_archive, session
from storage.exchanges import Exchange
from storage.fingerprint import digest
from storage.models import Article, ArticleIndex, Capture, Cluster, Site, Version
from storage.search import place

FORMS = (
    ("jsonl", "a.jsonl"),
    ("jsonl", "a.jsonl.gz"),
    ("jsonl", "a.jsonl.zst"),
    ("csv", "a.csv"),
    ("parquet", "parquet"),
    ("warc", "a.warc.gz"),
    ("wacz", "a.wacz"),
    ("corpus", "corpus"),
)
BEGIN = datetime(2024, 1, 1, tzinfo=UTC)
WORDS = [
    "قالت",
    "مصادر",
    "محلية",
    "إن",
    "دورية",
    "مشتركة",
    "سيّرت",
    "صباح",
    "اليوم",
    "في",
    "ريف",
    "المدينة",
    "الشرقي",
    "وسط",
    "انتشار",
    "أمني",
    "وأضافت",
    "المصادر",
    "أن",
    "الأهالي",
    "طالبوا",
    "بفتح",
    "الطريق",
    "الواصل",
    "بين",
    "البلدتين",
    "بعد",
    "إغلاقه",
    "ثلاثة",
    "أيام",
    "وأوضح",
    "المجلس",
    "المحلي",
    "أن",
    "ورشات",
    "الصيانة",
    "ستبدأ",
    "عملها",
    "مطلع",
    "الأسبوع",
    "المقبل",
    "في",
    "الأحياء",
    "المتضررة",
]
BATCH = 1_000
TABLES = (Cluster, Article, Capture, Version, ArticleIndex)


def fill(folder: Path, articles: int) -> None:
    """Write an archive of invented articles under *folder*."""
    (folder / "rasid.toml").write_text("")
    engine = open_archive(f"sqlite:///{folder / 'rasid.db'}", create=True)
    writer = Writer(folder / "captures", "benchmark", software="Rasid")
    chance = random.Random(7)  # noqa: S311 - invented text
    with session(engine) as db:
        db.add_all(Site(key=f"site{n}", name=f"site{n}") for n in range(20))
    for start in range(1, articles + 1, BATCH):
        rows: dict[type, list[dict]] = {table: [] for table in TABLES}
        for number in range(start, min(start + BATCH, articles + 1)):
            _add(rows, writer, number, chance, articles)
        with session(engine) as db:
            for table, values in rows.items():
                db.execute(insert(table), values)
    writer.close()
    engine.dispose()


def _add(rows: dict, writer: Writer, number: int, chance: random.Random, articles: int) -> None:
    body = " ".join(chance.choices(WORDS, k=400))
    headline = f"{' '.join(chance.choices(WORDS, k=9))} {number}"
    moment = BEGIN + timedelta(days=900) * (number / articles)
    url = f"https://site{number % 20}.example/news/{number}/"
    page = f"<h1>{headline}</h1><article><p>{body}</p></article>".encode()
    record = writer.write(Exchange(url, moment, "GET", [], 200, "OK", [], page))
    found = digest(headline, body)
    rows[Cluster].append({"id": number, "representative_id": number, "first_seen_at": moment})
    rows[Article].append(
        {
            "id": number,
            "site_key": f"site{number % 20}",
            "url_key": url,
            "url": url,
            "headline": headline,
            "digest": found,
            "published_at": moment,
            "first_seen_at": moment,
            "last_seen_at": moment,
            "cluster_id": number,
        }
    )
    rows[Capture].append(_capture(number, record))
    rows[Version].append(
        {
            "article_id": number,
            "number": 1,
            "headline": headline,
            "body": body,
            "authors": [],
            "tags": [],
            "language": "ar",
            "published_at": moment,
            "digest": found,
            "provenance": {"body": "generic"},
            "capture_id": number,
            "seen_at": moment,
        }
    )
    index = {"article_id": number, "place": place(moment, number), "headline": "", "body": ""}
    rows[ArticleIndex].append(index)


def _capture(number: int, record: Record) -> dict:
    return {
        "id": number,
        "url": record.url,
        "warc": record.warc,
        "offset": record.offset,
        "sha256": record.sha256,
        "fetched_at": record.fetched_at,
        "status": record.status,
        "length": record.length,
        "record_sha256": record.record_sha256,
    }


def measure(folder: Path, form: str, name: str, articles: int) -> None:
    """Export in *form* and print what it took."""
    command = [sys.executable, __file__, "--one", form, str(folder / name), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    said = json.loads(done.stdout)
    rate = articles / said["seconds"]
    print(f"{name:12} {rate:8,.0f} articles/s {said['peak']:5.0f} MB at most", flush=True)


def one(form: str, path: str, folder: str) -> None:
    """Export in this process; print its seconds and its peak in MB."""
    from scheduler.cli.app import run

    begun = time.perf_counter()
    if run(["--config", f"{folder}/rasid.toml", "export", form, path]):
        raise SystemExit(1)
    seconds = time.perf_counter() - begun
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"seconds": seconds, "peak": peak}))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--articles", type=int, default=100_000)
    parser.add_argument("--keep", type=Path)
    parser.add_argument("--one", nargs=3)
    options = parser.parse_args()
    if options.one:
        one(*options.one)
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.keep or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        if not (folder / "rasid.db").exists():
            fill(folder, options.articles)
        for form, name in FORMS:
            measure(folder, form, name, options.articles)


if __name__ == "__main__":
    main()
