"""The quieter passes: what is gone, what surges, how the program fares, cards, the night's work.

Like those of `scheduler.jobs`, they ask the archive what there is to do, so that cron and
the service may both run them: what one has told the other finds told.
"""

import logging
import shutil
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, time
from pathlib import Path
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

from scheduler import cards, jobs, pruning, quiet, sweeping
from scheduler.config import Config
from scheduler.jobs import Clock
from scheduler.packs.shelf import Packs
from scheduler.watchlists import Watch
from storage import notices, outbox, surges, troubles, watches
from storage.database import reading, session, written
from storage.models import Notice
from storage.outbox import Outlet

# How much more than wanted is free on a disk that is not full any more.
MORE = 1.2
# The desk's night.
NIGHT = time(3)

log = logging.getLogger(__name__)


def tend(
    engine: Engine,
    listed: Sequence[Watch],
    config: Config,
    clock: Clock,
    *,
    packs: Packs | None = None,
) -> None:
    """Make every pass for which it is time."""
    raise_alerts(engine, listed, config, clock)
    watch_health(engine, config, clock)
    send_cards(engine, listed, config, clock, packs=packs)
    sweep_nightly(engine, listed, config, clock, packs=packs)
    prune_nightly(engine, config, clock)


def raise_alerts(engine: Engine, listed: Sequence[Watch], config: Config, clock: Clock) -> None:
    """Raise the alerts that no new version raises: of articles that are gone, and of surges."""

    def tell(db: Session) -> None:
        now = clock()
        watches.take_turn(db, "match", now)
        rows = watches.sync(db, listed, now)
        by_id = {rows[watch.name].id: watch for watch in listed}
        whom = {key: jobs.outlets(watch, config, now) for key, watch in by_id.items()}
        priorities = {key: watch.priority for key, watch in by_id.items()}
        watches.raise_gone(db, whom, dict(priorities), now)
        for surge in surges.surges(db, now):
            watch_id = surge.watch.id
            watches.raise_surge(db, surge, whom[watch_id], priorities[watch_id], now)

    written(engine, tell)


def watch_health(engine: Engine, config: Config, clock: Clock) -> None:
    """Tell what troubles have begun and which are over."""
    with session(engine) as db:
        now = clock()
        watches.take_turn(db, "health", now)
        found = troubles.troubles(db, now)
        # What was given up on a channel that was taken away is nobody's trouble any more.
        gone = [
            f"channel:{each['name']}"
            for each in found.values()
            if each["trouble"] == "channel"
            and not each["waiting"]
            and each["name"] not in config.channels
        ]
        found = {subject: each for subject, each in found.items() if subject not in gone}
        found |= troubles.open_sums(db, now)
        found |= full_disks(config, told=[each.subject for each in notices.open_troubles(db)])
        everybody = health_outlets(config, now)
        whom: dict[str, Sequence[Outlet]] = {"": everybody}
        for name in config.channels:
            # Who takes nothing cannot be told that he does; alone, he is told when he can.
            others = [outlet for outlet in everybody if outlet.channel != name]
            whom[f"channel:{name}"] = others or everybody
        notices.keep_troubles(db, found, whom, now)


def full_disks(
    config: Config,
    usage: Callable[[Path], Any] = shutil.disk_usage,
    *,
    told: Collection[str] = (),
) -> dict[str, dict[str, Any]]:
    """Return the disks, of the archive and of the captures, with too little room.

    One that was *told* of, by its subject, has enough again with a fifth more: what hovers
    about the limit is one trouble and not a new one every minute.
    """
    found = {}
    for place in _places(config):
        try:
            free = usage(place).free // (1024 * 1024)
        except OSError:
            # A folder that is not there yet fills no disk.
            continue
        subject = f"disk:{place}"
        wanted = config.alerts.disk_free_mb
        if free < wanted * (MORE if subject in told else 1):
            reason = f"{free} MB free, {wanted} wanted"
            found[subject] = {"trouble": "disk", "name": str(place), "reason": reason}
    return found


def send_cards(
    engine: Engine,
    listed: Sequence[Watch],
    config: Config,
    clock: Clock,
    *,
    packs: Packs | None = None,
) -> None:
    """Write the daily card of each channel whose time has come."""
    now = clock()
    with reading(engine) as db:
        waiting = [name for name in config.channels if _card_is_due(db, config, name, now)]
        facts = cards.facts(db, listed, config, now, packs) if waiting else {}
    for name in waiting:
        with session(engine) as db:
            watches.take_turn(db, "card", now)
            if not _card_is_due(db, config, name, now):
                continue
            # A digest that goes out now says the same at its end.
            with_digest = config.channels[name].mode.gathers and bool(
                outbox.due_on(db, name, now, limit=1)
            )
            whom = [] if with_digest else [jobs.outlet(config, name, now)]
            notices.add(db, "card", f"channel:{name}", facts, whom, now)


def sweep_nightly(
    engine: Engine,
    listed: Sequence[Watch],
    config: Config,
    clock: Clock,
    *,
    packs: Packs | None = None,
) -> None:
    """Evaluate the last days again, once a night."""
    now = clock()
    days = config.alerts.sweep_days
    with session(engine) as db:
        watches.take_turn(db, "sweep", now)
        if not days or not _tonight(db, "sweep", config, now):
            return
    sweeping.sweep(
        engine, listed, config, clock, days=days, packs=packs, outlets=health_outlets(config, now)
    )


def prune_nightly(engine: Engine, config: Config, clock: Clock) -> None:
    """Give up captures that are older than the configuration keeps them, once a night."""
    now, days = clock(), config.evidence.keep_days
    if not days or config.captures is None:
        return
    with session(engine) as db:
        watches.take_turn(db, "prune", now)
        if not _tonight(db, "prune", config, now):
            return
        # Before it is done: what cannot be read would be tried again every minute.
        notice = notices.add(db, "prune", "prune", {"keep_days": days}, [], now).id
    done = pruning.prune(engine, config.captures, clock, days=days)
    with session(engine) as db:
        db.get_one(Notice, notice).facts = {"keep_days": days, **done.as_json()}
    log.info("%d captures older than %d days given up", done.dropped, days)


def health_outlets(config: Config, now: datetime) -> list[Outlet]:
    """Return the channels that hear of the program's own troubles, and when."""
    return [
        jobs.outlet(config, name, now)
        for name, channel in config.channels.items()
        if channel.hears_health
    ]


def _tonight(db: Session, kind: str, config: Config, now: datetime) -> bool:
    """Return whether the nightly work of *kind* is still to be done."""
    due = quiet.last(NIGHT, now, config.zone)
    last = notices.latest(db, kind)
    if last is not None:
        return last.created_at < due
    began = notices.beginning(db)
    return began is not None and began <= due


def _card_is_due(db: Session, config: Config, name: str, now: datetime) -> bool:
    at = config.channels[name].card_at
    if at is None:
        return False
    due = quiet.last(at, now, config.zone_of(name))
    last = notices.latest(db, "card", f"channel:{name}")
    if last is not None:
        return last.created_at < due
    began = notices.beginning(db)
    # The first card comes at its time, not when the first program starts.
    return began is not None and began <= due


def _places(config: Config) -> Iterable[Path]:
    archive = make_url(config.archive)
    if archive.get_backend_name() == "sqlite" and archive.database not in (None, "", ":memory:"):
        yield Path(str(archive.database)).parent
    if config.captures is not None:
        yield config.captures
