"""Times as people write them on a command line. Pure."""

import re
from datetime import UTC, date, datetime, time, timedelta, tzinfo

from storage.errors import InputError

AGO = re.compile(r"(\d{1,5})\s*([hdw])")
UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}
DAYS = {"today": 0, "yesterday": 1}


def beginning(text: str, *, zone: tzinfo, now: datetime, option: str = "--since") -> datetime:
    """Return the moment *text* begins at: a day, a day with an hour, or so long ago.

    A day is one of *zone*, and so is an hour without a zone of its own.

    >>> from zoneinfo import ZoneInfo
    >>> now, zone = datetime(2026, 11, 23, 12, tzinfo=UTC), ZoneInfo("Asia/Damascus")
    >>> beginning("2026-11-20", zone=zone, now=now).isoformat()
    '2026-11-19T21:00:00+00:00'
    >>> beginning("36h", zone=zone, now=now).isoformat()
    '2026-11-22T00:00:00+00:00'
    """
    return _read(text, zone, now, option)[0]


def end(text: str, *, zone: tzinfo, now: datetime, option: str = "--until") -> datetime:
    """Return the first moment after *text*: a day counts whole.

    >>> from zoneinfo import ZoneInfo
    >>> now, zone = datetime(2026, 11, 23, 12, tzinfo=UTC), ZoneInfo("Asia/Damascus")
    >>> end("2026-11-20", zone=zone, now=now).isoformat()
    '2026-11-20T21:00:00+00:00'
    """
    return _read(text, zone, now, option)[1]


def ahead(text: str, *, zone: tzinfo, now: datetime, option: str = "--until") -> datetime:
    """Return a moment to come: the end of a day, a day with an hour, or so long from now.

    >>> from zoneinfo import ZoneInfo
    >>> now, zone = datetime(2026, 11, 23, 12, tzinfo=UTC), ZoneInfo("Asia/Damascus")
    >>> ahead("8h", zone=zone, now=now).isoformat()
    '2026-11-23T20:00:00+00:00'
    """
    wait = AGO.fullmatch(text.strip().lower())
    moment = now + int(wait[1]) * UNITS[wait[2]] if wait else end(text, zone=zone, now=now)
    if moment <= now:
        raise InputError(f"{option} {text!r}: is over already; write a day to come, 8h or 3d.")
    return moment


def clock_time(text: str | None, zone: tzinfo) -> str:
    """Return a time of our JSON as the desk's clock shows it."""
    if not text:
        return ""
    return f"{datetime.fromisoformat(text).astimezone(zone):%Y-%m-%d %H:%M}"


def _read(text: str, zone: tzinfo, now: datetime, option: str) -> tuple[datetime, datetime]:
    plain = text.strip().lower()
    try:
        if plain in DAYS:
            return _day(now.astimezone(zone).date() - timedelta(days=DAYS[plain]), zone)
        if ago := AGO.fullmatch(plain):
            moment = now - int(ago[1]) * UNITS[ago[2]]
            return moment, moment
        if re.fullmatch(r"\d{4}-\d{2}-\d{2}", plain):
            return _day(date.fromisoformat(plain), zone)
        moment = datetime.fromisoformat(text.strip())
        moment = moment.replace(tzinfo=moment.tzinfo or zone).astimezone(UTC)
    except (ValueError, OverflowError):
        raise InputError(
            f"{option} {text!r}".lstrip()
            + ": not a time; write 2026-11-23, 2026-11-23T18:00, 36h, 7d or today."
        ) from None
    return moment, moment


def _day(day: date, zone: tzinfo) -> tuple[datetime, datetime]:
    begins = datetime.combine(day, time(), tzinfo=zone).astimezone(UTC)
    return begins, datetime.combine(day + timedelta(days=1), time(), tzinfo=zone).astimezone(UTC)
