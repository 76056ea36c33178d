"""The outbox: alerts and notices on their way to channels, and how alerts are shown.

    pending ──lease──> sending ──> delivered
       ^                  │  └───> failed     after the last attempt; says why
       └──── back-off ────┘

A delivery being sent is held by a lease, its `not_before`. A process that died
while sending lets it run out, and the next one sends the same message again, under
the same key: at least once, never after success was recorded, and whoever got it
twice can see that it is one.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Select, case, exists, func, select, update
from sqlalchemy.orm import Session

from storage import withheld
from storage.evidence_tables import Takedown
from storage.models import Alert, Article, Capture, Delivery, Match, Site, Version, Watch
from storage.queries import capture_json, moment, shown

LEASE = timedelta(minutes=10)
# Between two changes of one message that was sent.
REST = timedelta(minutes=1)
# What fails to take one message is not tried with the next for so long.
HOLD = timedelta(minutes=1)
# Minutes between attempts; the last one repeats.
BACK_OFF = (1, 2, 5, 10, 30, 60)
# A day of attempts. After that a person has to look, and `rasid status` says so.
ATTEMPTS = 28

_OPEN = ("pending", "sending")


class Entry(NamedTuple):
    """An alert with everything a message says of it."""

    alert: Alert
    watch: Watch
    article: Article
    version: Version
    # None where the version is a correction that took the words out.
    match: Match | None
    site: Site
    capture: Capture | None
    # Why the article is not shown; then neither it nor the version says anything.
    withheld: Takedown | None = None

    @property
    def spans(self) -> list[dict[str, Any]]:
        """Where the words stand in the version."""
        return self.match.spans if self.match is not None and not self.withheld else []

    @property
    def facts(self) -> dict[str, Any]:
        """What else there is to say: what a correction changed, how large a surge is."""
        facts = self.alert.facts or {}
        return {**facts, "changes": []} if self.withheld and "changes" in facts else facts


class Copy(NamedTuple):
    """An article that carries the text of an alert, and did not alert again."""

    article_id: int
    site: str
    site_name: str
    headline: str
    url: str


class Outlet(NamedTuple):
    """One channel something goes to, and when it may be sent."""

    channel: str
    not_before: datetime


class Copied(NamedTuple):
    """An alert a channel was told of, and the copies it has not been told of yet."""

    delivery_id: int
    alert_id: int
    copies: int
    fresh: int


def due(
    db: Session,
    now: datetime,
    *,
    except_channels: Collection[str] = (),
    only: str | None = None,
) -> Delivery | None:
    """Return the delivery to send next, locked: urgent ones, then that which waited longest.

    *only*: on this channel.
    """
    urgent = exists().where(Alert.id == Delivery.alert_id, Alert.priority == "high")
    statement = (
        select(Delivery)
        .where(_is_due(now, only), Delivery.channel.not_in(except_channels))
        .order_by(urgent.desc(), Delivery.not_before, Delivery.id)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    return db.scalars(statement).first()


def any_due(
    db: Session,
    now: datetime,
    *,
    except_channels: Collection[str] = (),
    only: str | None = None,
) -> bool:
    """Return whether a delivery is due; *only*: on this channel."""
    statement = select(Delivery.id).where(
        _is_due(now, only), Delivery.channel.not_in(except_channels)
    )
    return db.scalars(statement.limit(1)).first() is not None


def due_on(
    db: Session, channel: str, now: datetime | None, *, limit: int, priority: str | None = None
) -> list[Delivery]:
    """Return the alerts due on *channel* that go into a new digest, locked, oldest first.

    *priority*: only those. With *now* None those whose time has not come are
    taken as well. What another process sends, or was tried before, is not.
    """
    statement = _untried(channel).where(Delivery.alert_id.is_not(None))
    if priority is not None:
        wanted = select(Alert.id).where(Alert.priority == priority)
        statement = statement.where(Delivery.alert_id.in_(wanted))
    if now is not None:
        statement = statement.where(Delivery.not_before <= now)
    statement = statement.order_by(Delivery.id).limit(limit)
    return list(db.scalars(statement.with_for_update(skip_locked=True)))


def beside(db: Session, delivery: Delivery, now: datetime) -> list[Delivery]:
    """Return what goes into one message with *delivery*, itself first, locked.

    Tried before: what it went in. Otherwise what is due on the same channel and says
    the same of the same version for other watches.
    """
    if delivery.message is not None:
        statement = select(Delivery).where(
            Delivery.message == delivery.message, Delivery.state.in_(_OPEN)
        )
    elif delivery.alert_id is None:
        return [delivery]
    else:
        alert = db.get_one(Alert, delivery.alert_id)
        same = select(Alert.id).where(
            Alert.version_id == alert.version_id,
            Alert.kind == alert.kind,
            Alert.priority != "low",
        )
        statement = _untried(delivery.channel).where(
            Delivery.not_before <= now, Delivery.alert_id.in_(same)
        )
    rows = db.scalars(statement.order_by(Delivery.id).with_for_update(skip_locked=True))
    return [delivery, *(row for row in rows if row.id != delivery.id)]


def sent(db: Session, channel: str, since: datetime, now: datetime) -> list[datetime]:
    """Return when each message went to *channel* since *since*, the oldest first.

    What another process is sending counts as gone.
    """
    moment_ = func.max(func.coalesce(Delivery.delivered_at, now))
    leased = (Delivery.state == "sending") & (Delivery.not_before > now)
    statement = (
        select(moment_)
        .where(Delivery.channel == channel, (Delivery.delivered_at > since) | leased)
        .group_by(func.coalesce(Delivery.message, Delivery.id.cast(Delivery.message.type)))
        .order_by(moment_)
    )
    return [row for row in db.scalars(statement) if row is not None]


def hold(db: Session, channel: str, now: datetime, until: datetime, reason: str) -> int:
    """Let what is due on *channel* wait *until*, no attempt counted; return how many wait.

    *reason* is told of those that were not tried yet.
    """
    untold = _is_due(now, channel) & (Delivery.attempts == 0)
    db.execute(update(Delivery).where(untold).values(last_error=reason))
    statement = (
        update(Delivery)
        .where(_is_due(now, channel))
        .values(not_before=until)
        .returning(Delivery.id)
    )
    return len(db.scalars(statement).all())


def lease(deliveries: Sequence[Delivery], now: datetime, message: str | None = None) -> None:
    """Hold *deliveries* for this process; each counts an attempt.

    *message* is the key of the message they go in, where they have none yet.
    """
    for delivery in deliveries:
        delivery.state = "sending"
        delivery.attempts += 1
        delivery.not_before = now + LEASE
        delivery.message = delivery.message or message


def retry(db: Session, now: datetime) -> int:
    """Let what was given up be tried again from *now* on; return how much it is.

    It keeps the key of the message it went in: that one may have arrived.
    """
    statement = (
        update(Delivery)
        .where(Delivery.state == "failed")
        .values(state="pending", attempts=0, not_before=now)
        .returning(Delivery.id)
    )
    return len(db.scalars(statement).all())


def held(db: Session, holds: Collection[tuple[int, int]]) -> list[Delivery]:
    """Return those of *holds* (delivery id, attempt) that are still in our hands."""
    ids = [delivery_id for delivery_id, _ in holds]
    statement = select(Delivery).where(Delivery.id.in_(ids), Delivery.state == "sending")
    rows = db.scalars(statement.order_by(Delivery.id).with_for_update())
    return [row for row in rows if (row.id, row.attempts) in holds]


def delivered(deliveries: Sequence[Delivery], now: datetime) -> None:
    """Record that they arrived."""
    for delivery in deliveries:
        delivery.state = "delivered"
        delivery.delivered_at = delivery.not_before = now
        delivery.last_error = None


def next_attempt(delivery: Delivery, now: datetime) -> datetime:
    """Return when an attempt that failed *now* is to be made again."""
    return now + timedelta(minutes=BACK_OFF[min(delivery.attempts, len(BACK_OFF)) - 1])


def postpone(
    delivery: Delivery,
    reason: str,
    not_before: datetime,
    *,
    asked_to_wait: bool = False,
    untaken: bool = False,
) -> bool:
    """Record a failed attempt; return whether there will be another, then at *not_before*.

    A channel that *asked to wait* is working: that alone is never the last attempt. What it
    has certainly *untaken* may go in another message the next time.
    """
    delivery.last_error = reason
    if untaken:
        delivery.message = None
    if delivery.attempts >= ATTEMPTS and not asked_to_wait:
        delivery.state = "failed"
        return False
    delivery.state = "pending"
    delivery.not_before = not_before
    return True


def told_in(db: Session, told_id: int, channel: str, *, of_notice: bool = False) -> Delivery | None:
    """Return the delivery that told *channel* of an alert, or of a notice; None: not yet."""
    told = Delivery.notice_id if of_notice else Delivery.alert_id
    statement = select(Delivery).where(
        told == told_id, Delivery.channel == channel, Delivery.message.is_not(None)
    )
    return db.scalars(statement).first()


def parent_of(db: Session, alert_id: int) -> int | None:
    """Return the alert that an alert corrects or takes back, or None."""
    return db.scalars(select(Alert.parent_id).where(Alert.id == alert_id)).first()


def copied(
    db: Session, channel: str, since: datetime, *, due_by: datetime | None = None
) -> list[Copied]:
    """Return the alerts sent to *channel* since *since* that got copies it was not told of.

    *due_by*: those that went in a message of their own which may be changed by then.
    """
    number = func.count(Match.article_id.distinct())
    statement = (
        select(Delivery.id, Delivery.alert_id, number, number - Delivery.copies)
        .join(Alert, Alert.id == Delivery.alert_id)
        .join(Match, Match.alert_id == Alert.id)
        .where(Delivery.channel == channel, Delivery.state == "delivered")
        .where(Delivery.delivered_at > since, Match.article_id != Alert.article_id)
        .group_by(Delivery.id, Delivery.alert_id, Delivery.copies)
        .having(number > Delivery.copies)
        .order_by(Delivery.id)
    )
    if due_by is not None:
        own = Delivery.message.startswith("alert-") & (Delivery.not_before <= due_by)
        statement = statement.where(own)
    rows = db.execute(statement)
    return [Copied(ours, alert, copies, fresh) for ours, alert, copies, fresh in rows if alert]


def in_message(db: Session, delivery_id: int) -> list[Delivery]:
    """Return all that went in one message with a delivery that arrived, locked."""
    message = select(Delivery.message).where(Delivery.id == delivery_id).scalar_subquery()
    statement = select(Delivery).where(Delivery.message == message, Delivery.state == "delivered")
    return list(db.scalars(statement.order_by(Delivery.id).with_for_update()))


def note_copies(db: Session, told: Sequence[Copied]) -> None:
    """Record that the channel was told of these copies."""
    for each in told:
        db.get_one(Delivery, each.delivery_id).copies = each.copies


def entries(db: Session, alert_ids: Collection[int]) -> list[Entry]:
    """Return these alerts with what a message says of them, oldest first."""
    rows = db.execute(_entry().where(Alert.id.in_(alert_ids)).order_by(Alert.id))
    return [_as_shown(Entry(*row)) for row in rows]


def latest(
    db: Session,
    *,
    watch: str | None = None,
    since: datetime | None = None,
    waiting_only: bool = False,
    limit: int = 50,
) -> list[Entry]:
    """Return the newest alerts, newest first; *waiting_only*: those nobody acknowledged."""
    statement = _entry()
    if watch is not None:
        statement = statement.where(Watch.name == watch)
    if since is not None:
        statement = statement.where(Alert.created_at >= since)
    if waiting_only:
        statement = statement.where(Alert.acknowledged_at.is_(None))
    rows = db.execute(statement.order_by(Alert.id.desc()).limit(limit))
    return [_as_shown(Entry(*row)) for row in rows]


def copies(db: Session, alert_ids: Collection[int]) -> dict[int, list[Copy]]:
    """Return, by alert, the other articles that carry its text, in the order they were found.

    One that was taken down is counted, with neither headline nor address.
    """
    is_shown = shown()
    rows = db.execute(
        select(
            Alert.id,
            Article.id,
            Site.key,
            Site.name,
            case((is_shown, Article.headline), else_=""),
            case((is_shown, Article.url), else_=""),
        )
        .select_from(Match)
        .join(Article, Article.id == Match.article_id)
        .join(Site, Site.key == Article.site_key)
        .join(Alert, Alert.id == Match.alert_id)
        .where(Match.alert_id.in_(alert_ids), Match.article_id != Alert.article_id)
        .order_by(Match.id)
    )
    found: dict[int, dict[int, Copy]] = {}
    for alert_id, article_id, *rest in rows:
        # A copy with several versions is one copy.
        found.setdefault(alert_id, {}).setdefault(article_id, Copy(article_id, *rest))
    return {alert_id: list(by_article.values()) for alert_id, by_article in found.items()}


def deliveries(db: Session, alert_ids: Collection[int]) -> dict[int, list[Delivery]]:
    """Return the deliveries of these alerts, by alert."""
    found: dict[int, list[Delivery]] = {}
    statement = select(Delivery).where(Delivery.alert_id.in_(alert_ids)).order_by(Delivery.id)
    for delivery in db.scalars(statement):
        assert delivery.alert_id is not None
        found.setdefault(delivery.alert_id, []).append(delivery)
    return found


def alert_json(
    entry: Entry, copies: Sequence[Copy] = (), deliveries: Sequence[Delivery] | None = None
) -> dict[str, Any]:
    """Return an alert as JSON; without *deliveries* those are left out."""
    alert, article, version = entry.alert, entry.article, entry.version
    said: dict[str, Any] = {
        "id": alert.id,
        "kind": alert.kind,
        "priority": alert.priority,
        "watch": entry.watch.name,
        "query": entry.watch.query,
        "article": article.id,
        "version": version.number,
        "site": article.site_key,
        "site_name": entry.site.name,
        "url": article.url,
        "headline": version.headline,
        "published_at": moment(article.published_at),
        "first_seen_at": moment(article.first_seen_at),
        "withheld": withheld.as_json(entry.withheld),
        "created_at": moment(alert.created_at),
        "acknowledged_at": moment(alert.acknowledged_at),
        "spans": entry.spans,
        "corrects": alert.parent_id,
        "facts": entry.facts,
        "capture": capture_json(entry.capture),
        "copies": [{"article": copy.article_id, **copy._asdict()} for copy in copies],
    }
    for copy in said["copies"]:
        del copy["article_id"]
        if entry.withheld:
            # It says the same.
            copy["headline"] = copy["url"] = ""
    if deliveries is not None:
        said["deliveries"] = [delivery_json(delivery) for delivery in deliveries]
    return said


def delivery_json(delivery: Delivery) -> dict[str, Any]:
    """Return one delivery as JSON."""
    return {
        "channel": delivery.channel,
        "state": delivery.state,
        "message": delivery.message,
        "attempts": delivery.attempts,
        "not_before": moment(delivery.not_before) if delivery.state in _OPEN else None,
        "last_error": delivery.last_error,
        "delivered_at": moment(delivery.delivered_at),
    }


def acknowledge(db: Session, alert_ids: Collection[int], now: datetime) -> list[int]:
    """Note that a person has seen these alerts; return the ids there are no alerts of."""
    rows = {row.id: row for row in db.scalars(select(Alert).where(Alert.id.in_(alert_ids)))}
    for row in rows.values():
        row.acknowledged_at = row.acknowledged_at or now
    return [alert_id for alert_id in alert_ids if alert_id not in rows]


def count(db: Session) -> dict[str, int]:
    """Return how many deliveries are in each state."""
    rows = db.execute(select(Delivery.state, func.count()).group_by(Delivery.state))
    return {state: number for state, number in rows}  # noqa: C416 - rows are no pairs to mypy


def _as_shown(entry: Entry) -> Entry:
    if entry.withheld is None:
        return entry
    article, version = withheld.without_text(entry.article), withheld.without_text(entry.version)
    return entry._replace(article=article, version=version)


def _entry() -> Select[Alert, Watch, Article, Version, Match, Site, Capture, Takedown]:
    return (
        select(Alert, Watch, Article, Version, Match, Site, Capture, Takedown)
        .join(Watch, Watch.id == Alert.watch_id)
        .join(Article, Article.id == Alert.article_id)
        .join(Version, Version.id == Alert.version_id)
        .outerjoin(
            Match, (Match.watch_id == Alert.watch_id) & (Match.version_id == Alert.version_id)
        )
        .join(Site, Site.key == Article.site_key)
        .outerjoin(Capture, Capture.id == Version.capture_id)
        .outerjoin(Takedown, Takedown.url_key == Article.url_key)
    )


def _is_due(now: datetime, channel: str | None = None) -> ColumnElement[bool]:
    due_now = Delivery.state.in_(_OPEN) & (Delivery.not_before <= now)
    return due_now if channel is None else due_now & (Delivery.channel == channel)


def _untried(channel: str) -> Select[Delivery]:
    return select(Delivery).where(
        Delivery.channel == channel, Delivery.state == "pending", Delivery.message.is_(None)
    )
