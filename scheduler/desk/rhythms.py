"""What watches found by day, counted once for all who look."""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo

from sqlalchemy import Engine

from storage import trends
from storage.database import reading
from storage.trends import Tally

# Where there are many matches they are counted anew once a minute, however many come in.
FRESH = timedelta(minutes=1)
MANY = 5_000
# Stretches of time kept in mind; the one that was counted first is forgotten first.
KEPT = 8


@dataclass(slots=True)
class Rhythms:
    """Counts by watch, day and site. Safe to use from several threads."""

    engine: Engine
    clock: Callable[[], datetime]
    _counted: dict[tuple[date, date, str], tuple[int, datetime, Sequence[Tally]]] = field(
        default_factory=dict
    )
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, first: date, last: date, zone: tzinfo) -> Sequence[Tally]:
        """Return what was found from *first* to *last*, both counted."""
        key, now = (first, last, str(zone)), self.clock()
        # One counts, whoever else asks meanwhile gets the same.
        with self._lock, reading(self.engine) as db:
            newest = trends.last_match(db)
            known = self._counted.get(key)
            if known is not None:
                number, when, tallies = known
                if number == newest or (newest > MANY and now - when < FRESH):
                    return tallies
                del self._counted[key]
            tallies = trends.tallies(db, first, last, zone)
            self._counted[key] = (newest, now, tallies)
            while len(self._counted) > KEPT:
                del self._counted[next(iter(self._counted))]
            return tallies
