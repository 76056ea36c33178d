"""From a channel's address to the channel."""

from pathlib import Path
from typing import Protocol, TextIO
from urllib.parse import unquote, urlsplit

from scheduler.alerts import Message
from scheduler.channels.apprise import Apprise
from scheduler.channels.console import Console
from scheduler.channels.errors import ChannelError
from scheduler.channels.jsonl import JsonLines


class Channel(Protocol):
    """Where a message can be sent."""

    def send(self, message: Message) -> None:
        """Send it, or raise ChannelError."""

    def check(self) -> None:
        """Raise ChannelError for what can be known to be wrong without sending."""


def opened(url: str, *, folder: Path, stream: TextIO | None = None) -> Channel:
    """Return the channel at *url*; relative paths are in *folder*.

    Raises ChannelError for an address that cannot be one, or whose secret is
    not set. *stream* is where a console prints.
    """
    if url.startswith("env:"):
        raise ChannelError(f"the environment variable {url.removeprefix('env:')} is not set")
    if url in ("console", "console:", "console://"):
        return Console(stream)
    if url.startswith("jsonl:"):
        return JsonLines(folder / url.removeprefix("jsonl:").removeprefix("//"))
    if url.startswith("file://"):
        return JsonLines(Path(unquote(urlsplit(url).path)))
    if "://" not in url:
        # Not repeated here: it may be a secret written in the wrong place.
        raise ChannelError("the address is none; write console, jsonl:PATH or an Apprise address")
    return Apprise(url)
