"""The take-down list: addresses whose articles are neither found, shown in lists, nor exported.

What is kept of them stays, as evidence; taking an address off the list shows it again.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage import archive
from storage.evidence_tables import Takedown
from storage.urls import url_key


@dataclass(frozen=True, slots=True)
class Listed:
    """An address on the list."""

    url: str
    reason: str
    added_at: datetime


def add(db: Session, url: str, reason: str, now: datetime) -> int | None:
    """Put the article at *url* on the list, known or not; return its number where it is known.

    Raises ValueError where *url* is no address.
    """
    article = archive.find(db, [url_key(url)])
    # An article may go by another address of its own.
    key = article.url_key if article else url_key(url)
    listed = db.get(Takedown, key)
    if listed is None:
        db.add(Takedown(url_key=key, url=url, reason=reason, added_at=now))
    else:
        listed.reason = reason
    db.flush()
    return article.id if article else None


def remove(db: Session, url: str) -> bool:
    """Take *url* off the list; return whether it stood there."""
    article = archive.find(db, [url_key(url)])
    listed = db.get(Takedown, article.url_key if article else url_key(url))
    if listed is None:
        return False
    db.delete(listed)
    db.flush()
    return True


def every(db: Session) -> list[Listed]:
    """Return the list, the oldest first."""
    rows = db.scalars(select(Takedown).order_by(Takedown.added_at, Takedown.url))
    return [Listed(row.url, row.reason, row.added_at) for row in rows]
