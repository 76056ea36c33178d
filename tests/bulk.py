"""Archives filled in bulk: the rows `storage.archive.keep` writes, without its decisions."""

import gzip
import json
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import Engine, func, insert, select, text

from storage.database import session
from storage.models import Article, ArticleIndex, Cluster, Site, Version
from storage.search import place
from storage.stems import index_texts

CORPORA = Path(__file__).parents[1] / "../shared/data/corpora"
BATCH = 1_000
BODIES = ("body", "content", "article", "text")
SITES = ("a", "b", "c")


class Text(NamedTuple):
    """An article to be kept, with its stems."""

    headline: str
    body: str
    stems: tuple[str, str]


def texts(folder: Path) -> Iterator[Text]:
    """Yield the articles of gzipped JSON Lines, one file after another."""
    for path in sorted(folder.glob("*.jsonl.gz")):
        with gzip.open(path, "rt", encoding="utf-8") as lines:
            yield from map(_text, lines)


def _text(line: str) -> Text:
    found = json.loads(line)
    body = next((found[key] for key in BODIES if found.get(key)), "")
    headline = found.get("title") or ""
    return Text(headline, body, index_texts(headline, body))


def fill(engine: Engine, kept: Iterable[Text], *, newest: datetime) -> int:
    """Add *kept*, the oldest first and a minute apart, the last one at *newest*; return how many."""
    waiting = list(kept)
    with session(engine) as db:
        known = db.scalar(select(func.max(Article.id))) or 0
        if not known:
            db.execute(insert(Site), [{"key": key, "name": key} for key in SITES])
    numbered = enumerate(waiting, start=known + 1)
    first = newest - timedelta(minutes=len(waiting) + known)
    while batch := list(islice(numbered, BATCH)):
        with session(engine) as db:
            for table, rows in _rows(batch, first):
                db.execute(insert(table), rows)
    with engine.connect() as connection:
        connection.execute(text("ANALYZE"))
        connection.commit()
    return len(waiting)


def _rows(batch: list[tuple[int, Text]], first: datetime) -> Iterator[tuple[Any, list[Any]]]:
    seen = {number: first + timedelta(minutes=number) for number, _ in batch}
    digest = {n: sha256((t.headline + t.body).encode()).hexdigest() for n, t in batch}
    yield Cluster, [{"id": n, "first_seen_at": seen[n]} for n, _ in batch]
    yield Article, [_article(n, text, seen[n], digest[n]) for n, text in batch]
    yield Version, [_version(n, text, seen[n], digest[n]) for n, text in batch]
    yield ArticleIndex, [_index(n, text, seen[n]) for n, text in batch]


def _index(number: int, kept: Text, seen: datetime) -> dict[str, Any]:
    headline, body = kept.stems
    return {
        "article_id": number,
        "place": place(seen, number),
        "headline": headline,
        "body": body,
    }


def _article(number: int, kept: Text, seen: datetime, digest: str) -> dict[str, Any]:
    address = f"https://bulk.example/{number}"
    return {
        "id": number,
        "site_key": SITES[number % len(SITES)],
        "url_key": address,
        "url": address,
        "headline": kept.headline,
        "digest": digest,
        # Some are undated, as in any archive.
        "published_at": seen if number % 20 else None,
        "first_seen_at": seen,
        "last_seen_at": seen,
        "cluster_id": number,
    }


def _version(number: int, kept: Text, seen: datetime, digest: str) -> dict[str, Any]:
    return {
        "article_id": number,
        "number": 1,
        "headline": kept.headline,
        "body": kept.body,
        "authors": ["سامر"] if number % 7 == 0 else [],
        "section": "سياسة" if number % 5 == 0 else None,
        "tags": ["حرب"] if number % 9 == 0 else [],
        "digest": digest,
        "provenance": {},
        "seen_at": seen,
        "matched_at": seen,
    }
