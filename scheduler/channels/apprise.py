"""Alerts through Apprise: Slack, Matrix, SMS, webhooks and a hundred more.

At least once: few of its services know a message again; the text has the alert's number.
"""

import logging
from dataclasses import dataclass
from typing import Any, Self

from scheduler import letters
from scheduler.alerts import Message
from scheduler.channels.errors import ChannelError
from scheduler.channels.masking import masked

# What shows HTML as it is meant; the others get plain text.
_SHOWS_HTML = ("mailto", "mailtos", "ses", "sendgrid", "mailgun", "sparkpost", "smtp2go")


@dataclass(frozen=True, slots=True, repr=False)
class Apprise:
    """Sends to one Apprise address."""

    url: str

    def send(self, message: Message) -> None:
        """Send the message; anything but a full success is a failure.

        Apprise reports what went wrong only to its log, so the reason is read
        there; what may be secret in the address is masked.
        """
        import apprise

        with _Listening() as heard:
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
            said = "; ".join(dict.fromkeys(heard.lines)) or "not delivered, no reason given"
            raise self._error(said)

    def check(self) -> None:
        """Raise ChannelError when Apprise does not understand the address."""
        with _Listening():
            self._service()

    def _service(self) -> Any:
        # Slow to import, and only needed by who sends.
        import apprise

        service = apprise.Apprise()
        if not service.add(self.url):
            raise self._error("Apprise does not understand the address")
        return service

    def _error(self, reason: str) -> ChannelError:
        return ChannelError(f"{self._scheme()}: {masked(reason, self.url)}"[:500])

    def _scheme(self) -> str:
        return self.url.partition("://")[0]


class _Listening(logging.Handler):
    """Holds what Apprise says at warning and above while it sends."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []
        self._logger = logging.getLogger("apprise")
        self._before = (self._logger.propagate, self._logger.level)

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one line."""
        self.lines.append(record.getMessage())

    def __enter__(self) -> Self:
        # Its lines hold addresses with their secrets; they must not reach our log.
        self._logger.propagate = False
        self._logger.setLevel(logging.WARNING)
        self._logger.addHandler(self)
        return self

    def __exit__(self, *_: object) -> None:
        self._logger.removeHandler(self)
        self._logger.propagate = self._before[0]
        self._logger.setLevel(self._before[1])
