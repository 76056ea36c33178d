"""Messages posted to a web address as signed JSON; docs/formats.md has its fields.

At least once: a receiver that takes a message and is cut off before it can say so gets
it again, with the same `Idempotency-Key`.
"""

import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from scheduler.alerts import Message
from scheduler.channels import web
from scheduler.channels.errors import ChannelError
from scheduler.channels.masking import masked


@dataclass(frozen=True, slots=True, repr=False)
class Webhook:
    """Posts to one address, signed where there is a secret."""

    url: str
    secret: str | None = None
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    timeout: float = web.TIMEOUT

    def send(self, message: Message) -> Sequence[str]:
        """Post the message; any answer but 2xx is a failure."""
        now = self.clock()
        body = json.dumps(document(message), ensure_ascii=False).encode()
        stamp = str(int(now.timestamp()))
        headers = {
            "Content-Type": "application/json; charset=utf-8",
            "User-Agent": "rasid",
            "Idempotency-Key": message.key,
            "X-Rasid-Timestamp": stamp,
        }
        if self.secret:
            headers["X-Rasid-Signature"] = signature(self.secret, stamp, body)
        try:
            answer = web.post(self.url, body, headers, timeout=self.timeout)
        except ChannelError as error:
            said = self._masked(str(error))
            raise ChannelError(f"webhook: {said}", untaken=error.untaken) from None
        if not answer.taken:
            said = self._masked(answer.body[:200].decode("utf-8", "replace"))
            raise ChannelError(
                f"webhook: refused ({answer.status}{', ' + said if said else ''})",
                retry_after=web.retry_after(answer.headers, now),
                untaken=answer.refused,
            )
        return ()

    def check(self) -> None:
        """Nothing can be known to be wrong without sending."""

    def _masked(self, text: str) -> str:
        return masked(masked(text, self.url), self.secret or "")


def document(message: Message) -> dict[str, object]:
    """Return what is posted."""
    return {
        "message": message.key,
        "kind": message.kind,
        "follows": list(message.follows),
        "subject": message.subject,
        "text": message.text,
        "alerts": list(message.alerts),
        "notice": message.notice,
    }


def signature(secret: str, stamp: str, body: bytes) -> str:
    """Return the header X-Rasid-Signature: HMAC-SHA256 over the timestamp, a full stop, the body.

    >>> signature("geheim", "1764000000", b"{}")[:20]
    'sha256=87b62ecadd839'
    """
    made = hmac.new(secret.encode(), stamp.encode() + b"." + body, hashlib.sha256)
    return f"sha256={made.hexdigest()}"
