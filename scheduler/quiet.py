"""When a channel may send: its mode (instant or a digest) and its quiet hours. Pure.

Times of day are the desk's; moments that come in and go out are aware.
"""

import re
from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Self

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class Quiet:
    """Hours in which a channel keeps still, `23:00-06:00`; may pass midnight."""

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
        return _next(self.ends, here).astimezone(now.tzinfo) if quiet else now


@dataclass(frozen=True, slots=True)
class Mode:
    """How alerts are gathered: `instant`, `hourly`, `daily HH:MM` or `weekly DAY HH:MM`."""

    name: str = "instant"
    at: time | None = None
    # Of the week, Monday 0; None: every day.
    day: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a mode; raise ValueError for anything else."""
        name, _, rest = text.strip().partition(" ")
        if name in ("instant", "hourly") and not rest:
            return cls(name)
        if name == "daily" and rest:
            return cls(name, clock_time(rest))
        day, _, at = rest.strip().partition(" ")
        if name == "weekly" and day.lower() in DAYS:
            return cls(name, clock_time(at), DAYS.index(day.lower()))
        raise ValueError('must be "instant", "hourly", "daily 08:00" or "weekly sunday 08:00"')

    def __str__(self) -> str:
        day = f" {DAYS[self.day]}" if self.day is not None else ""
        return f"{self.name}{day}" + (f" {self.at:%H:%M}" if self.at is not None else "")

    @property
    def gathers(self) -> bool:
        """Whether several alerts go out as one digest."""
        return self.name != "instant"

    def sends(self, now: datetime, zone: tzinfo) -> datetime:
        """Return when an alert raised *now* is to go out."""
        if self.name == "hourly":
            return now.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
        if self.at is not None:
            moment = _next(self.at, now.astimezone(zone))
            while self.day is not None and moment.weekday() != self.day:
                moment += timedelta(days=1)
            return moment.astimezone(now.tzinfo)
        return now


def due(now: datetime, *, mode: Mode, quiet: Quiet | None, zone: tzinfo) -> datetime:
    """Return when an alert raised *now* goes out on a channel: its mode, then its quiet hours."""
    moment = mode.sends(now, zone)
    return quiet.wakes(moment, zone) if quiet is not None else moment


def clock_time(text: str) -> time:
    """Read a time of day, `HH:MM`; raise ValueError for anything else."""
    found = re.fullmatch(r"(\d{1,2}):(\d{2})", text.strip())
    if found is None or int(found[1]) > 23 or int(found[2]) > 59:
        raise ValueError(f"'{text.strip()}' is no time of day; write it like 08:00")
    return time(int(found[1]), int(found[2]))


def _next(clock: time, here: datetime) -> datetime:
    """The next moment, later than *here*, at which the wall clock shows *clock*."""
    moment = here.replace(hour=clock.hour, minute=clock.minute, second=0, microsecond=0)
    return moment if moment > here else moment + timedelta(days=1)


def last(clock: time, now: datetime, zone: tzinfo) -> datetime:
    """Return the last moment, not later than *now*, at which the wall clock showed *clock*."""
    return (_next(clock, now.astimezone(zone)) - timedelta(days=1)).astimezone(now.tzinfo)
