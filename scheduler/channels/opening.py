"""From a channel's address to the channel."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol, TextIO, runtime_checkable
from urllib.parse import unquote, urlsplit

from scheduler.alerts import Message
from scheduler.channels.apprise import Apprise
from scheduler.channels.atom import Atom
from scheduler.channels.console import Console
from scheduler.channels.errors import ChannelError
from scheduler.channels.jsonl import JsonLines
from scheduler.channels.mail import Mail
from scheduler.channels.telegram import Telegram
from scheduler.channels.webhook import Webhook


class Channel(Protocol):
    """Where a message can be sent."""

    def send(self, message: Message) -> Sequence[str]:
        """Send it and return what was taken, or raise ChannelError."""

    def check(self) -> None:
        """Raise ChannelError for what can be known to be wrong without sending."""


@runtime_checkable
class Editor(Protocol):
    """A channel that can change what it was sent."""

    def edit(self, message: Message) -> Sequence[str]:
        """Make what was sent say *message* and return what was taken then.

        Raises CannotEditError when that is not possible any more, or ChannelError.
        """


def opened(
    url: str, *, folder: Path, secret: str | None = None, stream: TextIO | None = None
) -> Channel:
    """Return the channel at *url*; relative paths are in *folder*, *secret* signs a webhook.

    Raises ChannelError for an address that cannot be one, or whose secret is
    not set. *stream* is where a console prints.
    """
    for each in (url, secret or ""):
        if each.startswith("env:"):
            raise ChannelError(f"the environment variable {each.removeprefix('env:')} is not set")
    scheme, _, rest = url.partition(":")
    if url in ("console", "console:", "console://"):
        return Console(stream)
    if scheme in _FILES:
        return _FILES[scheme](rest, folder)
    if scheme in ("webhook+http", "webhook+https"):
        return Webhook(url.removeprefix("webhook+"), secret)
    if "://" in url:
        return _SERVICES.get(scheme, Apprise)(url)
    # Not repeated here: it may be a secret written in the wrong place.
    raise ChannelError("the address is none; write console, jsonl:PATH or an Apprise address")


_FILES: dict[str, Callable[[str, Path], Channel]] = {
    "jsonl": lambda rest, folder: JsonLines(folder / rest.removeprefix("//")),
    "file": lambda rest, _: JsonLines(Path(unquote(urlsplit(f"file:{rest}").path))),
    "atom": lambda rest, folder: Atom(folder / rest.removeprefix("//")),
}
_SERVICES: dict[str, Callable[[str], Channel]] = {
    "smtp": Mail.of,
    "smtps": Mail.of,
    "telegram": Telegram.of,
}
