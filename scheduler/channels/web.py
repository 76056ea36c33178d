"""One request to a web address, with a limit on time and on what is read of the answer."""

import email.utils
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from http.client import HTTPException, HTTPMessage
from typing import Any, NamedTuple

from scheduler.channels.errors import ChannelError

TIMEOUT = 20.0
# Of an answer; nobody needs to say more to "taken" or "not taken".
LONGEST = 64 * 1024


class Answer(NamedTuple):
    """What a server said; *body* may be cut short."""

    status: int
    headers: HTTPMessage
    body: bytes

    @property
    def taken(self) -> bool:
        """Whether it said that all is well."""
        return 200 <= self.status < 300

    @property
    def refused(self) -> bool:
        """Whether it has certainly not taken it; one that failed (5xx) may have."""
        return 300 <= self.status < 500


class _NoRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """A message goes where it was addressed to, with its signature, and nowhere else."""


def post(url: str, body: bytes, headers: Mapping[str, str], *, timeout: float = TIMEOUT) -> Answer:
    """Post *body* and return the answer, whatever its status.

    Raises ChannelError, which does not repeat the address, when there is none.
    """
    request = urllib.request.Request(url, data=body, headers=dict(headers), method="POST")  # noqa: S310 - http and https only, see the callers
    opener = urllib.request.build_opener(_NoRedirects)
    try:
        try:
            response = opener.open(request, timeout=timeout)
        except urllib.error.HTTPError as error:
            response = error
        with response:
            return Answer(response.status, response.headers, _read(response))
    except urllib.error.URLError as error:
        raise ChannelError(f"cannot be reached: {_words(error.reason)}", untaken=True) from None
    except (OSError, HTTPException) as error:
        raise ChannelError(f"gave no answer: {_words(error)}") from None


def retry_after(headers: HTTPMessage, now: datetime) -> float | None:
    """Return how many seconds the header Retry-After asks to wait, where there is one."""
    said = (headers.get("Retry-After") or "").strip()
    if said.isdigit():
        return float(said)
    try:
        moment = email.utils.parsedate_to_datetime(said)
    except ValueError:
        return None
    return max((moment.astimezone(UTC) - now).total_seconds(), 0.0)


def _read(response: Any) -> bytes:
    try:
        content: bytes = response.read(LONGEST)
    except HTTPException as error:
        # Cut off in the middle: what came is all there will be.
        content = getattr(error, "partial", b"")
    except OSError:
        content = b""
    return content


def _words(error: Any) -> str:
    if isinstance(error, TimeoutError):
        return "timed out"
    return getattr(error, "strerror", None) or str(error) or type(error).__name__
