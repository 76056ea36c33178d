"""When a channel may send: its mode (instant or a digest) and its quiet hours. Pure.

Times of day are the desk's; moments that come in and go out are aware.
"""

from dataclasses import dataclass
from datetime import datetime, time, timedelta, tzinfo
from typing import Self

from storage.hours import Quiet, clock_time, next_at

DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


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
            moment = next_at(self.at, now.astimezone(zone))
            while self.day is not None and moment.weekday() != self.day:
                moment += timedelta(days=1)
            return moment.astimezone(now.tzinfo)
        return now


def due(now: datetime, *, mode: Mode, quiet: Quiet | None, zone: tzinfo) -> datetime:
    """Return when an alert raised *now* goes out on a channel: its mode, then its quiet hours."""
    moment = mode.sends(now, zone)
    return quiet.wakes(moment, zone) if quiet is not None else moment


def last(clock: time, now: datetime, zone: tzinfo) -> datetime:
    """Return the last moment, not later than *now*, at which the wall clock showed *clock*."""
    return (next_at(clock, now.astimezone(zone)) - timedelta(days=1)).astimezone(now.tzinfo)
