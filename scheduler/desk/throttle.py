"""Guesses at passwords, slowed down: for a name from an address, for a name, for an address."""

import threading
from collections import OrderedDict, deque
from datetime import datetime, timedelta

# So many failures within the time, by what is counted. A name alone has many, or whoever knows
# it could keep its person out.
ALLOWED = {"pair": 5, "name": 50, "from": 30}
WITHIN = timedelta(minutes=15)
# Names and addresses remembered; the one that was quiet longest is forgotten first.
REMEMBERED = 10_000


class Throttle:
    """Counts failures of late. Safe to use from several threads."""

    def __init__(self) -> None:
        self._failures: OrderedDict[str, deque[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    @staticmethod
    def keys(name: str, address: str) -> list[str]:
        """Return what a try is counted under."""
        return [f"pair:{name}@{address}", f"name:{name}", f"from:{address}"]

    def wait(self, keys: list[str], now: datetime) -> timedelta | None:
        """Return how long to wait before the next try, or None."""
        with self._lock:
            waits = [self._wait(key, now) for key in keys]
        return max((wait for wait in waits if wait is not None), default=None)

    def failed(self, keys: list[str], now: datetime) -> None:
        """Count a failure."""
        with self._lock:
            for key in keys:
                self._failures.setdefault(key, deque(maxlen=_allowed(key))).append(now)
                self._failures.move_to_end(key)
            while len(self._failures) > REMEMBERED:
                self._failures.popitem(last=False)

    def passed(self, keys: list[str]) -> None:
        """Forget the failures: the right password came."""
        with self._lock:
            for key in keys:
                self._failures.pop(key, None)

    def _wait(self, key: str, now: datetime) -> timedelta | None:
        failures = self._failures.get(key)
        if failures is None or len(failures) < _allowed(key):
            return None
        wait = failures[0] + WITHIN - now
        return wait if wait > timedelta(0) else None


def _allowed(key: str) -> int:
    return ALLOWED[key.partition(":")[0]]
