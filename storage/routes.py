"""What is remembered of a site's routes: validators, how far they were read, which work."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.models import Route

# A route that does not work is tried again after this long, doubling to two days; cheaper
# routes are worth asking for again, since sites change their minds.
RETRY_AFTER = timedelta(minutes=30)
LONGEST_WAIT = timedelta(days=2)


@dataclass(frozen=True, slots=True)
class Memory:
    """A route as the last poll left it."""

    url: str
    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    cursor: str | None = None
    full_text: bool | None = None
    not_before: datetime | None = None
    # It has worked at least once.
    proven: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What a route answered with, to be remembered once its entries are written down."""

    etag: str | None = None
    last_modified: str | None = None
    body_hash: str | None = None
    cursor: str | None = None


def recall(db: Session, site: str) -> dict[tuple[str, str], Memory]:
    """Return the memories of a site's routes by type and address.

    A REST route and a section page may both stand at the root of a site.
    """
    rows = db.scalars(select(Route).where(Route.site_key == site))
    return {
        (row.type, row.url): Memory(
            row.url,
            etag=row.etag,
            last_modified=row.last_modified,
            body_hash=row.body_hash,
            cursor=row.cursor,
            full_text=row.full_text,
            not_before=row.not_before,
            proven=row.last_ok_at is not None,
        )
        for row in rows
    }


def worked(db: Session, site: str, url: str, type_: str, answer: Answer, *, now: datetime) -> None:
    """Remember that the route answered, and by what to know the same answer again."""
    row = _row(db, site, url, type_)
    row.etag, row.last_modified = answer.etag, answer.last_modified
    row.body_hash = answer.body_hash
    row.cursor = max(filter(None, (answer.cursor, row.cursor)), default=None)
    row.state, row.state_reason = "ok", None
    row.failures, row.not_before = 0, None
    row.last_ok_at = now


def unchanged(db: Session, site: str, url: str, type_: str, *, now: datetime) -> None:
    """Remember that the route answered 304: it works, and its validators stand."""
    row = _row(db, site, url, type_)
    row.state, row.state_reason = "ok", None
    row.failures, row.not_before = 0, None
    row.last_ok_at = now


def full_text(db: Session, site: str, url: str, type_: str, *, full: bool) -> None:
    """Remember whether a feed carries as much of its articles as their pages do."""
    _row(db, site, url, type_).full_text = full


def failed(
    db: Session, site: str, url: str, type_: str, *, state: str, reason: str, now: datetime
) -> None:
    """Remember that the route did not work: `refused` or `failing`, and when to ask again."""
    row = _row(db, site, url, type_)
    row.state, row.state_reason = state, reason
    row.failures += 1
    wait = RETRY_AFTER * 2 ** min(row.failures - 1, 10)
    row.not_before = now + min(wait, LONGEST_WAIT)


def _row(db: Session, site: str, url: str, type_: str) -> Route:
    row = db.scalars(
        select(Route).where(Route.site_key == site, Route.type == type_, Route.url == url)
    ).first()
    if row is None:
        row = Route(site_key=site, url=url, type=type_, failures=0)
        db.add(row)
    return row
