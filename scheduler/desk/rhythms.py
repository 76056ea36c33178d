"""What watches found by day, counted once for all who look."""

import threading
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo

from sqlalchemy import Engine

from storage import trends, watches
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
    # With the number of the newest match, and when a watch was last changed, or got another name.
    _counted: dict[
        tuple[date, date, str], tuple[int, datetime | None, datetime, Sequence[Tally]]
    ] = field(default_factory=dict)
    _locks: defaultdict[int, threading.Lock] = field(
        default_factory=lambda: defaultdict(threading.Lock)
    )

    def of(self, first: date, last: date, zone: tzinfo) -> Sequence[Tally]:
        """Return what was found from *first* to *last*, both counted."""
        key, now = (first, last, str(zone)), self.clock()
        # One counts, whoever else asks for as many days meanwhile gets the same.
        with self._locks[(last - first).days], reading(self.engine) as db:
            newest, changed = trends.last_match(db), watches.changed(db)
            known = self._counted.get(key)
            if known is not None:
                number, since, when, tallies = known
                is_fresh = number == newest or (newest > MANY and now - when < FRESH)
                if is_fresh and since == changed:
                    return tallies
                self._counted.pop(key, None)
            tallies = trends.tallies(db, first, last, zone)
            self._counted[key] = (newest, changed, now, tallies)
            for old in list(self._counted)[:-KEPT]:
                self._counted.pop(old, None)
            return tallies
