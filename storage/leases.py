"""Which worker holds which site; fences.

A site is the unit of politeness, so one site is with one worker at a time and
no rate limit needs to be shared. A lease ends by itself when its worker does
not renew it; the fence, a number that grows with every lease, tells a worker
that came back too late that its writes are no longer wanted.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import Select, Update, func, or_, select, update
from sqlalchemy.orm import Session

from storage.errors import LeaseLost
from storage.models import Site, Worker


@dataclass(frozen=True, slots=True)
class Lease:
    """A hold of *owner* on the site *site*, good while the site's fence is *fence*."""

    site: str
    owner: str
    fence: int


def clock(db: Session) -> datetime:
    """Return now: the database's clock on PostgreSQL, so that hosts need not agree."""
    if db.get_bind().dialect.name == "postgresql":
        moment: datetime = db.execute(select(func.clock_timestamp())).scalar_one()
        return moment.astimezone(UTC)
    return datetime.now(UTC)


def lease_due(
    db: Session,
    *,
    owner: str,
    now: datetime,
    seconds: float,
    among: Collection[str],
    excluding: Collection[str] = (),
) -> Lease | None:
    """Lease the site that has been due longest, or return None when none is.

    *among* are the keys this worker knows, *excluding* those it is busy with.
    A site nobody has polled yet is due at once.
    """
    due = or_(Site.next_due.is_(None), Site.next_due <= now)
    row = db.scalars(
        _free(now)
        .where(due, Site.enabled, Site.key.in_(among), Site.key.not_in(excluding))
        .order_by(Site.next_due.nulls_first(), Site.key)
        .limit(1)
    ).first()
    return _take(row, owner, now, seconds) if row else None


def lease_site(db: Session, key: str, *, owner: str, now: datetime, seconds: float) -> Lease | None:
    """Lease one site whether it is due or not; None while another worker holds it."""
    row = db.scalars(_free(now).where(Site.key == key)).first()
    return _take(row, owner, now, seconds) if row else None


def renew(db: Session, lease: Lease, *, now: datetime, seconds: float) -> None:
    """Hold the site for *seconds* more; LeaseLost when it is not held any longer."""
    held = _held(lease).values(lease_until=now + timedelta(seconds=seconds)).returning(Site.key)
    if db.execute(held).first() is None:
        raise LeaseLost(_lost(lease))


def check(db: Session, lease: Lease) -> None:
    """Raise LeaseLost unless *lease* still stands; on PostgreSQL, keep it so until commit.

    A lease that is past its time but that nobody else has taken still stands:
    what its worker fetched is good, and nobody else is writing.
    """
    statement = select(Site.fence).where(Site.key == lease.site).with_for_update(key_share=True)
    if db.execute(statement).scalar_one_or_none() != lease.fence:
        raise LeaseLost(_lost(lease))


def release(db: Session, lease: Lease, *, next_due: datetime | None) -> None:
    """Give the site back, due again at *next_due*, or as before where that is None.

    LeaseLost when it is another's by now.
    """
    free = _held(lease).values(lease_owner=None, lease_until=None).returning(Site.key)
    if next_due is not None:
        free = free.values(next_due=next_due)
    if db.execute(free).first() is None:
        raise LeaseLost(_lost(lease))


def beat(db: Session, name: str, *, now: datetime, ended: bool = False) -> None:
    """Record that the worker *name* lives, or that it *ended* in good order."""
    row = db.get(Worker, name)
    if row is None:
        row = Worker(name=name, started_at=now, seen_at=now)
        db.add(row)
    row.seen_at = now
    row.ended_at = now if ended else None


def _free(now: datetime) -> Select[Site]:
    return (
        select(Site)
        .where(or_(Site.lease_until.is_(None), Site.lease_until < now))
        # Another worker choosing at the same moment takes the next one; SQLite
        # ignores this, there the write lock already queues them.
        .with_for_update(skip_locked=True)
    )


def _take(row: Site, owner: str, now: datetime, seconds: float) -> Lease:
    row.lease_owner = owner
    row.lease_until = now + timedelta(seconds=seconds)
    row.fence += 1
    return Lease(site=row.key, owner=owner, fence=row.fence)


def _held(lease: Lease) -> Update:
    return update(Site).where(
        Site.key == lease.site, Site.fence == lease.fence, Site.lease_owner == lease.owner
    )


def _lost(lease: Lease) -> str:
    return f"{lease.site}: the lease of {lease.owner} has ended, another worker holds the site."
