"""Which worker holds which site; fences.

A site is the unit of politeness, so one site is with one worker at a time and
no rate limit needs to be shared. Sites of one group are on one server: one of them is
held at a time. A lease ends by itself when its worker does
not renew it; the fence, a number that grows with every lease, tells a worker
that came back too late that its writes are no longer wanted.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from sqlalchemy import Exists, Select, Update, exists, func, or_, select, update
from sqlalchemy.orm import Session, aliased

from storage.errors import LeaseLost
from storage.models import Site, Worker

T = TypeVar("T")

# So many due sites are looked at at a time for one that may be taken.
CANDIDATES = 100

# Any number will do, as long as every Rasid takes the same one, and for nothing else.
_GROUPS = 727412


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
    most: int = 1,
) -> list[Lease]:
    """Lease the sites that have been due longest, *most* of them; fewer where fewer are due.

    *among* are the keys this worker knows, *excluding* those it is busy with.
    A site nobody has polled yet is due at once.
    """
    leased: list[Lease] = []
    if most < 1:
        return leased
    for due in _due(db, now):
        wanted = [key for key in due if key in among and key not in excluding]
        while wanted and len(leased) < most:
            # Others may be about to take some of them.
            chosen, wanted = wanted[: most - len(leased)], wanted[most - len(leased) :]
            leased += _lease(db, chosen, owner=owner, now=now, seconds=seconds)
        if len(leased) >= most:
            break
    return leased


def lease_site(db: Session, key: str, *, owner: str, now: datetime, seconds: float) -> Lease | None:
    """Lease one site whether it is due or not; None while another worker holds it, or its server."""
    leased = _lease(db, [key], owner=owner, now=now, seconds=seconds)
    return leased[0] if leased else None


def _lease(
    db: Session, keys: Sequence[str], *, owner: str, now: datetime, seconds: float
) -> list[Lease]:
    """Lease those of *keys* that are free, in their order, one of each group."""
    rows = {row.key: row for row in db.scalars(_free(now).where(Site.key.in_(keys)))}
    until = now + timedelta(seconds=seconds)
    leased: list[Lease] = []
    groups = set[str]()
    for row in (rows[key] for key in keys if key in rows):
        if row.lease_group is not None:
            if row.lease_group in groups or not _is_server_free(db, row, now):
                continue
            groups.add(row.lease_group)
        row.lease_owner, row.lease_until = owner, until
        row.fence += 1
        leased.append(Lease(site=row.key, owner=owner, fence=row.fence))
    db.flush()
    return leased


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
    for error in lost(db, [lease]).values():
        raise error


def lost(db: Session, held: Collection[Lease]) -> dict[Lease, LeaseLost]:
    """Return which of these leases no longer stand, as `check` would say it."""
    keys = sorted({lease.site for lease in held})
    if not keys:
        return {}
    # In one order, so that two workers never wait for each other.
    asked = select(Site.key, Site.fence).where(Site.key.in_(keys)).order_by(Site.key)
    rows = db.execute(asked.with_for_update(key_share=True)).all()
    fences = dict(rows)
    gone = (lease for lease in held if fences.get(lease.site) != lease.fence)
    return {lease: LeaseLost(_lost(lease)) for lease in gone}


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


def _due(db: Session, now: datetime) -> Iterator[Sequence[str]]:
    """Yield the keys of free sites that are due, some at a time: those never polled, then by how long.

    Which of them this worker knows is not asked of the database: a list of fifty thousand
    keys costs more than the answer.
    """
    due = _free_now(select(Site.key), now).where(Site.enabled)
    new, late = Site.next_due.is_(None), Site.next_due <= now
    queues = (due.where(new).order_by(Site.next_due), due.where(late).order_by(Site.next_due))
    for queue in queues:
        looked_at = 0
        while True:
            keys = db.scalars(queue.limit(CANDIDATES).offset(looked_at)).all()
            # Those never polled have waited equally: in the order of their keys.
            yield sorted(keys) if queue is queues[0] else keys
            looked_at += len(keys)
            if len(keys) < CANDIDATES:
                break


def _free(now: datetime) -> Select[Site]:
    # Another worker choosing at the same moment takes the next one; SQLite ignores this, there
    # the write lock already queues them.
    return _free_now(select(Site), now).with_for_update(skip_locked=True, of=Site)


def _free_now(statement: Select[T], now: datetime) -> Select[T]:
    return statement.where(
        or_(Site.lease_until.is_(None), Site.lease_until < now),
        # Asked only of the few sites that are in a group: fifty thousand others cost nothing.
        or_(Site.lease_group.is_(None), ~_server_held(now)),
    )


def _server_held(now: datetime) -> Exists:
    neighbour = aliased(Site)
    return exists().where(
        neighbour.lease_group == Site.lease_group,
        neighbour.key != Site.key,
        neighbour.lease_until >= now,
    )


def _is_server_free(db: Session, row: Site, now: datetime) -> bool:
    """Tell whether no other site of the group is held; so it stays until commit."""
    if db.get_bind().dialect.name != "postgresql":
        return True
    # Two workers may have chosen two sites of the group at one moment: the second waits here,
    # then sees what the first took.
    db.execute(select(func.pg_advisory_xact_lock(_GROUPS, func.hashtext(row.lease_group))))
    return not db.scalar(select(_server_held(now)).where(Site.key == row.key))


def _held(lease: Lease) -> Update:
    return update(Site).where(
        Site.key == lease.site, Site.fence == lease.fence, Site.lease_owner == lease.owner
    )


def _lost(lease: Lease) -> str:
    return f"{lease.site}: the lease of {lease.owner} has ended, another worker holds the site."
