"""The times a route states → instants in UTC, or nothing.

Feeds, sitemaps and REST state ISO and RFC 822 times; what they state in other
ways is read as pages' dates are. A time in the future is a false one - most often
a local time stamped `Z` - and is none.
"""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz
from zoneinfo import ZoneInfo

from scraper.discovery.entries import Problems
from scraper.extraction import dates

# Servers' clocks differ, and some feeds round up to the next hour.
_SKEW = timedelta(hours=1)
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
_LONGEST = 100

_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d", re.IGNORECASE)
_RFC = re.compile(r"(?:[A-Za-z]{3,9},?\s*)?\d{1,2}\s+[A-Za-z]{3,9}\s+\d{2,4}\s+\d")
# What stands behind the time of day.
_ZONE = re.compile(r"\d\d?:\d\d(?::\d\d)?(?:\s*([+-]\d\d):?(\d\d)|\s*([A-Za-z]+)|\s*$)")
# RFC 822's names, and those of the region; AST is left out, since it means the
# Atlantic there and Arabia here.
_HOURS = {
    **dict.fromkeys(("GMT", "UT", "UTC", "Z", "WET"), 0),
    "EST": -5,
    "EDT": -4,
    "CST": -6,
    "CDT": -5,
    "MST": -7,
    "MDT": -6,
    "PST": -8,
    "PDT": -7,
    "EET": 2,
    "EEST": 3,
    "TRT": 3,
    "MSK": 3,
    "CET": 1,
    "CEST": 2,
    "WEST": 1,
    "BST": 1,
    "GST": 4,
}


class Clock:
    """Reads the times of one answer; *problems* counts those that are none."""

    def __init__(self, timezone: str, now: datetime, problems: Problems) -> None:
        """Read zoneless times in *timezone*, as seen at *now*."""
        self._zone = ZoneInfo(timezone)
        self._timezone = timezone
        self._now = now
        self._problems = problems

    def read(self, text: str | None, *, utc: bool = False) -> datetime | None:
        """Return the instant *text* states; with *utc* a time without zone is UTC."""
        text = " ".join((text or "").split())
        # WordPress's "no time yet".
        if not text or text.startswith("0000-00-00"):
            return None
        instant = self._instant(text, utc=utc) if len(text) <= _LONGEST else None
        if instant is None or instant < _EARLIEST:
            self._problems.note("a date that cannot be read")
            return None
        if instant > self._now + _SKEW:
            self._problems.note("a date in the future")
            return None
        return instant

    def _instant(self, text: str, *, utc: bool) -> datetime | None:
        try:
            if _ISO.match(text):
                return self._aware(datetime.fromisoformat(text), utc=utc)
            if _RFC.match(text):
                return self._rfc(text)
        except (ValueError, OverflowError, TypeError, IndexError):
            return None
        return dates.parse(text, timezone=self._timezone, now=self._now)

    def _aware(self, moment: datetime, *, utc: bool) -> datetime:
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC if utc else self._zone)
        return moment.astimezone(UTC)

    def _rfc(self, text: str) -> datetime | None:
        parts, zone = parsedate_tz(text), _ZONE.search(text)
        if parts is None or zone is None:
            return None
        moment = datetime(*parts[:6])  # noqa: DTZ001 - its zone is found out below
        hours, minutes, name = zone.groups()
        if hours:
            sign = -1 if hours.startswith("-") else 1
            ahead = timedelta(hours=int(hours), minutes=sign * int(minutes))
        elif name and name.upper() in _HOURS:
            ahead = timedelta(hours=_HOURS[name.upper()])
        else:
            # A zone nobody knows makes it no instant: zone-true or not at all.
            return None if name else self._aware(moment, utc=False)
        return moment.replace(tzinfo=UTC) - ahead
