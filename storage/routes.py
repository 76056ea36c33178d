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
# Some servers answer 304 for ever. After so long a route is read whole again; one found to
# have changed under the same validators is always read whole from then on.
BELIEVED = timedelta(hours=3)


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
    # When it was last answered with a body.
    read_at: datetime | None = None
    # Its validators stayed what they were while the body changed.
    lies: bool = False
    # It has worked at least once.
    proven: bool = False

    def believed(self, now: datetime) -> bool:
        """Tell whether to ask only for what has changed: not for ever on the server's word."""
        if self.lies:
            return False
        return self.read_at is not None and now - self.read_at < BELIEVED


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
            read_at=row.read_at,
            lies=row.validators_lie or False,
            proven=row.last_ok_at is not None,
        )
        for row in rows
    }


def worked(db: Session, site: str, url: str, type_: str, answer: Answer, *, now: datetime) -> None:
    """Remember that the route answered, and by what to know the same answer again."""
    row = _row(db, site, url, type_)
    if answer.body_hash is not None and row.body_hash not in {None, answer.body_hash}:
        validators = (row.etag, row.last_modified)
        if validators == (answer.etag, answer.last_modified) and validators != (None, None):
            row.validators_lie = True
    row.read_at = now
    row.etag, row.last_modified = answer.etag, answer.last_modified
    row.body_hash = answer.body_hash
    row.cursor = max(filter(None, (answer.cursor, row.cursor)), default=None)
    _works(row, now)


def unchanged(db: Session, site: str, url: str, type_: str, *, read: bool, now: datetime) -> None:
    """Remember that the route works and says what it said: by 304, or as *read* whole."""
    row = _row(db, site, url, type_)
    row.read_at = now if read else row.read_at
    _works(row, now)


def full_text(db: Session, site: str, url: str, type_: str, *, full: bool) -> None:
    """Remember whether a feed carries as much of its articles as their pages do."""
    _row(db, site, url, type_).full_text = full


def failed(
    db: Session, site: str, url: str, type_: str, *, state: str, reason: str, now: datetime
) -> None:
    """Remember that the route did not work: `refused` or `failing`, and when to ask again."""
    row = _row(db, site, url, type_)
    if row.state != state:
        row.state_since = now
    row.state, row.state_reason = state, reason
    row.failures += 1
    wait = RETRY_AFTER * 2 ** min(row.failures - 1, 10)
    row.not_before = now + min(wait, LONGEST_WAIT)


def _works(row: Route, now: datetime) -> None:
    if row.state != "ok":
        row.state, row.state_since = "ok", now
    row.state_reason = None
    row.failures, row.not_before = 0, None
    row.last_ok_at = now


def _row(db: Session, site: str, url: str, type_: str) -> Route:
    row = db.scalars(
        select(Route).where(Route.site_key == site, Route.type == type_, Route.url == url)
    ).first()
    if row is None:
        row = Route(site_key=site, url=url, type=type_, failures=0)
        db.add(row)
    return row
