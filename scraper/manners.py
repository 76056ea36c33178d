"""What a host asks of us in its answers: to be left alone, and for how long. Pure."""

from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from storage.hosts import LONGEST_REST

# Who says 503 without saying until when may have stumbled over one page.
STUMBLES = 2


class Rests:
    """Which hosts of a visit want to be left alone, known before or learnt on the way."""

    def __init__(self) -> None:
        """Nobody has said anything yet."""
        self._known: dict[str, datetime] = {}
        self._stumbles: dict[str, int] = {}
        # Learnt in this visit: why, and for how many seconds where the host said so.
        self.asked: dict[str, tuple[str, float | None]] = {}
        # Answered in this visit, be it with a refusal: they live.
        self.answered: set[str] = set()

    def know(self, rests: dict[str, datetime]) -> None:
        """Take up what the archive knows: hosts with the moment until when they rest."""
        self._known = dict(rests)

    def until(self, host: str) -> datetime | None:
        """Return until when a host rests that asked for it before this visit."""
        return self._known.get(host)

    def __contains__(self, host: str) -> bool:
        return host in self._known or host in self.asked

    def hear(self, host: str, status: int, retry_after: str | None, *, now: datetime) -> None:
        """Take in an answer of *host*."""
        if status not in {429, 503}:
            self._stumbles.pop(host, None)
            if status < 500:
                self.answered.add(host)
            return
        seconds = seconds_asked(retry_after, now=now) if retry_after else None
        stumbles = self._stumbles[host] = self._stumbles.get(host, 0) + 1
        if status == 429 or seconds is not None or stumbles >= STUMBLES:
            self.asked.setdefault(host, (f"http_{status}", seconds))


def host_of(url: str) -> str:
    """Return the host of an address, with its port where it names one.

    >>> host_of("https://user@News.Example.org:8080/a")
    'news.example.org:8080'
    """
    return urlsplit(url).netloc.rpartition("@")[2].lower()


def seconds_asked(value: str, *, now: datetime) -> float | None:
    """Return the seconds a Retry-After header asks for, given in seconds or as a date.

    A day at most: no site is given up, whatever number it sends. None where it says nothing.

    >>> seconds_asked("120", now=datetime(2026, 1, 1, tzinfo=UTC))
    120.0
    >>> seconds_asked("Thu, 01 Jan 2026 00:01:00 GMT", now=datetime(2026, 1, 1, tzinfo=UTC))
    60.0
    >>> seconds_asked("9" * 20, now=datetime(2026, 1, 1, tzinfo=UTC))
    86400.0
    >>> seconds_asked("soon", now=datetime(2026, 1, 1, tzinfo=UTC)) is None
    True
    """
    longest = LONGEST_REST.total_seconds()
    if value.strip().isdecimal():
        return min(float(value), longest)
    try:
        moment = parsedate_to_datetime(value)
    except ValueError:
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(0.0, (moment - now).total_seconds()), longest)
