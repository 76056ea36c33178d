"""Hours of the day in which something keeps still: a channel, a site. Pure.

Times of day are those of a zone; moments that come in and go out are aware.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Self


@dataclass(frozen=True, slots=True)
class Quiet:
    """Quiet hours, `23:00-06:00`; may pass midnight."""

    begins: time
    ends: time

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `HH:MM-HH:MM`; raise ValueError for anything else."""
        begins, dash, ends = text.replace("\N{EN DASH}", "-").partition("-")
        if not dash:
            raise ValueError("must be like 23:00-06:00")
        return cls(clock_time(begins), clock_time(ends))

    def __str__(self) -> str:
        return f"{self.begins:%H:%M}-{self.ends:%H:%M}"

    def wakes(self, now: datetime, zone: tzinfo) -> datetime:
        """Return *now* when it is no quiet time, otherwise the moment the quiet ends."""
        here = now.astimezone(zone)
        clock = here.time()
        if self.begins <= self.ends:
            quiet = self.begins <= clock < self.ends
        else:
            quiet = clock >= self.begins or clock < self.ends
        return next_at(self.ends, here).astimezone(now.tzinfo) if quiet else now


def clock_time(text: str) -> time:
    """Read a time of day, `HH:MM`; raise ValueError for anything else."""
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", text.strip())
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValueError(f"'{text.strip()}' is no time of day; write it like 08:00")
    return time(int(found[1]), int(found[2]))


def next_at(clock: time, here: datetime) -> datetime:
    """Return the next moment, later than *here*, at which the wall clock shows *clock*."""
    moment = here.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
    return moment if moment > here else moment + timedelta(days=1)
