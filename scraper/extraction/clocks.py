"""A clock reading in a displayed date: hour, minute, part of the day, zone."""

import re
from dataclasses import dataclass
from datetime import time, timedelta, timezone, tzinfo
from functools import lru_cache
from zoneinfo import ZoneInfo

from scraper.extraction import calendar_words as words


@dataclass(frozen=True, slots=True)
class Clock:
    """What a string says of the time of day; *zone* is None where it says none."""

    at: time
    zone: tzinfo | None = None
    # A bare Z or GMT: often printed by templates that know no zone.
    utc: bool = False


def alternation(names: object) -> str:
    """Return a pattern of *names*, longest first, each a whole word."""
    listed = sorted((str(name) for name in names), key=len, reverse=True)  # type: ignore[attr-defined]
    return "|".join(re.escape(name).replace(r"\ ", r"\s+") for name in listed)


_END = r"(?![^\W\d_])"
_PARTS = alternation((*words.MORNING, *words.EVENING, *words.NOON, *words.NIGHT))
_LONG_PARTS = alternation(name for name in (*words.MORNING, *words.EVENING) if len(name) > 3)
_ZONES = alternation(words.ZONES)
_OFFSET = r"(?:(?:utc|gmt)\s*)?[+\-\u2212]\s?\d{1,2}(?::?\d{2})?(?!\d)"
_ZONE = rf"(?:\s*\(?(?:بتوقيت\s+)?(?P<zone>{_OFFSET}|(?:{_ZONES}){_END}))?"
_READING = re.compile(
    r"(?<![\d:])(?P<hour>[01]?\d|2[0-4])\s?[:h]\s?(?P<minute>[0-5]\d)"
    r"(?:\s?:\s?(?P<second>[0-5]\d)(?:[.,]\d+)?)?(?!\d)"
    rf"(?:\s*(?P<part>{_PARTS}){_END})?{_ZONE}"
)
# With a dot only where something says that it is a clock: it is a number of readers, too.
_DOTTED = re.compile(
    rf"(?<![\d.,])(?:(?P<said>(?:الساعه|at|um|kl)\s+))?(?P<hour>[01]?\d|2[0-3])\.(?P<minute>[0-5]\d)(?![\d.])"
    rf"(?:\s*(?P<part>{_PARTS}){_END})?{_ZONE}"
)
# Words that stand before the reading; letters alone there are those of the year.
_BEFORE = re.compile(rf"(?<![^\W\d_])(?P<part>{_LONG_PARTS})\s*[:,]?\s*$")
_BARE_HOUR = re.compile(rf"(?<![\d:/.-])(?P<hour>1[0-2]|0?[1-9])\s*(?P<part>{_PARTS}){_END}{_ZONE}")


def find(text: str) -> Clock | None:
    """Return the clock reading in *text* (folded by `wording.letters`), if one is there.

    >>> find("الساعه 09:22 مساء").at
    datetime.time(21, 22)
    """
    found = _READING.search(text) or _dotted(text) or _BARE_HOUR.search(text)
    if found is None:
        return None
    groups = found.groupdict()
    before = _BEFORE.search(text[: found.start()])
    hour = _hour(int(groups["hour"]), groups["part"] or (before["part"] if before else None))
    if hour > 23:
        return None
    at = time(hour, int(groups.get("minute") or 0), int(groups.get("second") or 0))
    stated = groups.get("zone")
    return Clock(at, zone(stated) if stated else None, utc=stated in ("z", "gmt", "utc"))


def _dotted(text: str) -> re.Match[str] | None:
    found = _DOTTED.search(text)
    return found if found and (found["said"] or found["part"]) else None


def _hour(hour: int, part: str | None) -> int:
    part = " ".join(part.split()) if part else None
    if part is None or hour > 12:
        return hour
    if part in words.MORNING:
        return hour % 12
    if part in words.EVENING:
        return hour % 12 + 12
    if part in words.NOON:
        return hour if hour >= 10 else hour + 12
    return hour % 12 + (12 if 6 <= hour < 12 else 0)


@lru_cache(maxsize=256)
def zone(stated: str) -> tzinfo | None:
    """Return the zone *stated* as an offset, a known word, or an IANA name."""
    name = words.ZONES.get(stated, stated)
    compact = re.sub(r"^(?:utc|gmt)|[\s:]", "", name).replace("\u2212", "-")
    offset = re.fullmatch(r"([+-])(\d{1,2})(\d{2})?", compact)
    if offset is None:
        return ZoneInfo(name)
    sign, hours, minutes = offset.groups()
    span = timedelta(hours=int(hours), minutes=int(minutes or 0))
    if span > timedelta(hours=14):
        return None
    return timezone(-span if sign == "-" else span)
