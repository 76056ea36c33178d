"""Articles on the take-down list as they are shown: since when and why, but not what they say.

They stay in the archive as evidence, and in what a desk did with them. Whatever reads one by its
number, or an alert of one, reads it through here; what searches and lists has none of them
(`storage.queries.shown`).
"""

from collections.abc import Collection
from typing import Any, TypeVar

from sqlalchemy import inspect, select
from sqlalchemy.orm import Session

from storage.evidence_tables import Takedown
from storage.models import Article, Version

T = TypeVar("T")

_NOTHING: dict[type[Any], dict[str, Any]] = {
    Article: {"headline": ""},
    Version: {
        "headline": "",
        "body": "",
        "authors": [],
        "section": None,
        "tags": [],
        "published_raw": None,
    },
}


def of(db: Session, articles: Collection[Article]) -> dict[int, Takedown]:
    """Return what the list says of those of *articles* that stand on it, by article."""
    by_key = {article.url_key: article.id for article in articles}
    rows = db.scalars(select(Takedown).where(Takedown.url_key.in_(by_key)))
    return {by_key[row.url_key]: row for row in rows}


def without_text(row: T) -> T:
    """Return an article or a version without what it says: a copy, of no session's concern."""
    held: dict[str, Any] = {
        column.key: getattr(row, column.key) for column in inspect(type(row)).mapper.column_attrs
    }
    return type(row)(**{**held, **_NOTHING[type(row)]})


def as_json(takedown: Takedown | None) -> dict[str, Any] | None:
    """Return since when and why, or None for what may be shown."""
    if takedown is None:
        return None
    since = takedown.added_at.isoformat().replace("+00:00", "Z")
    return {"since": since, "reason": takedown.reason}
