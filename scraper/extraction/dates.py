"""Displayed and stated dates → instants, or nothing.

Every shape Syrian and other sites print: ISO and RFC forms, four Arabic month
vocabularies and pairs of them, Arabic-Indic and Persian digits, Hijri beside
Gregorian, dotted and slashed numbers, "منذ يومين". What contradicts itself (a
weekday that is not that day's), does not exist or lies in the future is no
date. A day without an hour stands at its local noon: the middle of what is
known, and the same day in every zone an archive may be read in.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scraper.extraction import ago, clocks
from scraper.extraction import calendar_words as words
from scraper.extraction.wording import letters

_EARLIEST = 1990
# Clocks of servers differ by this much.
_SKEW = timedelta(minutes=10)
_LONGEST = 400
_NOON = time(12)

_WORD = r"(?<![^\W\d_])"
_END = r"(?![^\W\d_])"
_MONTH = rf"{_WORD}(?:{clocks.alternation(words.MONTHS)}){_END}(?<!\d(?=\d))"
_SEP = r"[\s_/()\[\]\-\u2010-\u2015,،.|'’]{0,6}"
_MONTHS = rf"(?P<month>{_MONTH}(?:{_SEP}{_MONTH}){{0,3}})"
_OF = r"(?:(?:من|شهر|de|del|of|عام|سنه|لعام|لسنه)\s+){0,2}"
_DAY = r"(?<![\d:])(?P<day>0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th|er|º|ος)?(?!\d)"
_YEAR = r"(?P<year>(?:19|20)\d\d)(?!\d)"
_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        r"(?<!\d)(?P<year>(?:19|20)\d\d)-(?P<month>\d\d?)-(?P<day>\d\d?)(?=t\d|\D|$)",
        r"(?<!\d)(?P<year>20\d\d)(?P<month>[01]\d)(?P<day>[0-3]\d)(?=t?\d{4,6}(?:z|[+-]|$)|\s+\d\d?:|$)",
        rf"{_DAY}{_SEP}{_OF}{_MONTHS}{_SEP}{_OF}{_YEAR}",
        rf"{_MONTHS}{_SEP}{_DAY}{_SEP}{_OF}{_YEAR}",
        rf"(?<!\d){_YEAR}{_SEP}{_MONTHS}{_SEP}{_DAY}",
        rf"(?<!\d){_YEAR}\s?[年년]\s?(?P<month>\d\d?)\s?[月월]\s?(?P<day>\d\d?)\s?[日일]",
        rf"(?<!\d){_YEAR}\s?(?P<sep>[/.\-])\s?(?P<month>\d\d?)\s?(?P=sep)\s?(?P<day>\d\d?)(?!\d)",
        rf"(?<![\d/.])(?P<day>\d\d?)\s?(?P<sep>[/.\-\\])\s?(?P<month>\d\d?)\s?(?P=sep)\s?{_YEAR}",
    )
)
_STAMP = re.compile(
    r"((?:19|20)\d\d)-(\d\d)-(\d\d)(?:[t ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:z|[+-]\d\d:?\d\d)?)?"
)
# What follows a year of two digits; a clock, a count of readers is none.
_SHORT_END = r"(?=\s*(?:$|[|,()\-\u2010-\u2015]|\d\d?:\d\d))"
_SHORT_YEARS = tuple(
    re.compile(shape + _SHORT_END)
    for shape in (
        rf"{_DAY}{_SEP}{_MONTHS}{_SEP}['’]?(?P<year>\d\d)",
        rf"{_MONTHS}{_SEP}{_DAY}{_SEP}['’](?P<year>\d\d)",
        r"^(?:\D{0,24}\s)?(?P<day>\d\d?)(?P<sep>[/.\-])(?P<month>\d\d?)(?P=sep)(?P<year>\d\d)",
    )
)
_NO_YEAR = re.compile(rf"{_DAY}{_SEP}{_OF}{_MONTHS}|{_MONTHS.replace('month', 'm2')}{_SEP}"
                      rf"{_DAY.replace('day', 'd2')}")  # fmt: skip
_WEEKDAY = re.compile(rf"{_WORD}(?:{clocks.alternation(words.WEEKDAYS)}){_END}")
_ONE_MONTH = re.compile(_MONTH)
_HIJRI_MONTHS = (
    "محرم|المحرم|صفر|ربيع\\s+(?:الاول|الثاني|الاخر)|جماد[يه]\\s+(?:الاول[يه]?|الثاني[ه]?|الاخر[هي]?)|"
    "رجب|شعبان|رمضان|شوال|ذو\\s*القعده|ذي\\s*القعده|ذو\\s*الحجه|ذي\\s*الحجه"
)
_HIJRI = re.compile(
    rf"\d{{0,2}}\s*(?:من\s+)?(?:{_HIJRI_MONTHS})\s*[,،]?\s*(?:1[345]\d\d)?\s*(?:ه{_END})?"
    rf"|(?<!\d)\d\d?[/\-.]\d\d?[/\-.]1[345]\d\d(?!\d)\s*(?:ه{_END})?"
    rf"|(?<!\d)1[345]\d\d[/\-.]\d\d?[/\-.]\d\d?(?!\d)\s*(?:ه{_END})?"
    rf"|(?<!\d)1[345]\d\d\s*ه{_END}"
)
_COMPACT_CLOCK = re.compile(r"^t?(\d\d)(\d\d)(\d\d)?(?=z|[+-]|\s|$)")
_UPDATED = re.compile(r"تحديث|تعديل|updated|modified|edited|actualizado|mis à jour|aktualisiert")
_EPOCH = re.compile(r"(?:/date\()?(1[0-9]{9})(?:[0-9]{3})?(?:\.[0-9]+)?(?:\)/)?")
# Spelling in Persian, a slip in a date.
_JOINERS = {0x200C: None, 0x200D: None}


@dataclass(frozen=True, slots=True)
class Moment:
    """What one string says: an instant, and how much of it was said."""

    # Aware, in UTC.
    at: datetime
    # The day and the clock as written, before any zone.
    day: date
    clock: time | None = None
    zone_stated: bool = False
    utc_stated: bool = False

    @property
    def exact(self) -> bool:
        """Whether an hour was said; a bare midnight is how programs write none."""
        return self.clock is not None and self.clock != time(0)

    @property
    def certain(self) -> bool:
        """Whether nothing else on a page could say it better: hour and true offset are there."""
        return self.exact and self.zone_stated and not self.utc_stated


@dataclass(frozen=True, slots=True)
class _Found:
    day: date
    start: int
    end: int


def parse(text: str, *, timezone: str, now: datetime) -> datetime | None:
    """Return the instant *text* states, aware and in UTC, or None where it states none.

    *timezone* is the site's, for strings that name no zone; *now* is what
    relative times are counted from and what nothing may lie after.

    >>> now = datetime(2025, 6, 20, tzinfo=UTC)
    >>> parse("19 حزيران 2025 - 09:30 م", timezone="Asia/Damascus", now=now)
    datetime.datetime(2025, 6, 19, 18, 30, tzinfo=datetime.timezone.utc)
    """
    moment = read(text, timezone=timezone, now=now)
    return moment.at if moment else None


def read(text: str, *, timezone: str, now: datetime) -> Moment | None:
    """Return what *text* states with what it leaves open; see `parse`."""
    plain = letters(text[:_LONGEST]).translate(_JOINERS).replace("،", ",").strip()
    if stamp := _EPOCH.fullmatch(plain):
        return _epoch(int(stamp[1]), now)
    zone = ZoneInfo(timezone)
    found = _stamped_day(plain)
    if found is None:
        plain = _HIJRI.sub(" ", plain)
        found = _first_day(plain, timezone, now.astimezone(zone).date())
    if found is None:
        return _relative(plain, zone, now)
    rest = plain[found.end :] + " | " + plain[: found.start]
    return _moment(found.day, _clock(rest), zone, now)


def is_of_change(text: str) -> bool:
    """Tell whether *text* says when something was changed, and not when it was published.

    >>> is_of_change("آخر تحديث: 19 حزيران 2025"), is_of_change("19 حزيران 2025 - تحديث 20 حزيران 2025")
    (True, False)
    """
    plain = letters(text[:_LONGEST]).replace("،", ",")
    return _UPDATED.search(plain) is not None and len(list(_days(plain, "UTC", None))) < 2


def holds_day(text: str) -> bool:
    """Tell whether a full date stands in *text*.

    >>> holds_day("دمشق في 12 حزيران 2025"), holds_day("القرار 2254 لعام 2015")
    (True, False)
    """
    plain = letters(text[:_LONGEST]).replace("،", ",")
    return any(character.isdecimal() for character in plain) and any(
        _day(found, "UTC", None) for shape in _SHAPES for found in shape.finditer(plain)
    )


def _epoch(seconds: int, now: datetime) -> Moment | None:
    at = datetime.fromtimestamp(seconds, UTC)
    if at > now + _SKEW or at.year < _EARLIEST:
        return None
    return Moment(at, at.date(), at.time(), zone_stated=True)


def _clock(rest: str) -> clocks.Clock | None:
    compact = _COMPACT_CLOCK.match(rest)
    if compact:
        hours, minutes, seconds = compact.groups()
        rest = f"{hours}:{minutes}:{seconds or '00'}{rest[compact.end() :]}"
    elif rest.startswith("t"):
        rest = rest[1:]
    return clocks.find(rest)


def _moment(day: date, clock: clocks.Clock | None, zone: ZoneInfo, now: datetime) -> Moment | None:
    if clock is None:
        return _day_only(day, zone, now)
    local = datetime.combine(day, clock.at, tzinfo=clock.zone or zone)
    at = local.astimezone(UTC)
    if at > now + _SKEW and clock.utc:
        # A Z that would make it the future is a template's, not the clock's.
        at = datetime.combine(day, clock.at, tzinfo=zone).astimezone(UTC)
    if at > now + _SKEW:
        return None
    return Moment(at, day, clock.at, clock.zone is not None, clock.utc)


def _day_only(day: date, zone: ZoneInfo, now: datetime) -> Moment | None:
    if day > now.astimezone(zone).date():
        return None
    at = datetime.combine(day, _NOON, tzinfo=zone).astimezone(UTC)
    if at > now:
        # This very day, before noon: all that is known is that it has begun.
        at = datetime.combine(day, time(0), tzinfo=zone).astimezone(UTC)
    return Moment(at, day)


def _stamped_day(text: str) -> _Found | None:
    """Return the day of *text* if it is an ISO stamp and nothing else, as most stated dates are."""
    stamp = _STAMP.fullmatch(text)
    day = _valid(int(stamp[1]), int(stamp[2]), int(stamp[3])) if stamp else None
    return _Found(day, 0, 10) if day else None


def _first_day(text: str, timezone: str, today: date) -> _Found | None:
    """Return the day *text* is about: the first, unless it is the day of an update."""
    weekdays = {words.WEEKDAYS[" ".join(m.group().split())] for m in _WEEKDAY.finditer(text)}
    weekday = next(iter(weekdays)) if len(weekdays) == 1 else None
    found = sorted(_days(text, timezone, weekday), key=lambda one: one.start)
    if not found:
        return _without_century(text, weekday, today)
    for one, before in zip(found, [0, *(f.end for f in found)], strict=False):
        if not _UPDATED.search(text[before : one.start]):
            return one
    return found[0]


def _days(text: str, timezone: str, weekday: int | None) -> Iterator[_Found]:
    taken: list[tuple[int, int]] = []
    for shape in _SHAPES:
        for match in shape.finditer(text):
            if any(start < match.end() and match.start() < end for start, end in taken):
                continue
            taken.append(match.span())
            day = _day(match, timezone, weekday)
            if day is not None and (weekday is None or day.weekday() == weekday):
                yield _Found(day, match.start(), match.end())


def _day(match: re.Match[str], timezone: str, weekday: int | None) -> date | None:
    year, day, stated = int(match["year"]), int(match["day"]), match["month"]
    month = int(stated) if stated.isdecimal() else _named_month(stated)
    if month is None:
        return None
    first, second = _valid(year, month, day), None
    if stated.isdecimal() and match.start("day") < match.start("month"):
        second = _valid(year, day, month)
    if _month_first(timezone) and second:
        first, second = second, first
    if first and second and weekday is not None and first.weekday() != weekday:
        return second
    return first or second


def _month_first(timezone: str) -> bool:
    """Tell whether 6/5 is read as June 5 where *timezone* is."""
    return timezone in {
        f"America/{city}" for city in ("New_York", "Chicago", "Denver", "Los_Angeles", "Detroit")
    }


def _named_month(stated: str) -> int | None:
    """Return the month all names in *stated* agree on."""
    numbers = {words.MONTHS[" ".join(m.group().split())] for m in _ONE_MONTH.finditer(stated)}
    return numbers.pop() if len(numbers) == 1 else None


def _valid(year: int, month: int, day: int) -> date | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if found.year >= _EARLIEST else None


def _without_century(text: str, weekday: int | None, today: date) -> _Found | None:
    short = next((found for shape in _SHORT_YEARS if (found := shape.search(text))), None)
    if short:
        stated = short["month"]
        month = int(stated) if stated.isdecimal() else _named_month(stated)
        day = _valid(2000 + int(short["year"]), month, int(short["day"])) if month else None
        if day and day <= today and (weekday is None or day.weekday() == weekday):
            return _Found(day, short.start("day"), short.end())
        return None
    bare = _NO_YEAR.search(text)
    # Without a year only a weekday can tell this year's day from last year's.
    if bare is None or weekday is None or re.search(r"(?<!\d)\d{4}(?!\d)", text):
        return None
    month = _named_month(bare["month"] or bare["m2"])
    if month is None:
        return None
    for year in (today.year, today.year - 1):
        day = _valid(year, month, int(bare["day"] or bare["d2"]))
        if day and day <= today:
            fits = day.weekday() == weekday
            return _Found(day, bare.start(), bare.end()) if fits else None
    return None


def _relative(text: str, zone: ZoneInfo, now: datetime) -> Moment | None:
    if (span := ago.span(text)) is not None:
        at = (now - span).astimezone(UTC).replace(second=0, microsecond=0)
        local = at.astimezone(zone)
        if span < timedelta(days=1):
            return Moment(at, local.date(), local.time(), zone_stated=True)
        return _day_only(local.date(), zone, now)
    days = ago.named_day(text)
    if days is None:
        return None
    day = now.astimezone(zone).date() - timedelta(days=days)
    weekdays = [words.WEEKDAYS[m.group()] for m in _WEEKDAY.finditer(text)]
    if weekdays and weekdays != [day.weekday()]:
        return None
    return _moment(day, clocks.find(text), zone, now)
