"""E-mail: `smtp://user:password@host:587?to=desk@example.org&from=rasid@example.org`.

`smtps://` speaks TLS from the start; `smtp://` turns to it where the server can, and must
where there is a password or `tls=required`; `tls=none` never does.

At least once: a server that takes a letter and is cut off before it can say so gets it
again, with the same Message-ID, and many mailboxes show it once. Each recipient is
served on their own: whom one attempt has reached the next leaves alone.
"""

import smtplib
import ssl
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Self
from urllib.parse import parse_qs, unquote, urlsplit

from scheduler import letters
from scheduler.alerts import Message, plain_name
from scheduler.channels.errors import PATIENCE, ChannelError
from scheduler.channels.masking import masked, token

TIMEOUT = 30.0
_TLS = ("starttls", "required", "none")
_EXAMPLE = "the address must be like smtp://user:password@host:587?to=desk@example.org"


@dataclass(frozen=True, slots=True, repr=False)
class Mail:
    """Letters through one server, to all of *to*."""

    host: str
    port: int
    sender: str
    to: Sequence[str]
    user: str = ""
    password: str = ""
    # smtps, starttls (where it can), required or none.
    tls: str = "starttls"
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    timeout: float = TIMEOUT

    @classmethod
    def of(cls, url: str) -> Self:
        """Read an address; raise ChannelError, which does not repeat it, where it is none."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ChannelError(f"mail: {_EXAMPLE}") from None
        options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        to = [each.strip() for each in options.pop("to", "").split(",") if each.strip()]
        host, secure = parts.hostname or "", parts.scheme == "smtps"
        tls = options.pop("tls", "required" if parts.password else "starttls")
        sender = options.pop("from", "") or (f"rasid@{host}" if "." in host else "rasid@localhost")
        if not host or not to or options or tls not in _TLS:
            raise ChannelError(f"mail: {_EXAMPLE}; options are to, from and tls=required or none")
        for each in (sender, *to):
            _address(each)
        return cls(
            host=host,
            port=port or (465 if secure else 587 if parts.username else 25),
            sender=sender,
            to=to,
            user=unquote(parts.username or ""),
            password=unquote(parts.password or ""),
            tls="smtps" if secure else tls,
        )

    def send(self, message: Message) -> Sequence[str]:
        """Send the letter to each recipient that has not had it."""
        begun = time.monotonic()
        letter = written(message, self.sender, self.to, self.clock())
        waiting = [each for each in self.to if token(each) not in message.taken]
        taken = list(message.taken)
        refused: list[str] = []
        at_work = False
        try:
            with self._connection() as server:
                at_work = True
                for each in waiting:
                    if time.monotonic() - begun > PATIENCE:
                        raise ChannelError(
                            f"mail: {self.host} is slow; other recipients follow",
                            retry_after=1,
                            taken=taken,
                        )
                    try:
                        server.send_message(letter, self.sender, [each])
                    except smtplib.SMTPRecipientsRefused as error:
                        refused.append(self._said(*error.recipients[each]))
                        server.rset()
                    else:
                        taken.append(token(each))
        except (OSError, smtplib.SMTPException) as error:
            if len(taken) < len(self.to):
                # Broken off in the middle, it may have been taken; not so before, or when told.
                untaken = not at_work or isinstance(error, smtplib.SMTPResponseException)
                raise ChannelError(
                    f"mail: {self._reason(error)}", taken=taken, untaken=untaken
                ) from None
        if refused:
            number = f"{len(refused)} of {len(self.to)} recipients"
            reason = f"mail: {number} refused: {'; '.join(refused)}"[:500]
            raise ChannelError(reason, taken=taken, untaken=True)
        return taken

    def check(self) -> None:
        """Nothing can be known to be wrong without sending."""

    def _connection(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.tls == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(
                self.host, self.port, timeout=self.timeout, context=context
            )
        else:
            server = smtplib.SMTP(self.host, self.port, timeout=self.timeout)
        try:
            server.ehlo()
            if self.tls == "required" or (self.tls == "starttls" and server.has_extn("starttls")):
                server.starttls(context=context)
                server.ehlo()
            if self.user:
                server.login(self.user, self.password)
        except BaseException:
            server.close()
            raise
        return server

    def _reason(self, error: Exception) -> str:
        if isinstance(error, smtplib.SMTPResponseException):
            # What a server says of a login may repeat the login.
            said = "" if isinstance(error, smtplib.SMTPAuthenticationError) else error.smtp_error
            return f"{self.host} refused: {self._said(error.smtp_code, said)}"
        if isinstance(error, smtplib.SMTPNotSupportedError):
            return f"{self.host} does not offer TLS; tls=none sends without"
        if isinstance(error, TimeoutError) or "timed out" in str(error):
            return f"{self.host} timed out"
        reason = getattr(error, "strerror", None) or type(error).__name__
        return f"{self.host} cannot be reached or broke off: {reason}"

    def _said(self, code: int, answer: bytes | str) -> str:
        text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
        return f"{code} {masked(text, self.password)}"[:200].strip()


def written(message: Message, sender: str, to: Sequence[str], now: datetime) -> EmailMessage:
    """Return the letter: plain text and HTML, known again by its Message-ID."""
    domain = sender.rpartition("@")[2]
    letter = EmailMessage(policy=SMTP)
    letter["Subject"] = message.subject
    letter["From"] = Address("Rasid", addr_spec=sender)
    letter["To"] = [Address(addr_spec=each) for each in to]
    letter["Date"] = format_datetime(now)
    letter["Message-ID"] = f"<{message.key}@{domain}>"
    if message.follows:
        known = [f"<{key}@{domain}>" for key in message.follows]
        letter["In-Reply-To"] = known[-1]
        letter["References"] = " ".join(known)
    letter["List-Id"] = f"Rasid <{_list_name(message)}.rasid.{domain}>"
    letter["Auto-Submitted"] = "auto-generated"
    letter["X-Rasid-Message"] = message.key
    if any(part.first.priority == "high" for part in message.parts):
        letter["Importance"] = "high"
    letter.set_content(message.text + "\n", cte="base64")
    letter.add_alternative(letters.page(message), subtype="html", cte="base64")
    return letter


def _list_name(message: Message) -> str:
    """By which a mailbox sorts: the watch, where there is one; ASCII, as the header must be."""
    watches = {told.watch for part in message.parts for told in part.tolds}
    if message.kind != "alert" or len(watches) != 1:
        return message.kind
    name = plain_name(watches.pop())
    return name.lower() if name.isascii() else f"watch-{token(name)[:8]}"


def _address(text: str) -> None:
    try:
        Address(addr_spec=text)
    except (ValueError, IndexError, HeaderParseError):
        raise ChannelError("mail: one of its addresses is none; write name@example.org") from None
