"""The past of a site, asked for by name: resumed where it was, whatever ended it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from storage.backfill_tables import Backfill
from storage.models import Address, Article
from storage.models import Site as SiteRow

# A site that publishes every day and is silent for so long in its past has a hole there.
LONGEST_SILENCE = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Standing:
    """A backfill as the archive has it."""

    id: int
    since: datetime
    until: datetime | None
    place: dict[str, Any] | None
    counts: dict[str, int]
    holes: list[str]
    # It was begun by an earlier call.
    resumed: bool


def resume(
    db: Session, site: str, *, since: datetime, until: datetime | None, now: datetime
) -> Standing:
    """Return the backfill of *site* that is open for this time, or a new one.

    *since* and *until* are the days asked for, not "a week ago": what is asked again
    later is the same.
    """
    asked = (Backfill.site_key == site, Backfill.state == "open", Backfill.since == since)
    until_same = Backfill.until == until if until is not None else Backfill.until.is_(None)
    row = db.scalars(select(Backfill).where(*asked, until_same).order_by(Backfill.id)).first()
    resumed = row is not None
    if row is None:
        row = Backfill(site_key=site, since=since, until=until, begun_at=now, counts={}, holes=[])
        db.add(row)
        db.flush()
    return standing(db, row.id, resumed=resumed)


def standing(db: Session, number: int, *, resumed: bool) -> Standing:
    """Return backfill *number* as it stands now."""
    row = db.get_one(Backfill, number)
    return Standing(
        row.id, row.since, row.until, row.place, dict(row.counts), list(row.holes), resumed
    )


def advance(
    db: Session,
    number: int,
    *,
    place: Mapping[str, Any] | None,
    counts: Mapping[str, int],
    hole: str | None = None,
) -> None:
    """Write down how far backfill *number* has come; *counts* are added to its sums."""
    row = db.get_one(Backfill, number)
    if place is not None:
        row.place = dict(place)
    row.counts = {
        name: row.counts.get(name, 0) + counts.get(name, 0)
        for name in dict.fromkeys((*row.counts, *counts))
    }
    if hole is not None:
        row.holes = [*row.holes, hole]


def end(db: Session, number: int, *, now: datetime) -> None:
    """Close backfill *number*: all that there is was read."""
    row = db.get_one(Backfill, number)
    row.state, row.ended_at = "done", now


def waiting(db: Session, site: str) -> int:
    """Return how many addresses found by backfills of *site* are not fetched yet."""
    queued = select(func.count()).where(Address.site_key == site, Address.state == "queued")
    return db.execute(queued).scalar_one()


def is_due(db: Session, site: str, *, now: datetime) -> bool:
    """Tell whether *site*, polled before, is to be polled now."""
    due = db.get_one(SiteRow, site).next_due
    return due is not None and due <= now


def silences(
    db: Session, site: str, *, since: datetime, until: datetime
) -> list[tuple[datetime, datetime]]:
    """Return the times without an article that are longer than LONGEST_SILENCE, in order."""
    moments = db.scalars(
        select(Article.published_at)
        .where(Article.site_key == site, Article.published_at >= since)
        .where(Article.published_at < until)
        .order_by(Article.published_at)
    )
    found = []
    before = since
    for moment in (*filter(None, moments), until):
        if moment - before > LONGEST_SILENCE:
            found.append((before, moment))
        before = moment
    return found
