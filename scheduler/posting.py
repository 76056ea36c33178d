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
# For so long copies of an alert are told of, and for so long edited into its message.
COPIES = timedelta(days=30)
EDITED = timedelta(days=2)


_HELD_BACK = "digest-held"


@dataclass(slots=True)
class Post:
    """The deliveries of one message, locked, and the message's key."""

    channel: str
    deliveries: list[Delivery]
    key: str

    @property
    def kind(self) -> str:
        """What kind of message it is: alert, digest or notice."""
        return self.key.partition("-")[0]

    @property
    def held_back(self) -> bool:
        """Whether it gathers what had no room in the hour; the key says it, to say it again."""
        return self.key.startswith(_HELD_BACK)


@dataclass(slots=True)
class Worded:
    """A message, and what its recipients know when it has arrived."""

    message: Message
    # How many copies of its alerts it names, by delivery.
    copies: dict[int, int] = field(default_factory=dict)
    # The copies of earlier alerts it names.
    earlier: list[outbox.Copied] = field(default_factory=list)
    # What the channel said it took, once it was sent.
    taken: Sequence[str] = ()


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

    *forced* are channels whose digests go out now; those that have nothing are taken out.
    Channels in *troubled* are left alone.
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
        # Nothing is lost: it waits until the oldest message of the hour is an hour old, and
        # until quiet hours are over, though they began while it was on its way.
        frees = now if room > 0 else _frees(db, config, first.channel, now)
        until = wakes(config, first.channel, frees)
        if until <= now:
            return _post(db, config, first, room, now)
        outbox.hold(db, first.channel, now, until, _why(config, first.channel, room))
        db.flush()


def next_edit(db: Session, channel: str, now: datetime) -> Post | None:
    """Return what was sent to *channel* and has got copies since, where it can be changed."""
    for each in outbox.copied(db, channel, now - EDITED, due_by=now):
        deliveries = outbox.in_message(db, each.delivery_id)
        key = deliveries[0].message if deliveries else None
        if key is not None and deliveries[0].parts:
            return Post(channel, deliveries, key)
    return None


def wakes(config: Config, name: str, moment: datetime) -> datetime:
    """Return *moment*, or when the channel's quiet hours around it are over."""
    channel = config.channels.get(name)
    if channel is None or channel.quiet is None:
        return moment
    return channel.quiet.wakes(moment, config.zone_of(name))


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
            return Post(name, every, _key(_HELD_BACK, every))
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
        return _notice(db, post, config, taken, again=again)
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
        parents = _follows(db, entries, post.channel)
        message = alerts.message(tolds, zone, key=post.key, words=words, alerts=raw)
        return Worded(_marked(message, taken, parents, again=again), counts)
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


def _notice(
    db: Session, post: Post, config: Config, taken: Sequence[str], *, again: bool
) -> Worded:
    row = db.get_one(Notice, post.deliveries[0].notice_id)
    words = words_of(config, post.channel)
    title, lines = notices.worded(row.kind, row.facts, config.zone_of(post.channel), words)
    facts = {"kind": row.kind, "subject": row.subject, "at": moment(row.created_at), **row.facts}
    begun_by = row.facts.get("begun_by")
    above = outbox.told_in(db, begun_by, post.channel, of_notice=True) if begun_by else None
    # Where each alert is a message, the card is the digest of what came to them afterwards.
    earlier = outbox.copied(db, post.channel, row.created_at - COPIES) if row.kind == "card" else []
    lines = [*lines, *alerts.copy_lines(fresh_copies(db, earlier), words)]
    message = alerts.notice(title, lines, key=post.key, words=words, facts=facts)
    return Worded(_marked(message, taken, [above] if above else [], again=again), earlier=earlier)


def told(entry: outbox.Entry, copies: Sequence[outbox.Copy]) -> Told:
    """Return what a message says of an alert."""
    facts = entry.facts
    return Told(
        alert_id=entry.alert.id,
        kind=entry.alert.kind,
        priority=entry.alert.priority,
        watch=entry.watch.name,
        site=entry.site.name,
        headline=entry.version.headline,
        body=entry.version.body,
        url=entry.article.url if not entry.withheld else "",
        published_at=entry.article.published_at,
        seen_at=entry.article.first_seen_at,
        spans=entry.spans,
        capture_sha256=entry.capture.sha256 if entry.capture is not None else None,
        copies=[
            Line(copy.site_name, copy.headline, copy.url)
            for copy in copies
            if copy.url and not entry.withheld
        ],
        changes=facts.get("changes", ()),
        surge=facts if entry.alert.kind == "surge" else None,
        withheld=entry.withheld is not None,
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


def _marked(
    message: Message, taken: Sequence[str], above: Sequence[Delivery] = (), *, again: bool
) -> Message:
    """*message* with what the channel knows: of itself, and of those it belongs under."""
    follows = [each.message for each in above if each.message is not None]
    under = tuple(above[-1].parts) if above else ()
    return replace(message, follows=follows, under=under, taken=tuple(taken), again=again)


def _follows(db: Session, entries: Sequence[outbox.Entry], channel: str) -> list[Delivery]:
    """What told the channel of that which this one corrects, the first one first."""
    found: list[Delivery] = []
    parent = entries[0].alert.parent_id
    while parent is not None and len(found) < 20:
        told = outbox.told_in(db, parent, channel)
        if told is not None:
            found.insert(0, told)
        parent = outbox.parent_of(db, parent)
    return found


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


def _why(config: Config, name: str, room: float) -> str:
    if room > 0:
        return "quiet hours"
    return f"the limit of an hour, {_limit(config, name)}, is reached"


def _frees(db: Session, config: Config, name: str, now: datetime) -> datetime:
    times = outbox.sent(db, name, now - HOUR, now)
    return times[len(times) - _limit(config, name)] + HOUR
