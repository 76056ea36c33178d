"""Copies that come after an alert, edited into the message that told of it.

Where a channel can change what it was sent. Elsewhere, and where a message has no room for
more, the next digest or card names them.
"""

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import Engine

from scheduler import posting
from scheduler.channels.errors import CannotEditError, ChannelError
from scheduler.channels.opening import Editor
from scheduler.config import Config
from scheduler.connections import connected, fault
from scheduler.posting import Post, Worded
from storage import outbox, watches
from storage.database import reading, session

# After a change that was not taken, unless the channel says when.
LATER = timedelta(minutes=10)


def edit(engine: Engine, config: Config, name: str, clock: Callable[[], datetime]) -> list[str]:
    """Change what *name* was sent and is not complete any more; return what went wrong."""
    try:
        channel = connected(config, name)
    except ChannelError:
        # The deliveries say so.
        return []
    if not isinstance(channel, Editor):
        return []
    while True:
        with reading(engine) as db:
            if posting.next_edit(db, name, clock()) is None:
                return []
        with session(engine) as db:
            now = clock()
            watches.take_turn(db, "deliver", now)
            post = posting.next_edit(db, name, now)
            if post is None:
                return []
            _rest(post, now + outbox.LEASE)
        worded, problem = _edited(engine, config, channel, post)
        with session(engine) as db:
            rows = outbox.in_message(db, post.deliveries[0].id)
            _record(Post(name, rows, post.key), worded, problem, clock())
        if problem is not None and not isinstance(problem, CannotEditError):
            return [f"{name}: {problem}; copies wait to be added to what was sent"]


def _edited(
    engine: Engine, config: Config, channel: Editor, post: Post
) -> tuple[Worded | None, ChannelError | None]:
    try:
        with reading(engine) as db:
            worded = posting.worded(db, post, config, taken=post.deliveries[0].parts, again=True)
        worded.taken = channel.edit(worded.message)
    except ChannelError as error:
        return None, error
    except Exception as error:  # noqa: BLE001 - as with what is sent
        return None, ChannelError(fault(config, post.channel, error))
    return worded, None


def _record(post: Post, worded: Worded | None, problem: ChannelError | None, now: datetime) -> None:
    if isinstance(problem, CannotEditError):
        # Forgotten where it stands, it is not tried again; a digest or card names the copies.
        for delivery in post.deliveries:
            delivery.parts = []
    elif problem is not None:
        wait = timedelta(seconds=problem.retry_after or 0)
        for delivery in post.deliveries:
            delivery.parts = list(problem.taken) or delivery.parts
        _rest(post, now + max(wait, LATER))
    elif worded is not None:
        for delivery in post.deliveries:
            delivery.parts = list(worded.taken)
            delivery.copies = worded.copies.get(delivery.id, delivery.copies)
        _rest(post, now + outbox.REST)


def _rest(post: Post, until: datetime) -> None:
    for delivery in post.deliveries:
        delivery.not_before = until
