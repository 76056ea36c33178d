"""The next message of the outbox: which deliveries go in it, and what it says.

One alert, with those of other watches on the same article; what was tried before, as it
was; a digest, where the channel gathers, the watch is of low priority, or the channel
has only one message of its hour left. What has no room in the hour waits.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import uuid4

from sqlalchemy.orm import Session

from scheduler import alerts, notices
from scheduler.alerts import FreshCopies, Line, Message, Told
from scheduler.config import Config
from scheduler.phrases import LANGUAGES, Phrases
from storage import outbox
from storage.models import Delivery, Notice
from storage.queries import moment

# More than this in one digest and the next one follows at once.
DIGEST = 2000
HOUR = timedelta(hours=1)
# For so long copies of an alert are told of.
COPIES = timedelta(days=30)


@dataclass(slots=True)
class Post:
    """The deliveries of one message, locked, and the message's key."""

    channel: str
    deliveries: list[Delivery]
    key: str
    # Gathered because the hour's messages are used up.
    held_back: bool = False

    @property
    def kind(self) -> str:
        """What kind of message it is: alert, digest or notice."""
        return self.key.partition("-")[0]


@dataclass(slots=True)
class Worded:
    """A message, and what its recipients know when it has arrived."""

    message: Message
    # How many copies of its alerts it names, by delivery.
    copies: dict[int, int] = field(default_factory=dict)
    # The copies of earlier alerts it names.
    earlier: list[outbox.Copied] = field(default_factory=list)


def next_post(
    db: Session,
    config: Config,
    now: datetime,
    *,
    forced: list[str],
    troubled: Collection[str],
    only: str | None = None,
) -> Post | None:
    """Return what to send next, *only* on that channel, or None.

    *forced* are channels whose digests go out now. Channels in *troubled* are left alone. Of *forced* those that have nothing are taken out.
    """
    while forced:
        name = forced[-1]
        priority = None if _gathers(config, name) else "low"
        group = outbox.due_on(db, name, None, limit=DIGEST, priority=priority)
        if group and name not in troubled:
            return Post(name, group, _key("digest", group))
        forced.pop()
    while True:
        first = outbox.due(db, now, except_channels=troubled, only=only)
        if first is None:
            return None
        room = _room(db, config, first.channel, now)
        if room > 0:
            return _post(db, config, first, room, now)
        # Nothing is lost: it waits until the oldest message of the hour is an hour old.
        outbox.hold(db, first.channel, now, _frees(db, config, first.channel, now))
        db.flush()


def _post(db: Session, config: Config, first: Delivery, room: float, now: datetime) -> Post:
    name = first.channel
    if first.message is not None:
        return Post(name, outbox.beside(db, first, now), first.message)
    if first.notice_id is not None:
        return Post(name, [first], _key("notice", [first]))
    if _gathers(config, name):
        group = outbox.due_on(db, name, now, limit=DIGEST)
        return Post(name, group, _key("digest", group))
    low = outbox.due_on(db, name, now, limit=DIGEST, priority="low")
    if any(delivery.id == first.id for delivery in low):
        return Post(name, low, _key("digest", low))
    group = outbox.beside(db, first, now)
    if room == 1:
        every = outbox.due_on(db, name, now, limit=DIGEST)
        if len(every) > len(group):
            return Post(name, every, _key("digest", every), held_back=True)
    return Post(name, group, _key("alert", group))


def worded(
    db: Session,
    post: Post,
    config: Config,
    *,
    taken: Sequence[str],
    again: bool,
    below: Sequence[str] = (),
) -> Worded:
    """Return the message that *post* is; *below* are the last lines of a digest."""
    if post.kind == "notice":
        return Worded(_marked(_notice(db, post, config), taken, again=again))
    ids = [each.alert_id for each in post.deliveries if each.alert_id is not None]
    entries = outbox.entries(db, ids)
    copies = outbox.copies(db, ids)
    tolds = [told(entry, copies.get(entry.alert.id, ())) for entry in entries]
    # Machines read it: the same JSON as `rasid alerts show`, without the deliveries.
    raw = [outbox.alert_json(entry, copies.get(entry.alert.id, ())) for entry in entries]
    words = words_of(config, post.channel)
    zone = config.zone_of(post.channel)
    counts = {
        each.id: len(copies.get(each.alert_id, ())) for each in post.deliveries if each.alert_id
    }
    if post.kind == "alert":
        follows = _follows(db, entries, post.channel)
        message = alerts.message(
            tolds, zone, key=post.key, words=words, alerts=raw, follows=follows
        )
        return Worded(_marked(message, taken, again=again), counts)
    earlier = outbox.copied(
        db, post.channel, max(entry.alert.created_at for entry in entries) - COPIES
    )
    above = [words.held_back.format(count=len(tolds))] if post.held_back else []
    message = alerts.digest(
        tolds,
        zone,
        key=post.key,
        words=words,
        alerts=raw,
        copies=fresh_copies(db, earlier),
        above=above,
        below=below,
    )
    return Worded(_marked(message, taken, again=again), counts, earlier)


def _notice(db: Session, post: Post, config: Config) -> Message:
    row = db.get_one(Notice, post.deliveries[0].notice_id)
    words = words_of(config, post.channel)
    title, lines = notices.worded(row.kind, row.facts, config.zone_of(post.channel), words)
    facts = {"kind": row.kind, "subject": row.subject, "at": moment(row.created_at), **row.facts}
    begun_by = row.facts.get("begun_by")
    key = outbox.message_of(db, begun_by, post.channel, of_notice=True) if begun_by else None
    follows = [key] if key else []
    return alerts.notice(title, lines, key=post.key, words=words, facts=facts, follows=follows)


def told(entry: outbox.Entry, copies: Sequence[outbox.Copy]) -> Told:
    """Return what a message says of an alert."""
    facts = entry.alert.facts or {}
    return Told(
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
        spans=entry.spans,
        capture_sha256=entry.capture.sha256 if entry.capture is not None else None,
        copies=[Line(copy.site_name, copy.headline, copy.url) for copy in copies],
        changes=facts.get("changes", ()),
        surge=facts if entry.alert.kind == "surge" else None,
    )


def fresh_copies(db: Session, copied: Sequence[outbox.Copied]) -> list[FreshCopies]:
    """Return what a message says of the copies that came to alerts of before."""
    ids = [each.alert_id for each in copied]
    entries = {entry.alert.id: entry for entry in outbox.entries(db, ids)}
    copies = outbox.copies(db, ids)
    found = []
    for each in copied:
        entry = entries[each.alert_id]
        fresh = copies.get(each.alert_id, [])[-each.fresh :]
        sites = [copy.site_name for copy in fresh]
        found.append(
            FreshCopies(each.alert_id, entry.version.headline, entry.article.url, each.fresh, sites)
        )
    return found


def words_of(config: Config, channel: str) -> Phrases:
    """Return the words of a channel's language."""
    known = config.channels.get(channel)
    return LANGUAGES[known.language if known is not None else "ar"]


def sample(config: Config, name: str, now: datetime) -> Message:
    """Return a message as an alert would be, that says it is a sample."""
    words = words_of(config, name)
    headline = "القواتُ الروسيّةُ تهدّدُ “قسدَ” بالانسحابِ من شرقِ الفراتِ .. والسببُ؟"
    found = "شرقِ الفراتِ"
    start = headline.index(found)
    span = {"field": "headline", "start": start, "end": start + len(found)}
    spans = [{**span, "text": found, "term": "شرق الفرات"}]
    told = Told(0, "new", "normal", words.sample, "Rasid", headline, "", "", None, now, spans)
    raw = {
        "id": 0, "kind": "new", "priority": "normal", "watch": words.sample, "headline": headline,
        "site_name": "Rasid", "url": "", "published_at": None, "spans": spans,
        "created_at": now.isoformat(),
    }  # fmt: skip
    key = f"sample-{uuid4().hex[:12]}"
    return alerts.message([told], config.zone_of(name), key=key, words=words, alerts=[raw])


def _marked(message: Message, taken: Sequence[str], *, again: bool) -> Message:
    return replace(message, taken=tuple(taken), again=again)


def _follows(db: Session, entries: Sequence[outbox.Entry], channel: str) -> list[str]:
    """The keys of the messages that told the channel what this one corrects, the first one first."""
    keys: list[str] = []
    parent = entries[0].alert.parent_id
    while parent is not None and len(keys) < 20:
        key = outbox.message_of(db, parent, channel)
        if key is not None:
            keys.insert(0, key)
        parent = outbox.parent_of(db, parent)
    return keys


def _key(kind: str, group: Sequence[Delivery]) -> str:
    first = group[0].alert_id or group[0].notice_id
    # Two archives may write to one mailbox, and both have an alert 7.
    return f"{kind}-{first}-{uuid4().hex[:12]}"


def _gathers(config: Config, name: str) -> bool:
    channel = config.channels.get(name)
    return channel is not None and channel.mode.gathers


def _limit(config: Config, name: str) -> int:
    channel = config.channels.get(name)
    return channel.limit if channel is not None else 0


def _room(db: Session, config: Config, name: str, now: datetime) -> float:
    """How many messages the channel may still be sent in this hour."""
    limit = _limit(config, name)
    return limit - len(outbox.sent(db, name, now - HOUR, now)) if limit else float("inf")


def _frees(db: Session, config: Config, name: str, now: datetime) -> datetime:
    times = outbox.sent(db, name, now - HOUR, now)
    return times[len(times) - _limit(config, name)] + HOUR
