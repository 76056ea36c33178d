"""Hosts that asked not to be asked for a while, whichever site or worker asked them.

A host that says 429, or 503 with `Retry-After`, is left alone for as long as it says, and
where it does not say, for longer each time; the next proper answer clears it.
"""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from storage.health_tables import Host

FIRST_REST = timedelta(minutes=5)
LONGEST_REST = timedelta(days=1)


def rest_after(strikes: int, asked: timedelta | None) -> timedelta:
    """Return how long to leave a host alone that asked for it *strikes* times in a row.

    >>> [str(rest_after(strikes, None)) for strikes in (1, 2, 3, 20)]
    ['0:05:00', '0:10:00', '0:20:00', '1 day, 0:00:00']
    >>> str(rest_after(1, timedelta(hours=2)))
    '2:00:00'
    """
    own = FIRST_REST * float(2 ** min(strikes - 1, 16))
    return min(LONGEST_REST, max(own, asked or timedelta(0)))


def resting(db: Session, names: Collection[str], *, now: datetime) -> dict[str, datetime]:
    """Return those of *names* that are to be left alone, with the moment until when."""
    rows = db.execute(
        select(Host.name, Host.rests_until).where(Host.name.in_(names), Host.rests_until > now)
    )
    return {row.name: row.rests_until for row in rows}


def rest(
    db: Session, name: str, *, reason: str, asked: timedelta | None, now: datetime
) -> datetime:
    """Write down that the host wants to be left alone; return until when it is.

    Answers to requests that were on their way when it first said so are one strike.
    """
    row = db.get(Host, name)
    if row is None:
        row = Host(name=name, strikes=0, reason=reason, rested_at=now, rests_until=now)
        db.add(row)
    if row.rests_until <= now:
        row.strikes += 1
    row.reason, row.rested_at = reason, now
    row.rests_until = max(row.rests_until, now + rest_after(row.strikes, asked))
    return row.rests_until


def well(db: Session, names: Collection[str]) -> None:
    """Forget the strikes of hosts that answered properly again."""
    db.execute(delete(Host).where(Host.name.in_(names)))
