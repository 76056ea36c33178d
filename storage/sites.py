"""The sites an archive knows, and their health in one word.

States: `new` (never polled), `ok`, `refused` (the site does not want us: robots.txt,
401, 403, 406, 451 or a challenge page) and `failing` (anything else). A site is
never given up: it is asked less often, at least once a day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from storage.models import Site

LONGEST_WAIT = timedelta(days=1)
SHORTEST_INTERVAL = timedelta(minutes=5)
LONGEST_INTERVAL = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class Listed:
    """A site as the catalogue has it."""

    key: str
    name: str
    enabled: bool
    interval: timedelta


def register(db: Session, sites: Iterable[Listed]) -> None:
    """Bring the site rows in line with a worker's catalogue.

    A row that is not in it is left alone: another host's worker may know the site, and
    a site no worker knows is never leased.
    """
    rows = {row.key: row for row in db.scalars(select(Site))}
    for site in sites:
        row = rows.get(site.key)
        if row is None:
            db.add(
                Site(
                    key=site.key,
                    name=site.name,
                    enabled=site.enabled,
                    interval_seconds=int(site.interval.total_seconds()),
                )
            )
        elif (row.name, row.enabled, row.imported) != (site.name, site.enabled, False):
            row.name, row.enabled, row.imported = site.name, site.enabled, False


def interval_after(interval: timedelta, *, listed: int, new: int) -> timedelta:
    """Return the next interval for a site whose poll listed *listed* items, *new* of them new.

    The aim is that about half of what a poll lists is new: then nothing rolls off
    a short feed unseen, and little is asked twice.

    >>> interval_after(timedelta(minutes=60), listed=10, new=10)
    datetime.timedelta(seconds=1800)
    >>> interval_after(timedelta(minutes=60), listed=10, new=0)
    datetime.timedelta(seconds=4500)
    """
    share = new / listed if listed else 0.0
    if share > 0.75:
        factor = 0.5
    elif share > 0.5:
        factor = 0.75
    elif share < 0.25:
        factor = 1.25
    else:
        factor = 1.0
    return max(SHORTEST_INTERVAL, min(LONGEST_INTERVAL, interval * factor))


def wait_after(interval: timedelta, failures: int) -> timedelta:
    """Return how long to wait after *failures* fruitless polls in a row: doubling, a day at most.

    >>> [str(wait_after(timedelta(minutes=15), n)) for n in (0, 1, 2, 20)]
    ['0:15:00', '0:30:00', '1:00:00', '1 day, 0:00:00']
    """
    return min(LONGEST_WAIT, interval * float(2 ** min(failures, 16)))


def record_poll(
    db: Session, key: str, *, outcome: str, reason: str | None, listed: int, new: int, now: datetime
) -> datetime:
    """Write a poll's outcome (`ok`, `refused`, `failing`) to the site; return when it is due next."""
    site = db.get_one(Site, key)
    if site.state != outcome:
        site.state_since = now
    site.state = outcome
    site.state_reason = reason
    interval = timedelta(seconds=site.interval_seconds)
    if outcome == "ok":
        site.failures = 0
        site.last_success_at = now
        if listed:
            # An unchanged feed lists nothing and says nothing of the rhythm either;
            # it counts as a poll that listed one old item.
            interval = interval_after(interval, listed=listed, new=new)
        else:
            interval = interval_after(interval, listed=1, new=0)
        site.interval_seconds = int(interval.total_seconds())
    else:
        site.failures += 1
    if new:
        site.last_new_at = now
    return now + wait_after(interval, site.failures)
