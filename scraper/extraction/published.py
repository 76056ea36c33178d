"""When an article was published: candidates, and how contradictions are settled.

Structured dates beat displayed ones, displayed ones beat the address, with
these exceptions, each met on real pages:

- A day without an hour gives way to a later candidate that gives the hour of
  the same day.
- A bare Z beside a displayed time with the same clock is a template's: the
  clock is read in the site's zone.
- A date found by looking around the headline gives way to the day in the
  address: sites print the day of the visit there.
- A stated date after the stated day of change is believed only where nothing
  else is stated.
- A displayed date that is said to be of an update is believed only where no
  other one is displayed.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit
from zoneinfo import ZoneInfo

from scraper.extraction import dates, json_ld, nearby
from scraper.extraction.dates import Moment
from scraper.extraction.page import Page, text_of
from scraper.extraction.themes import Rule

_OG = (
    "article:published_time",
    "og:article:published_time",
    "article:published",
    "og:published_time",
)
_META = (
    "datepublished", "parsely-pub-date", "sailthru.date", "cxenseparse:recs:publishtime",
    "cxenseparse:publishtime", "article.published", "article:post_date", "publish-date", "publishdate",
    "publish_date", "published_date", "publication_date", "publicationdate", "published_time",
    "published-date", "pub_date", "pubdate", "ptime", "rnews:datepublished", "dc.date.issued", "dcterms.issued",
    "dc.date.created", "dcterms.created", "dc.date", "dcterms.date", "dc.created", "article_date_original",
    "originalpublicationdate", "displaydate", "og:pubdate", "date.created", "article:create_at", "date",
    "datecreated",
)  # fmt: skip
_MODIFIED_META = (
    "article:modified_time", "og:updated_time", "datemodified", "lastmod", "last-modified", "dcterms.modified",
    "dc.date.modified", "article.updated",
)  # fmt: skip
_ADDRESS_DAY = (
    re.compile(r"(?:^|[/\-_.])(20[0-3]\d|199\d)[/\-_.](0?[1-9]|1[0-2])[/\-_.](0?[1-9]|[12]\d|3[01])(?=[/\-_.]|$)"),
    re.compile(r"/(20[0-3]\d)/[a-z][\w-]*/(0?[1-9]|1[0-2])/(0?[1-9]|[12]\d|3[01])/"),
    re.compile(r"/(20[0-3]\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?=[/\-_.]|$)"),
    re.compile(r"/(20[0-3]\d)/(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])/"),
)  # fmt: skip
_DIGITS = tuple(
    {ord(str(n)): chr(zero + n) for n in range(10)} for zero in (ord("0"), 0x660, 0x6F0)
)
_CHANGE = re.compile(r"updated|modified|(?:^|[\s_-])changed")
_STRUCTURED = frozenset(("json-ld", "microdata", "og", "meta"))


@dataclass(frozen=True, slots=True)
class Dated:
    """One candidate: where it stood, the string, and what it says."""

    source: str
    raw: str
    moment: Moment

    @property
    def is_stated(self) -> bool:
        """Whether the page's metadata states it, and not its text."""
        return self.source in _STRUCTURED

    @property
    def is_of_change(self) -> bool:
        """Whether it was displayed as the day of an update: "آخر تحديث: 19 حزيران 2025"."""
        return not self.is_stated and dates.is_of_change(self.raw)


@dataclass(frozen=True, slots=True)
class Context:
    """What reading a date needs besides the string."""

    timezone: str
    now: datetime

    def read(self, raw: str) -> Moment | None:
        """Return what *raw* says here and now."""
        return _read(raw, self.timezone, self.now)


# A page states one date in many places.
@lru_cache(maxsize=32)
def _read(raw: str, timezone: str, now: datetime) -> Moment | None:
    return dates.read(raw, timezone=timezone, now=now)


def candidates(page: Page, rules: list[Rule], context: Context) -> list[Dated]:
    """Return every readable publication date of *page*, best source first."""
    return [*_stated(page, rules, context), *_seen(page, context)]


def read(page: Page, rules: list[Rule], context: Context, changed: Moment | None) -> Dated | None:
    """Return the publication date of *page*, or None where it states none.

    *changed* is when the page says it was last changed; see `modified`.
    """
    if (page.meta("generator") or "").startswith("MediaWiki"):
        # The record's date is the page's first day, not that of the text now on it.
        return None
    stated = _stated(page, rules, context)
    first = next(stated, None)
    found: list[Dated] = []
    if first and not _late(first, changed):
        if _is_certain(page, first.moment):
            return first
        found = [first, *stated]
        settled = settle(found, changed, context)
        # What is displayed could only add an hour, or say that a bare Z is none.
        sure = settled.moment.exact and not settled.moment.utc_stated
        if sure and not settled.is_of_change:
            return settled
    found = found or [*([first] if first else ()), *stated]
    found += _seen(page, context)
    return settle(found, changed, context) if found else None


def settle(found: list[Dated], changed: Moment | None, context: Context) -> Dated:
    """Return the one of *found* to believe, put right where another shows how."""
    chosen = _believed(found, changed)
    if not chosen.moment.exact:
        zone = ZoneInfo(context.timezone)
        chosen = next((one for one in found if _gives_hour(one, chosen, zone)), chosen)
    if chosen.moment.utc_stated and any(_same_clock(one, chosen) for one in found):
        chosen = _in_zone(chosen, context)
    return chosen


def modified(page: Page, context: Context) -> Moment | None:
    """Return when *page* says it was last changed."""
    stated = [
        *json_ld.strings(page.article.get("dateModified")),
        *(value for name in _MODIFIED_META for value in page.metas.get(name, ())),
        *(_value(element) for element in page.microdata.get("dateModified", ())[:1]),
    ]
    return next((m for raw in stated if (m := context.read(raw))), None)


def address_day(url: str) -> date | None:
    """Return the day the address of an article carries.

    >>> address_day("http://arabic.cnn.com/2013/middle_east/8/3/syria.clashes/index.html")
    datetime.date(2013, 8, 3)
    """
    try:
        path = unquote(urlsplit(url).path)
    except ValueError:
        return None
    for shape in _ADDRESS_DAY:
        if found := shape.search(path):
            try:
                return date(*map(int, found.groups()))
            except ValueError:
                continue
    return None


def _stated(page: Page, rules: list[Rule], context: Context) -> Iterator[Dated]:
    for source, raw in _strings(page, rules):
        if moment := context.read(raw):
            yield Dated(source, raw, moment)


def _seen(page: Page, context: Context) -> list[Dated]:
    """Return what is displayed near the headline, and the day in the address."""
    day = address_day(page.url)
    seen = [("generic", raw) for raw in nearby.strings(page)]
    if day is not None:
        seen.append(("url", day.isoformat()))
    return [Dated(source, raw, m) for source, raw in seen if (m := context.read(raw))]


def _strings(page: Page, rules: list[Rule]) -> Iterator[tuple[str, str]]:
    for name in ("datePublished", "dateCreated", "uploadDate"):
        for raw in json_ld.strings(page.article.get(name))[:2]:
            yield "json-ld", raw
    for name in ("datePublished", "dateCreated"):
        for element in page.microdata.get(name, ())[:2]:
            yield "microdata", _value(element)
    for source, names in (("og", _OG), ("meta", _META)):
        for name in names:
            for raw in page.metas.get(name, ())[:2]:
                yield source, raw
    for rule in rules:
        if "::" in rule.css:
            said = page.values(rule.css)[:2]
        else:
            found = sorted(page.select(rule.css)[:4], key=_names_change)[:2]
            said = [*map(_value, found), *map(text_of, found)]
        yield from ((rule.source, raw) for raw in said if raw)


def _names_change(element: Any) -> bool:
    """Tell whether the class of *element* speaks of a change and not of publication."""
    names = element.get("class") or ""
    return _CHANGE.search(names) is not None and "publish" not in names


def _value(element: Any) -> str:
    return str(
        element.get("datetime")
        or element.get("content")
        or element.get("title")
        or text_of(element)
    )


def _believed(found: list[Dated], changed: Moment | None) -> Dated:
    first = next((one for one in found if not one.is_of_change), found[0])
    address = next((one for one in found if one.source == "url"), None)
    if first.source == "generic" and address and not _near(first, address):
        return address
    if changed and _late(first, changed):
        # It says it was published after it was last changed: ask the others.
        others = [
            one
            for one in found
            if one is not first and not _near(one, first) and one.source != "generic"
        ]
        agreed = [one for one in others if one.moment.at <= changed.at + timedelta(days=1)]
        return agreed[0] if agreed else first
    return first


def _is_certain(page: Page, moment: Moment) -> bool:
    """Tell whether nothing else on *page* could say it better.

    A bare Z is doubted only where the page shows the same clock without one.
    """
    if not moment.utc_stated or not moment.exact or moment.clock is None:
        return moment.certain
    return not _stands_alone(moment.clock, page.source)


def _stands_alone(clock: time, source: bytes) -> bool:
    """Tell whether *clock* is in *source* otherwise than inside a stamp or a longer number."""
    hours = {str(clock.hour), str(clock.hour % 12 or 12)}
    for digits in _DIGITS:
        minutes = f":{clock.minute:02}".translate(digits).encode()
        # To look for one byte is quick: most pages have no letter of the Arabic block.
        if minutes[1:2] not in source:
            continue
        forms = [hour.translate(digits).encode() for hour in hours]
        start = source.find(minutes)
        while start >= 0:
            before = source[max(0, start - 6) : start]
            for hour in forms:
                if before.endswith(hour) and not _goes_on(before.removesuffix(hour)):
                    return True
            start = source.find(minutes, start + 1)
    return False


def _goes_on(before: bytes) -> bool:
    """Tell whether an hour after *before* is the middle of something longer."""
    last = before.removesuffix(b"0")[-1:]
    return last != b"" and last in b"T123456789"


def _late(one: Dated, changed: Moment | None) -> bool:
    """Tell whether *one* is a stated date after the stated day of change."""
    if not one.is_stated or changed is None:
        return False
    return one.moment.at > changed.at + timedelta(days=1)


def _near(one: Dated, other: Dated) -> bool:
    return abs((one.moment.day - other.moment.day).days) <= 1


def _gives_hour(one: Dated, day: Dated, zone: ZoneInfo) -> bool:
    """Tell whether *one* is a moment of *day*; a day displayed is one of the site's zone.

    Between midnight there and midnight in UTC the day a stated moment is
    written with is another one.
    """
    days = {one.moment.day, one.moment.at.astimezone(zone).date()}
    return one.moment.exact and day.moment.day in days


def _same_clock(shown: Dated, stated: Dated) -> bool:
    """Tell whether *shown*, which names no zone, reads like *stated* does with its Z."""
    if shown.is_stated or shown.moment.zone_stated or not stated.moment.exact:
        return False
    one, other = shown.moment, stated.moment
    if one.clock is None or other.clock is None or one.day != other.day:
        return False
    return (one.clock.hour, one.clock.minute) == (other.clock.hour, other.clock.minute)


def _in_zone(chosen: Dated, context: Context) -> Dated:
    moment = chosen.moment
    assert moment.clock is not None
    local = datetime.combine(moment.day, moment.clock, tzinfo=ZoneInfo(context.timezone))
    put_right = replace(moment, at=local.astimezone(UTC), zone_stated=False, utc_stated=False)
    return Dated(f"{chosen.source}, displayed zone", chosen.raw, put_right)
