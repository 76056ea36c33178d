"""Alerts through Apprise: Slack, Matrix, SMS, webhooks and a hundred more.

At least once: few of its services know a message again; the text has the alert's number.
"""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from scheduler import letters
from scheduler.alerts import Message
from scheduler.channels.errors import ChannelError
from scheduler.channels.masking import masked

# What shows HTML as it is meant; the others get plain text.
_SHOWS_HTML = ("mailto", "mailtos", "ses", "sendgrid", "mailgun", "sparkpost", "smtp2go")

# Programs read these; they take a message of any length.
_FOR_PROGRAMS = ("json", "jsons", "xml", "xmls", "form", "forms")


@dataclass(frozen=True, slots=True, repr=False)
class Apprise:
    """Sends to one Apprise address."""

    url: str

    def send(self, message: Message) -> Sequence[str]:
        """Send the message; anything but a full success is a failure.

        Apprise reports what went wrong only to its log, so the reason is read
        there; what may be secret in the address is masked.
        """
        import apprise

        with _heard() as heard:
            service = self._service()
            shows_html = self._scheme() in _SHOWS_HTML
            form = apprise.NotifyFormat.HTML if shows_html else apprise.NotifyFormat.TEXT
            body = letters.page(message) if shows_html else message.text
            try:
                result: Any = service.notify(title=message.subject, body=body, body_format=form)
            except Exception as error:
                # A fault in one of its many services is that channel's trouble, not ours.
                raise self._error(f"{type(error).__name__}: {error}") from error
        # SUCCESS alone is true; NOMATCH and PARTIAL are not.
        if not result:
            said = "; ".join(dict.fromkeys(heard)) or "not delivered, no reason given"
            raise self._error(said)
        return ()

    def check(self) -> None:
        """Raise ChannelError when Apprise does not understand the address."""
        with _heard():
            self._service()

    def _service(self) -> Any:
        # Slow to import, and only needed by who sends.
        import apprise

        service = apprise.Apprise()
        if not service.add(self.url):
            raise self._error("Apprise does not understand the address")
        if self._scheme() not in (*_SHOWS_HTML, *_FOR_PROGRAMS):
            # What is longer than the service takes comes in parts; as it is, it would be refused.
            for server in service:
                server.overflow_mode = apprise.OverflowMode.SPLIT
        return service

    def _error(self, reason: str) -> ChannelError:
        return ChannelError(f"{self._scheme()}: {masked(reason, self.url)}"[:500])

    def _scheme(self) -> str:
        return self.url.partition("://")[0]


class _Listening(logging.Handler):
    """Keeps what Apprise says at warning and above, for whoever sends; nobody else hears it.

    Its lines hold addresses with their secrets: they must reach neither our log nor what is
    said of another channel that sends at the same time, from another thread.
    """

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line, where somebody listens in this context."""
        lines = _HEARD.get()
        if lines is not None:
            lines.append(record.getMessage())


# Apprise hands the context on to the threads it sends from.
_HEARD: ContextVar[list[str] | None] = ContextVar("heard", default=None)
_LISTENING = _Listening(logging.WARNING)


@contextmanager
def _heard() -> Iterator[list[str]]:
    """Yield the list that fills with what Apprise says meanwhile."""
    logger = logging.getLogger("apprise")
    logger.propagate = False
    logger.setLevel(logging.WARNING)
    logger.addHandler(_LISTENING)
    lines: list[str] = []
    before = _HEARD.set(lines)
    try:
        yield lines
    finally:
        _HEARD.reset(before)
