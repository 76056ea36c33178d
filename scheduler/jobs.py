"""One pass of each work. The service, cron and the command line call the same functions.

    match_new    the versions nobody has looked at: matches, alerts, deliveries
    match_all    the whole archive: matches that tell nobody
    deliver      what is due in the outbox
    seal         what was captured: entered in the manifest of the day

Two processes may run the same pass at once: one takes a turn, the other waits,
then finds the work done.
"""

import logging
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, TextIO, get_args

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from scheduler import alerts, quiet
from scheduler.channels.errors import ChannelError
from scheduler.channels.opening import Channel, opened
from scheduler.compiled import compiled
from scheduler.config import Config
from scheduler.matching import Document, Matcher
from scheduler.packs.shelf import Packs
from scheduler.watchlists import Watch
from storage import manifests, outbox, watches
from storage.database import reading, session
from storage.models import Article, Delivery, Version
from storage.watches import Found, Outlet, Policy

BATCH = 200
# More than this in one digest and the next one follows at once.
DIGEST = 200
# Where a watch of low priority goes on a channel that gathers nothing by itself.
LOW = quiet.Mode("daily", time(8))

Clock = Callable[[], datetime]
Stop = Callable[[], bool]
log = logging.getLogger(__name__)


@dataclass(slots=True)
class Matched:
    """What a pass of matching did: matches = the sum of their outcomes."""

    versions: int = 0
    outcomes: dict[str, int] = field(default_factory=dict)

    @property
    def matches(self) -> int:
        """How many matches were written."""
        return sum(self.outcomes.values())

    def counts(self) -> dict[str, int]:
        """Return every outcome with its number, zeros too."""
        return {name: self.outcomes.get(name, 0) for name in get_args(watches.Outcome)}

    def add(self, versions: int, outcomes: dict[str, int]) -> None:
        """Count one batch."""
        self.versions += versions
        for outcome, number in outcomes.items():
            self.outcomes[outcome] = self.outcomes.get(outcome, 0) + number


@dataclass(slots=True)
class Delivered:
    """What a pass of delivery did, in deliveries; *problems* are reasons, in words."""

    sent: int = 0
    postponed: int = 0
    failed: int = 0
    problems: list[str] = field(default_factory=list)


def never() -> bool:
    """Nobody asks us to stop."""
    return False


def match_new(
    engine: Engine,
    listed: Sequence[Watch],
    config: Config,
    clock: Clock,
    *,
    packs: Packs | None = None,
    stop: Stop = never,
    batch: int = BATCH,
) -> Matched:
    """Match every version no watch has looked at, and raise the alerts that follow.

    Matches, alerts, pending deliveries and the mark on the version are written
    in one transaction a batch; asked to *stop*, it ends after one.
    """
    done = Matched()
    with reading(engine) as db:
        # Asked every few seconds; the answer is nearly always that there is nothing to write.
        if watches.follows(db, listed) and not watches.any_unmatched(db):
            return done
    matcher = compiled(tuple(listed), packs)
    while not stop():
        with session(engine) as db:
            now = clock()
            watches.take_turn(db, "match", now)
            rows = watches.sync(db, listed, now)
            waiting = watches.unmatched(db, batch)
            if not waiting:
                return done
            ids = {name: row.id for name, row in rows.items()}
            found = _found(matcher, waiting, ids)
            counts = watches.record(
                db,
                found,
                outlets={ids[watch.name]: outlets(watch, config, now) for watch in listed},
                priorities={ids[watch.name]: watch.priority for watch in listed},
                policy=policy(config),
                now=now,
            )
            watches.mark_matched(db, [version.id for _, version in waiting], now)
        done.add(len(waiting), counts)
        log.info("%d versions matched: %s", len(waiting), counts)
    return done


def seal(engine: Engine, config: Config, clock: Clock) -> None:
    """Enter what was captured since the last pass in the manifest of the day."""
    if config.captures is None:
        return
    with session(engine) as db:
        now = clock()
        watches.take_turn(db, "seal", now)
        day = manifests.enter(db, now)
        if day is not None:
            # The file last: it is made of the tables, and made again where a kill comes between.
            manifests.write(db, config.captures, day)


def match_all(
    engine: Engine,
    listed: Sequence[Watch],
    clock: Clock,
    *,
    only: Sequence[Watch] | None = None,
    packs: Packs | None = None,
    advance: Callable[[int], None] = lambda _step: None,
    batch: int = BATCH,
) -> Matched:
    """Match the current version of every article; matches are listed and alert nobody.

    *only*: with these watches of the list. *advance* is told of each batch. A
    batch is in memory at a time, and no reader or writer waits for longer
    than it takes to write one.
    """
    with session(engine) as db:
        ids = {name: row.id for name, row in watches.sync(db, listed, clock()).items()}
    chosen = tuple(listed if only is None else only)
    matcher = compiled(chosen, packs)
    done = Matched()
    after = 0
    while True:
        with reading(engine) as db:
            rows = watches.currents(db, after, batch)
            found = _found(matcher, rows, ids)
        if not rows:
            return done
        after = rows[-1][0].id
        # What is imported to be listed has been looked at now; what may alert waits for its turn.
        seen = [] if only is not None else [v.id for _, v in rows if _only_listed(v)]
        with session(engine) as db:
            written = watches.list_only(db, found, clock())
            watches.mark_matched(db, seen, clock())
        done.add(len(rows), {"listed": written} if written else {})
        advance(len(rows))


def deliver(
    engine: Engine,
    config: Config,
    clock: Clock,
    *,
    digests_now: bool = False,
    stream: TextIO | None = None,
    stop: Stop = never,
) -> Delivered:
    """Send what is due; *digests_now*: digests whose time has not come as well.

    Each message is leased, sent outside any transaction, and recorded. A
    channel that fails is left alone for the rest of the pass. Asked to *stop*, it
    ends after a message. *stream* is where a console prints.
    """
    done = Delivered()
    troubled: set[str] = set()
    forced = [name for name in config.channels if digests_now]
    with reading(engine) as db:
        if not forced and not outbox.any_due(db, clock()):
            return done
    while not stop():
        with session(engine) as db:
            group = _next_group(db, config, clock(), forced, troubled)
            if not group:
                return done
            outbox.lease(group, clock())
            holds = {(delivery.id, delivery.attempts) for delivery in group}
            name = group[0].channel
            message = _worded(db, group, config, as_digest=_gathers(config, name, group))
        problem = _send(config, name, message, stream)
        if problem is not None:
            troubled.add(name)
        with session(engine) as db:
            _record(outbox.held(db, holds), problem, config, clock(), done)
    return done


def unusable(config: Config) -> list[str]:
    """Return what is wrong with the channels as configured, a line each.

    Nothing is sent. What is slow to load is loaded now, and not when the first
    alert is waiting for it.
    """
    found = []
    for name in config.channels:
        try:
            _channel(config, name).check()
        except ChannelError as error:
            found.append(f"channel {name}: {error}")
    return found


def outlets(watch: Watch, config: Config, now: datetime) -> list[Outlet]:
    """Return the channels an alert of *watch* raised *now* goes to, and when."""
    found = []
    for name in watch.channels or config.channels:
        channel = config.channels.get(name)
        # One that is gone from the configuration is kept: the outbox says that it is missing.
        mode = channel.mode if channel is not None else quiet.Mode()
        if watch.priority == "low" and not mode.gathers:
            mode = LOW
        hours = channel.quiet if channel is not None else None
        moment = quiet.due(now, mode=mode, quiet=hours, zone=config.zone)
        found.append(Outlet(name, moment))
    return found


def policy(config: Config) -> Policy:
    """Return who hears what, as configured."""
    max_age = timedelta(hours=config.alerts.max_age_hours)
    return Policy(max_age=max_age, copies_alert=config.alerts.copies == "alert")


def told(entry: outbox.Entry, copies: Sequence[outbox.Copy]) -> alerts.Told:
    """Return what a message says of an alert."""
    return alerts.Told(
        alert_id=entry.alert.id,
        kind=entry.alert.kind,
        priority=entry.alert.priority,
        watch=entry.watch.name,
        site=entry.site.name,
        headline=entry.version.headline,
        body=entry.version.body,
        url=entry.article.url,
        published_at=entry.article.published_at,
        seen_at=entry.article.first_seen_at,
        spans=entry.match.spans,
        capture_sha256=entry.capture.sha256 if entry.capture is not None else None,
        copies=[copy.site_name for copy in copies],
    )


def _found(
    matcher: Matcher, rows: Iterable[tuple[Article, Version]], ids: dict[str, int]
) -> list[Found]:
    found = []
    for article, version in rows:
        document = Document(
            headline=version.headline,
            body=version.body,
            site=article.site_key,
            section=version.section,
            authors=tuple(version.authors),
            tags=tuple(version.tags),
        )
        for name, spans in matcher.match(document).items():
            kept = [span._asdict() for span in spans]
            found.append(Found(ids[name], article, version, kept))
    return found


def _only_listed(version: Version) -> bool:
    return version.matched_at is None and not version.alerting


def _next_group(
    db: Session, config: Config, now: datetime, forced: list[str], troubled: set[str]
) -> list[Delivery]:
    """The deliveries of the next message: one, or those of a digest."""
    while forced:
        name = forced[-1]
        channel = config.channels[name]
        priority = None if channel.mode.gathers else "low"
        group = outbox.due_on(db, name, None, limit=DIGEST, priority=priority)
        if group and name not in troubled:
            return group
        forced.pop()
    first = outbox.due(db, now, except_channels=troubled)
    if first is None:
        return []
    if _channel_gathers(config, first.channel):
        return outbox.due_on(db, first.channel, now, limit=DIGEST)
    low = outbox.due_on(db, first.channel, now, limit=DIGEST, priority="low")
    return low if any(delivery.id == first.id for delivery in low) else [first]


def _channel_gathers(config: Config, name: str) -> bool:
    channel = config.channels.get(name)
    return channel is not None and channel.mode.gathers


def _gathers(config: Config, name: str, group: Sequence[Delivery]) -> bool:
    return len(group) > 1 or _channel_gathers(config, name)


def _worded(
    db: Session, group: Sequence[Delivery], config: Config, *, as_digest: bool
) -> alerts.Message:
    ids = [delivery.alert_id for delivery in group]
    entries = outbox.entries(db, ids)
    copies = outbox.copies(db, ids)
    said = [told(entry, copies.get(entry.alert.id, ())) for entry in entries]
    # Machines read it: the same JSON as `rasid alerts show`, without the deliveries.
    raw: list[dict[str, Any]] = [
        outbox.alert_json(entry, copies.get(entry.alert.id, ())) for entry in entries
    ]
    if as_digest:
        return alerts.digest(said, config.zone, raw)
    return alerts.message(said[0], config.zone, raw)


def _send(config: Config, name: str, message: alerts.Message, stream: TextIO | None) -> str | None:
    """Send; return why it did not arrive, or None."""
    try:
        _channel(config, name, stream).send(message)
    except ChannelError as error:
        return str(error)
    return None


def _channel(config: Config, name: str, stream: TextIO | None = None) -> Channel:
    channel = config.channels.get(name)
    if channel is None:
        raise ChannelError("there is no such channel in the configuration")
    folder = config.path.parent if config.path is not None else config.watches.parent
    return opened(channel.url.get_secret_value(), folder=folder, stream=stream)


def _record(
    ours: Sequence[Delivery], problem: str | None, config: Config, now: datetime, done: Delivered
) -> None:
    if problem is None:
        outbox.delivered(ours, now)
        done.sent += len(ours)
        return
    for delivery in ours:
        moment = outbox.next_attempt(delivery, now)
        channel = config.channels.get(delivery.channel)
        if channel is not None and channel.quiet is not None:
            moment = channel.quiet.wakes(moment, config.zone)
        if outbox.postpone(delivery, problem, moment):
            done.postponed += 1
        else:
            done.failed += 1
    name = ours[0].channel if ours else "a channel"
    done.problems.append(f"{name}: {problem}; {len(ours)} alerts wait")
