"""The sites an archive knows: their place in the queue, their health, what came before.

What a state means is said in `storage.health`. A site is never given up: it is asked less
often, at least once a day.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from sqlalchemy import func, select, update
from sqlalchemy.orm import Session

from storage import health
from storage.desk_tables import Switch
from storage.errors import InputError
from storage.health import Facts, Yield
from storage.health_tables import Condition
from storage.models import Article, Site

LONGEST_WAIT = timedelta(days=1)
SHORTEST_INTERVAL = timedelta(minutes=5)
LONGEST_INTERVAL = timedelta(hours=6)
_BOUNDS = (SHORTEST_INTERVAL, LONGEST_INTERVAL)
# Sites that began together would be asked together for ever.
JITTER = 0.1


class Catalogued(Protocol):
    """What the archive needs to know of a site in a catalogue."""

    @property
    def key(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def enabled(self) -> bool: ...
    @property
    def interval(self) -> timedelta: ...
    @property
    def group(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Listed:
    """A site of a catalogue that is no file."""

    key: str
    name: str
    enabled: bool
    interval: timedelta
    # Sites of one group are on one server: one of them is visited at a time.
    group: str | None = None


def register(db: Session, sites: Iterable[Catalogued], *, now: datetime) -> None:
    """Bring the site rows in line with a worker's catalogue.

    A row that is not in it is left alone: another host's worker may know the site, and
    a site no worker knows is never leased. An interval that is stated anew is taken up at
    once, whatever the site had adapted to. A site turned on or off by hand stays so.
    """
    by_hand = switched(db)
    rows = {row.key: row for row in db.scalars(select(Site))}
    for site in sites:
        row = rows.get(site.key)
        stated = int(site.interval.total_seconds())
        if row is None:
            row = Site(key=site.key, interval_seconds=stated, stated_seconds=stated)
            db.add(row)
        wanted = {
            "name": site.name,
            "enabled": by_hand.get(site.key, site.enabled),
            "lease_group": site.group,
        }
        for name, value in {**wanted, "imported": False}.items():
            # Workers register as they start: what stays the same is not written.
            if getattr(row, name) != value:
                setattr(row, name, value)
        if row.stated_seconds != stated:
            _restate(row, site.interval, now)


def switched(db: Session) -> dict[str, bool]:
    """Return the sites turned on or off by hand, whatever their files say."""
    return {row.site_key: row.enabled for row in db.scalars(select(Switch))}


def turn(db: Session, site: Catalogued, *, enabled: bool, now: datetime) -> None:
    """Turn a site on or off, at once and for every worker; its file is left as it is.

    Turned to what its file says, it follows the file again.
    """
    register(db, [site], now=now)
    db.flush()
    by_hand = db.get(Switch, site.key)
    if by_hand is not None:
        db.delete(by_hand)
        db.flush()
    if enabled != site.enabled:
        db.add(Switch(site_key=site.key, enabled=enabled))
    db.get_one(Site, site.key).enabled = enabled


def pace(db: Session, site: Catalogued, interval: timedelta, *, now: datetime) -> None:
    """Have a site asked every *interval* from now on; from there it adapts as ever.

    InputError for one that no site adapts to.
    """
    if not SHORTEST_INTERVAL <= interval <= LONGEST_INTERVAL:
        shortest, longest = (each // timedelta(minutes=1) for each in _BOUNDS)
        raise InputError(f"{site.key}: an interval has {shortest} to {longest} minutes")
    register(db, [site], now=now)
    db.flush()
    _begin_anew(db.get_one(Site, site.key), interval, now)


def _restate(row: Site, interval: timedelta, now: datetime) -> None:
    known = row.stated_seconds is not None
    row.stated_seconds = int(interval.total_seconds())
    if not known:
        return  # kept by an earlier schema: what it had adapted from is not known
    _begin_anew(row, interval, now)


def _begin_anew(row: Site, interval: timedelta, now: datetime) -> None:
    row.interval_seconds = int(interval.total_seconds())
    if row.next_due is not None and row.failures == 0:
        row.next_due = min(row.next_due, now + interval)


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


def jittered(wait: timedelta, chance: float) -> timedelta:
    """Return *wait* a tenth longer or shorter, by a *chance* from 0 to 1.

    >>> [str(jittered(timedelta(minutes=10), chance)) for chance in (0, 0.5, 1)]
    ['0:09:00', '0:10:00', '0:11:00']
    """
    return wait * (1 + JITTER * (2 * chance - 1))


def record_poll(
    db: Session,
    key: str,
    *,
    outcome: str,
    reason: str | None,
    listed: int,
    new: int,
    now: datetime,
    found: Yield | None = None,
) -> timedelta:
    """Write a poll's outcome (`ok`, `refused`, `failing`) to the site; return how long to wait."""
    site = db.get_one(Site, key)
    site.poll_outcome, site.poll_reason = outcome, reason
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
    site.yields = health.remember(site.yields, found or Yield())
    _judge(db, site, now)
    return wait_after(interval, site.failures)


def _judge(db: Session, site: Site, now: datetime) -> None:
    """Write how the site is; where that is something else than before, when it began."""
    silent = site.poll_outcome == "ok" and health.needs_arrivals(site.last_new_at, now)
    facts = Facts(
        outcome=site.poll_outcome,
        reason=site.poll_reason,
        failures=site.failures,
        last_success_at=site.last_success_at,
        last_new_at=site.last_new_at,
        arrivals=arrivals(db, site.key, since=now - health.RHYTHM) if silent else (),
        yields=site.yields or {},
    )
    finding = health.judge(facts, now=now)
    site.state_reason = finding.reason
    if site.state != finding.state:
        _close(db, site.key, now)
        site.state, site.state_since = finding.state, now
        db.add(Condition(site_key=site.key, state=finding.state, reason=finding.reason, since=now))


def _close(db: Session, key: str, now: datetime) -> None:
    opened = select(Condition).where(Condition.site_key == key, Condition.until.is_(None))
    for condition in db.scalars(opened):
        condition.until = now


def hold_group(db: Session, key: str, *, until: datetime) -> None:
    """Have the other sites of the group of *key* wait too: the server wants to be left alone."""
    group = db.get_one(Site, key).lease_group
    if group is not None:
        others = update(Site).where(Site.lease_group == group, Site.key != key)
        db.execute(others.where(Site.next_due < until).values(next_due=until))


def arrivals(db: Session, key: str, *, since: datetime) -> list[datetime]:
    """Return when the site's articles came out, or where that is unknown or absurd were seen."""
    came = select(Article.published_at, Article.first_seen_at).where(
        Article.site_key == key,
        func.coalesce(Article.published_at, Article.first_seen_at) >= since,
    )
    return [
        published if published is not None and published <= seen else seen
        for published, seen in db.execute(came)
    ]


def conditions(
    db: Session, *, since: datetime, key: str | None = None
) -> dict[str, list[Condition]]:
    """Return the states sites, or one, were in from *since* on, by site, the newest first."""
    recent = (
        select(Condition)
        .where(Condition.until.is_(None) | (Condition.until >= since))
        .order_by(Condition.since.desc(), Condition.id.desc())
    )
    if key is not None:
        recent = recent.where(Condition.site_key == key)
    found: dict[str, list[Condition]] = {}
    for condition in db.scalars(recent):
        found.setdefault(condition.site_key, []).append(condition)
    return found
