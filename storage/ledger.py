"""The books: what was seen, kept, matched and told, and whether the sums close.

    discovered = known + fetched + refused + failed + left      of every run
    versions written = evaluated + waiting
    matches = alerted + copy + too old + muted + listed
    alerts, per channel = delivered + pending + sending + failed

Reads only. What does not close is a defect, and is shown as one.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Text, and_, cast, exists, func, select
from sqlalchemy.orm import Session

from storage import health
from storage.health_tables import Condition, Host
from storage.models import (
    Alert,
    Delivery,
    Match,
    Notice,
    Route,
    Run,
    Site,
    Version,
    Watch,
    Worker,
)
from storage.mutes import is_muted
from storage.notices import latest, open_troubles, trouble_json
from storage.queries import moment
from storage.sites import conditions
from storage.trends import latest as latest_matches

DAY = timedelta(days=1)
# How far back the states of a site are told.
HISTORY = timedelta(days=30)
# A worker that has not been heard of for so long is taken for gone.
SILENCE = timedelta(minutes=5)

COUNTED = ("requests", "discovered", "known", "fetched", "new", "revised", "unchanged", "left", "not_modified")  # fmt: skip
OUTCOMES = ("alerted", "copy", "too_old", "muted", "listed")
STATES = ("delivered", "pending", "sending", "failed")


@dataclass(slots=True)
class Sums:
    """The runs of a site added up. *gap* counts what single runs leave open, over and under."""

    runs: int = 0
    killed: int = 0
    running: int = 0
    gap: int = 0
    counts: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)
    failed: Counter[str] = field(default_factory=Counter)

    def add(self, run: Run, *, running: bool) -> None:
        """Count *run*; one that has not ended is *running*, or was killed."""
        self.runs += 1
        if run.ended_at is None:
            self.running += running
            self.killed += not running
            return
        self.counts.update({name: getattr(run, name) for name in COUNTED})
        self.refused.update(run.refused)
        self.failed.update(run.failed)
        self.gap += abs(gap(run))

    def as_json(self) -> dict[str, Any]:
        """Return the sums under the names of Crawl JSON."""
        return {
            "runs": self.runs,
            "running": self.running,
            "killed": self.killed,
            **{name: self.counts[name] for name in COUNTED},
            "refused": dict(sorted(self.refused.items())),
            "failed": dict(sorted(self.failed.items())),
            "gap": self.gap,
        }


def gap(run: Run) -> int:
    """Return what the sum of a finished run leaves open: 0, or there is a defect."""
    accounted = run.known + run.fetched + run.left
    return run.discovered - accounted - sum(run.refused.values()) - sum(run.failed.values())


def status(db: Session, *, now: datetime, since: datetime | None = None) -> dict[str, Any]:
    """Return the health of everything as JSON; sums of runs and alerts from *since* on, a day."""
    since = since or now - DAY
    sites = list(db.scalars(select(Site).order_by(Site.key)))
    sums = run_sums(db, sites, since=since, now=now)
    total = Sums()
    for each in sums.values():
        _add(total, each)
    before = conditions(db, since=now - HISTORY)
    ways = route_states(db)
    found: dict[str, Any] = {
        "at": moment(now),
        "since": moment(since),
        "sites": [
            {
                **site_json(site, sums.get(site.key, Sums()), now),
                **history(before.get(site.key, []), now),
                "routes": ways.get(site.key, []),
            }
            for site in sites
        ],
        "hosts": resting_hosts(db, now=now),
        "workers": workers(db, now=now),
        "runs": total.as_json(),
        "versions": version_sums(db),
        "matches": match_sums(db),
        "alerts": alert_sums(db, since=since),
        "notices": notice_sums(db, since=since),
        "watches": watches(db, now=now),
        "troubles": [trouble_json(notice) for notice in open_troubles(db)],
        "sweep": sweep(db),
    }
    found["gaps"] = list(gaps(found))
    return found


def run_sums(
    db: Session, sites: Iterable[Site], *, since: datetime, now: datetime
) -> dict[str, Sums]:
    """Return the runs begun since *since* added up, for each site that had any."""
    holders = {site.key: site.lease_owner for site in sites if _is_held(site, now)}
    recent = Run.started_at >= since
    # Most runs have ended, and nothing was refused or failed in them: the database adds them up.
    plain = and_(
        Run.ended_at.is_not(None),
        *(cast(reasons, Text) == "{}" for reasons in (Run.refused, Run.failed)),
    )
    sums, newest = _plain_sums(db, and_(recent, plain)), _newest(db, recent)
    others = select(Run).where(recent, ~plain)
    for run in db.scalars(others.execution_options(yield_per=500)):
        # Of a site's runs only the newest can still be going on.
        is_newest = run.started_at == newest[run.site_key]
        running = is_newest and holders.get(run.site_key) == run.worker
        sums.setdefault(run.site_key, Sums()).add(run, running=running)
    return sums


def _plain_sums(db: Session, which: ColumnElement[bool]) -> dict[str, Sums]:
    opened = Run.discovered - Run.known - Run.fetched - Run.left
    counted = [func.sum(getattr(Run, name)) for name in COUNTED]
    asked = select(Run.site_key, func.count(), func.sum(func.abs(opened)), *counted)
    return {
        key: Sums(runs=number, gap=gap_, counts=Counter(dict(zip(COUNTED, counts, strict=True))))
        for key, number, gap_, *counts in db.execute(asked.where(which).group_by(Run.site_key))
    }


def _newest(db: Session, which: ColumnElement[bool]) -> dict[str, datetime]:
    asked = select(Run.site_key, func.max(Run.started_at)).where(which).group_by(Run.site_key)
    return {row[0]: row[1] for row in db.execute(asked)}


def site_json(site: Site, sums: Sums, now: datetime) -> dict[str, Any]:
    """Return a site with its state, its place in the queue and its sums."""
    held = _is_held(site, now)
    return {
        "site": site.key,
        "name": site.name,
        "enabled": site.enabled,
        "imported": site.imported,
        "state": site.state,
        "reason": site.state_reason,
        "state_since": moment(site.state_since),
        "failures": site.failures,
        "last_success_at": moment(site.last_success_at),
        "last_new_at": moment(site.last_new_at),
        "interval_seconds": site.interval_seconds,
        "next_due": moment(site.next_due),
        "overdue_seconds": _overdue(site, now),
        "lease": {"owner": site.lease_owner, "until": moment(site.lease_until)} if held else None,
        "yields": yields_json(site),
        "ledger": sums.as_json(),
    }


def yields_json(site: Site) -> dict[str, Any]:
    """Return how much of what is fetched of a site comes out whole, by measure."""
    return {
        name: {"now": now, "usually": usually, "pages": int(pages)}
        for name, (now, usually, pages) in (site.yields or {}).items()
    }


def history(conditions: Sequence[Condition], now: datetime) -> dict[str, Any]:
    """Return the states a site was in, newest first, and in words what it came back from."""
    told = [
        {
            "state": each.state,
            "reason": each.reason,
            "since": moment(each.since),
            "until": moment(each.until),
        }
        for each in conditions
    ]
    recovered = None
    if len(conditions) > 1 and conditions[0].state == "ok" and now - conditions[0].since < DAY:
        this, before = conditions[0], conditions[1]
        recovered = health.recovery(
            this.state, this.since, before.state, before.reason, before.since
        )
    return {"conditions": told, "recovered": recovered}


def route_states(db: Session, key: str | None = None) -> dict[str, list[dict[str, Any]]]:
    """Return for each site, or one, what was tried: its routes, how each is and since when."""
    found: dict[str, list[dict[str, Any]]] = {}
    asked = select(Route).order_by(Route.site_key, Route.type, Route.url)
    if key is not None:
        asked = asked.where(Route.site_key == key)
    for route in db.scalars(asked):
        found.setdefault(route.site_key, []).append(
            {
                "type": route.type,
                "url": route.url,
                "state": route.state,
                "reason": route.state_reason,
                "state_since": moment(route.state_since),
                "failures": route.failures,
                "last_ok_at": moment(route.last_ok_at),
                "not_before": moment(route.not_before),
            }
        )
    return found


def resting_hosts(db: Session, *, now: datetime) -> list[dict[str, Any]]:
    """Return the hosts that asked to be left alone and still are."""
    rows = db.scalars(select(Host).where(Host.rests_until > now).order_by(Host.name))
    return [
        {
            "host": row.name,
            "reason": row.reason,
            "strikes": row.strikes,
            "since": moment(row.rested_at),
            "until": moment(row.rests_until),
        }
        for row in rows
    ]


def workers(db: Session, *, now: datetime) -> list[dict[str, Any]]:
    """Return the workers heard of within a day, and whether they live."""
    recent = select(Worker).where(Worker.seen_at >= now - DAY).order_by(Worker.started_at)
    return [
        {
            "worker": worker.name,
            "state": _worker_state(worker, now),
            "started_at": moment(worker.started_at),
            "seen_at": moment(worker.seen_at),
            "ended_at": moment(worker.ended_at),
        }
        for worker in db.scalars(recent)
    ]


def version_sums(db: Session) -> dict[str, Any]:
    """Return how many versions there are, and how many no watch has looked at yet."""
    written = db.execute(select(func.count()).select_from(Version)).scalar_one()
    waiting, oldest = db.execute(
        select(func.count(), func.min(Version.seen_at)).where(Version.matched_at.is_(None))
    ).one()
    return {
        "written": written,
        "evaluated": written - waiting,
        "waiting": waiting,
        "waiting_since": moment(oldest),
    }


def match_sums(db: Session) -> dict[str, int]:
    """Return the matches by what came of them; *gap* counts those nobody accounts for."""
    outcomes = select(Match.outcome, func.count()).group_by(Match.outcome)
    counts: dict[str, int] = {row[0]: row[1] for row in db.execute(outcomes)}
    unsent = db.execute(
        select(func.count()).where(Match.outcome == "alerted", Match.alert_id.is_(None))
    ).scalar_one()
    total = sum(counts.values())
    known = {outcome: counts.get(outcome, 0) for outcome in OUTCOMES}
    return {"matches": total, **known, "gap": total - sum(known.values()) + unsent}


def alert_sums(db: Session, *, since: datetime) -> dict[str, Any]:
    """Return the alerts made since *since*, and for each channel where their deliveries stand."""
    recent = Alert.created_at >= since
    alerts = db.execute(select(func.count()).select_from(Alert).where(recent)).scalar_one()
    silent = db.execute(
        select(func.count())
        .select_from(Alert)
        .where(recent, ~exists().where(Delivery.alert_id == Alert.id))
    ).scalar_one()
    channels = _channels(db, Delivery.alert_id, Alert, recent)
    return {"alerts": alerts, "without_channel": silent, "channels": channels}


def notice_sums(db: Session, *, since: datetime) -> dict[str, Any]:
    """Return the notices made since *since*, and for each channel where their deliveries stand."""
    recent = Notice.created_at >= since
    number = db.execute(select(func.count()).select_from(Notice).where(recent)).scalar_one()
    return {"notices": number, "channels": _channels(db, Delivery.notice_id, Notice, recent)}


def watches(db: Session, *, now: datetime) -> list[dict[str, Any]]:
    """Return the active watches, when each last found something, and until when it is muted."""
    rows = db.scalars(select(Watch).where(Watch.active).order_by(Watch.name))
    found = latest_matches(db)
    return [
        {
            "watch": watch.name,
            "last_match": moment(found[watch.name].matched_at if watch.name in found else None),
            "muted": mute_json(watch, now),
        }
        for watch in rows
    ]


def mute_json(watch: Watch, now: datetime) -> dict[str, Any] | None:
    """Return since when and until when a watch is muted, or None when it is not."""
    if not is_muted(watch, now):
        return None
    return {"since": moment(watch.muted_at), "until": moment(watch.muted_until)}


def sweep(db: Session) -> dict[str, Any] | None:
    """Return what the last sweep found, or None where there was none yet."""
    last = latest(db, "sweep")
    return {"at": moment(last.created_at), **last.facts} if last is not None else None


def gaps(found: dict[str, Any]) -> Iterable[str]:
    """Yield in words what in a `status` does not close."""
    for site in found["sites"]:
        if site["ledger"]["gap"]:
            number = _counted(site["ledger"]["gap"], "address", "addresses")
            yield (
                f"{site['site']}: {number} unaccounted for: "
                "discovered is not known + fetched + refused + failed + left"
            )
    if found["matches"]["gap"]:
        number = _counted(found["matches"]["gap"], "match is", "matches are")
        yield f"{number} neither alerted, copy, too_old, muted nor listed"
    for channel, states in found["alerts"]["channels"].items():
        if states["gap"]:
            number = _counted(states["gap"], "delivery is", "deliveries are")
            yield f"{channel}: {number} in no known state"


def _counted(number: int, one: str, many: str) -> str:
    # A gap of matches may be negative.
    return f"{number} {one if abs(number) == 1 else many}"


def _channels(
    db: Session, told: Any, table: type[Alert] | type[Notice], recent: ColumnElement[bool]
) -> dict[str, dict[str, int]]:
    """By channel, how many deliveries of *recent* rows of a table are in each state."""
    channels: dict[str, dict[str, int]] = {}
    states = (
        select(Delivery.channel, Delivery.state, func.count())
        .join(table, and_(table.id == told, recent))
        .group_by(Delivery.channel, Delivery.state)
        .order_by(Delivery.channel)
    )
    for channel, state, count in db.execute(states):
        channels.setdefault(channel, dict.fromkeys((*STATES, "gap"), 0))
        channels[channel][state if state in STATES else "gap"] += count
    return channels


def _add(total: Sums, part: Sums) -> None:
    total.runs += part.runs
    total.killed += part.killed
    total.running += part.running
    total.gap += part.gap
    total.counts.update(part.counts)
    total.refused.update(part.refused)
    total.failed.update(part.failed)


def _is_held(site: Site, now: datetime) -> bool:
    return site.lease_until is not None and site.lease_until >= now


def _overdue(site: Site, now: datetime) -> int:
    """Return for how many seconds an enabled site has been due while nobody visited it."""
    if not site.enabled or site.next_due is None or _is_held(site, now):
        return 0
    return max(0, int((now - site.next_due).total_seconds()))


def _worker_state(worker: Worker, now: datetime) -> str:
    if worker.ended_at is not None:
        return "ended"
    return "alive" if worker.seen_at >= now - SILENCE else "silent"
