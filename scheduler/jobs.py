"""One pass of each work. The service, cron and the command line call the same functions.

    match_new    the versions nobody has looked at: matches, alerts, deliveries
    match_all    the whole archive: matches that tell nobody
    deliver      what is due in the outbox
    seal         what was captured: entered in the manifest of the day

Two processes may run the same pass at once: one takes a turn, the other waits,
then finds the work done.
"""

import logging
import traceback
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TextIO, get_args

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from scheduler import cards, corrections, editing, posting, quiet
from scheduler.channels.errors import ChannelError
from scheduler.compiled import compiled
from scheduler.config import Config
from scheduler.connections import connected, fault
from scheduler.corrections import Text
from scheduler.matching import Document, Matcher
from scheduler.packs.shelf import Packs
from scheduler.posting import Post, Worded
from scheduler.watchlists import Watch
from storage import manifests, outbox, watches
from storage.database import reading, session, written
from storage.models import Article, Delivery, Version
from storage.outbox import Outlet
from storage.watches import Correction, Found, Policy

BATCH = 200
# Seconds a channel may ask us to wait; a slip of its clock must not cost a week.
LONGEST_WAIT = 6 * 3600
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

    def match(db: Session) -> tuple[int, dict[str, int]]:
        now = clock()
        watches.take_turn(db, "match", now)
        rows = watches.sync(db, listed, now)
        waiting = _one_of_each(watches.unmatched(db, batch))
        if not waiting:
            return 0, {}
        ids = {name: row.id for name, row in rows.items()}
        matches = found(matcher, waiting, ids)
        counts = record(db, listed, config, ids, matches, now, _corrections(db, waiting, matches))
        watches.mark_matched(db, [version.id for _, version in waiting], now)
        return len(waiting), counts

    while not stop():
        versions, counts = written(engine, match)
        if not versions:
            break
        done.add(versions, counts)
        log.info("%d versions matched: %s", versions, counts)
    return done


def seal(engine: Engine, config: Config, clock: Clock) -> None:
    """Enter what was captured since the last pass in the manifest of the day."""
    if config.captures is None:
        return
    entered = True
    while entered:
        with session(engine) as db:
            now = clock()
            watches.take_turn(db, "seal", now)
            entered = manifests.seal(db, config.captures, now) is not None


def record(
    db: Session,
    listed: Sequence[Watch],
    config: Config,
    ids: dict[str, int],
    matches: Sequence[Found],
    now: datetime,
    corrected: Sequence[Correction] = (),
) -> dict[str, int]:
    """Write matches and the alerts that follow; return outcomes counted. *ids* are by name."""
    return watches.record(
        db,
        matches,
        outlets={ids[watch.name]: outlets(watch, config, now) for watch in listed},
        priorities={ids[watch.name]: watch.priority for watch in listed},
        policy=policy(config),
        now=now,
        corrections=corrected,
    )


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
            matches = found(matcher, rows, ids)
        if not rows:
            return done
        after = rows[-1][0].id
        # What is imported to be listed has been looked at now; what may alert waits for its turn.
        seen = [] if only is not None else [v.id for _, v in rows if _only_listed(v)]
        with session(engine) as db:
            written = watches.list_only(db, matches, clock())
            watches.mark_matched(db, seen, clock())
        done.add(len(rows), {"listed": written} if written else {})
        advance(len(rows))


def deliver(
    engine: Engine,
    config: Config,
    clock: Clock,
    *,
    digests_now: bool = False,
    only: str | None = None,
    without: Collection[str] = (),
    stream: TextIO | None = None,
    stop: Stop = never,
) -> Delivered:
    """Send what is due; *digests_now*: digests whose time has not come as well.

    Each message is leased, sent outside any transaction, and recorded. A
    channel that fails is left alone for the rest of the pass. What was sent before and has got
    copies since is changed where the channel can. *only*: on this channel; *without*: not on these.
    Asked to *stop*, it ends after a message. *stream* is where a console prints.
    """
    done = Delivered()
    troubled = set(without)
    forced = [name for name in config.channels if digests_now and only in (None, name)]
    with reading(engine) as db:
        idle = not forced and not outbox.any_due(db, clock(), except_channels=troubled, only=only)
    while not idle and not stop():
        with session(engine) as db:
            now = clock()
            # One at a time says what goes next, or two would each find room for the hour's last.
            watches.take_turn(db, "deliver", now)
            post = posting.next_post(db, config, now, forced=forced, troubled=troubled, only=only)
            idle = post is None
            if post is None:
                break
            again = any(each.attempts or each.message for each in post.deliveries)
            outbox.lease(post.deliveries, now, post.key)
            holds = {(delivery.id, delivery.attempts) for delivery in post.deliveries}
        worded, problem = _send(engine, config, post, stream, now, again=again)
        if problem is not None:
            troubled.add(post.channel)
        with session(engine) as db:
            ours = outbox.held(db, holds)
            if problem is None and worded is not None:
                _record_sent(db, ours, worded, clock(), done)
            elif problem is not None:
                _record_trouble(db, ours, post, problem, config, clock(), done)
    for name in config.channels if idle else ():
        if only in (None, name) and name not in troubled:
            done.problems += editing.edit(engine, config, name, clock)
    return done


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
        moment = quiet.due(now, mode=mode, quiet=hours, zone=config.zone_of(name))
        found.append(Outlet(name, moment))
    return found


def outlet(config: Config, name: str, now: datetime) -> Outlet:
    """Return when a channel may be told at once of something that no digest gathers."""
    hours = config.channels[name].quiet
    zone = config.zone_of(name)
    return Outlet(name, quiet.due(now, mode=quiet.Mode(), quiet=hours, zone=zone))


def policy(config: Config) -> Policy:
    """Return who hears what, as configured."""
    max_age = timedelta(hours=config.alerts.max_age_hours)
    return Policy(max_age=max_age, copies_alert=config.alerts.copies == "alert")


def found(
    matcher: Matcher, rows: Iterable[tuple[Article, Version]], ids: dict[str, int]
) -> list[Found]:
    """Return what the watches, whose *ids* are by name, find in these versions."""
    matches = []
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
            matches.append(Found(ids[name], article, version, kept))
    return matches


def _one_of_each(rows: Sequence[tuple[Article, Version]]) -> list[tuple[Article, Version]]:
    """The first of *rows* up to a second version of an article: that one is held against the first."""
    seen: set[int] = set()
    for number, (article, _) in enumerate(rows):
        if article.id in seen:
            return list(rows[:number])
        seen.add(article.id)
    return list(rows)


def _corrections(
    db: Session, rows: Sequence[tuple[Article, Version]], found: Sequence[Found]
) -> list[Correction]:
    """What desks were told and later versions, among *rows*, say otherwise."""
    revised = {article.id: (article, version) for article, version in rows if version.number > 1}
    if not revised:
        return []
    spans = {(each.watch_id, each.version.id): each.spans for each in found}
    made = []
    for known in watches.known(db, list(revised)):
        article, version = revised[known.article_id]
        before = Text(known.version.headline, known.version.body, known.spans)
        after = Text(version.headline, version.body, spans.get((known.watch_id, version.id), ()))
        changed = corrections.changes(before, after)
        if changed and known.version.number < version.number:
            made.append(Correction(known, article, version, changed))
    return made


def _only_listed(version: Version) -> bool:
    return version.matched_at is None and not version.alerting


def _send(
    engine: Engine,
    config: Config,
    post: Post,
    stream: TextIO | None,
    now: datetime,
    *,
    again: bool,
) -> tuple[Worded | None, ChannelError | None]:
    """Word and send; return the message, or why it did not arrive, whatever the reason."""
    try:
        taken = post.deliveries[0].parts
        with reading(engine) as db:
            below = _below(db, post, config, now)
            worded = posting.worded(db, post, config, taken=taken, again=again, below=below)
        worded.taken = connected(config, post.channel, stream).send(worded.message)
    except ChannelError as error:
        return None, error
    except Exception as error:  # noqa: BLE001 - recorded, like any other reason
        # A fault of ours or of a library's: the delivery says so and backs off.
        problem = ChannelError(fault(config, post.channel, error))
        # Where, but not what: the arguments of a library's calls may be secrets.
        frames = traceback.extract_tb(error.__traceback__)
        log.error("%s: %s, at %s:%s", post.channel, problem, frames[-1].filename, frames[-1].lineno)  # noqa: TRY400
        return None, problem
    return worded, None


def _below(db: Session, post: Post, config: Config, now: datetime) -> list[str]:
    """What stands below a digest that people read: how much was read."""
    channel = config.channels.get(post.channel)
    if post.kind != "digest" or channel is None or channel.card_at is None:
        return []
    words = posting.words_of(config, post.channel)
    return cards.lines(db, config, now, channel=post.channel, words=words)


def _record_sent(
    db: Session, ours: Sequence[Delivery], worded: Worded, now: datetime, done: Delivered
) -> None:
    outbox.delivered(ours, now)
    for delivery in ours:
        delivery.copies = worded.copies.get(delivery.id, 0)
        delivery.parts = list(worded.taken)
    outbox.note_copies(db, worded.earlier)
    done.sent += len(ours)


def _record_trouble(
    db: Session,
    ours: Sequence[Delivery],
    post: Post,
    problem: ChannelError,
    config: Config,
    now: datetime,
    done: Delivered,
) -> None:
    asked = problem.retry_after is not None
    wait = timedelta(seconds=min(problem.retry_after or 0, LONGEST_WAIT))
    for delivery in ours:
        delivery.parts = list(problem.taken) or delivery.parts
        moment = now + wait if asked else outbox.next_attempt(delivery, now)
        moment = posting.wakes(config, post.channel, moment)
        if outbox.postpone(
            delivery,
            str(problem),
            moment,
            asked_to_wait=asked,
            untaken=problem.untaken and not delivery.parts,
        ):
            done.postponed += 1
        else:
            done.failed += 1
    # The others are not tried at once with a channel that is down, or asked for rest.
    until = posting.wakes(config, post.channel, now + max(wait, outbox.HOLD))
    outbox.hold(db, post.channel, now, until, f"waits with another: {problem}")
    waiting = "1 delivery waits" if len(ours) == 1 else f"{len(ours)} deliveries wait"
    done.problems.append(f"{post.channel}: {problem}; {waiting}")
