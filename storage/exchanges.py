"""What went over the wire: a request, the response to it, and what led there. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

Headers = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request and the response to it; bodies as sent, still compressed.

    *redirects* are the exchanges that led here, the first one first. *robots* is the verdict
    of robots.txt, with the exchange it was read from, where there was one.
    """

    url: str
    fetched_at: datetime
    method: str
    request_headers: Headers
    status: int
    reason: str
    response_headers: Headers
    body: bytes
    address: str | None = None
    tls: Mapping[str, Any] | None = None
    redirects: tuple["Exchange", ...] = ()
    robots: "Robots | None" = None


@dataclass(frozen=True, slots=True)
class Robots:
    """What robots.txt says of a request: *verdict* `allowed`, or `none` where there is none."""

    verdict: str
    exchange: Exchange | None = None
