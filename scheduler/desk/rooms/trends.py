"""Trends: how much was found by watch and day, by site and side, with surges; as numbers too."""

import csv
import io
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response

from scheduler import moments
from scheduler.desk.locale import Locale
from scheduler.desk.page import Desk, desk_of, locale_of, page
from scheduler.desk.plots import Bar
from scheduler.desk.standing import DAYS, period
from storage import trends, watches
from storage.database import reading
from storage.errors import InputError
from storage.models import Site
from storage.trends import Surge, Tally

LENGTHS = (7, DAYS, 90, 365)
# A picture of more says nothing, and counting it takes its time.
LONGEST = 3 * 366
# Rows of a table on the page; the file has all of them.
ROWS = 60


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked at, as the address says it."""

    watch: str
    site: str
    side: str
    first: date
    last: date
    length: int

    @classmethod
    def of(cls, request: Request) -> "Asked":
        """Read it from the address; InputError for a day that is none."""
        asked, locale = request.query_params, locale_of(request)
        said = {name: asked.get(name, "").strip()[:200] for name in ("watch", "site", "side")}
        length = asked.get("days", "")
        days = next((each for each in LENGTHS if str(each) == length), 0)
        first, last = period(locale, days or DAYS)
        since, until = asked.get("since", "").strip(), asked.get("until", "").strip()
        if not days and (since or until):
            last = min(_day(until, locale), last) if until else last
            first = _day(since, locale) if since else last - timedelta(days=DAYS - 1)
        elif not days:
            days = DAYS
        first = max(min(first, last), last - timedelta(days=LONGEST))
        return cls(**said, first=first, last=last, length=days)

    def values(self) -> dict[str, str]:
        """Return it for an address."""
        said = {name: getattr(self, name) for name in ("watch", "site", "side")}
        if self.length:
            return said | {"days": "" if self.length == DAYS else str(self.length)}
        return said | {"since": self.first.isoformat(), "until": self.last.isoformat()}


@dataclass(slots=True)
class Sum:
    """So many articles, and copies apart; by day, too."""

    articles: int = 0
    copies: int = 0
    days: Counter[date] = field(default_factory=Counter)

    @property
    def whole(self) -> int:
        """Both together."""
        return self.articles + self.copies


def room(request: Request) -> Response:
    """The picture, and the sums by watch, site, side and day."""
    desk, locale, asked = desk_of(request), locale_of(request), Asked.of(request)
    tallies = _chosen(desk, locale, asked)
    with reading(desk.engine) as db:
        begin = datetime.combine(asked.first, time(), locale.zone)
        surges = [
            each
            for each in trends.surges(db, begin, watch=asked.watch or None)
            if each.at.astimezone(locale.zone).date() <= asked.last
        ]
        names = {row[0]: row[1] for row in db.execute(select(Site.key, Site.name))}
        watch_names = watches.names(db)
    days = trends.days(asked.first, asked.last)
    by_day = _sums(tallies, lambda each: each.day)
    marks = _marks(locale, surges)
    sides = _sums(tallies, lambda each: desk.side(each.site))
    return page(
        request,
        "trends.html",
        asked=asked,
        values=asked.values(),
        lengths=LENGTHS,
        days=days,
        bars=[_bar(day, by_day.get(day, Sum()), marks) for day in days],
        whole=_sums(tallies, lambda _each: "").get("", Sum()),
        by_watch=_ordered(_sums(tallies, lambda each: each.watch)),
        by_site=_ordered(_sums(tallies, lambda each: each.site)),
        by_side=_ordered(sides),
        # The newest first; a day on which nothing was found is no row.
        by_day=[(day, by_day[day]) for day in reversed(days) if day in by_day][:ROWS],
        surges=surges[-ROWS:],
        names=names,
        watch_names=watch_names,
        sides=sorted({site.side for site in desk.sites().values() if site.side}),
    )


def export(request: Request) -> Response:
    """The numbers behind it, a line for each watch, day and site."""
    desk, locale, asked = desk_of(request), locale_of(request), Asked.of(request)
    out = io.StringIO()
    # A mark at the beginning: without it spreadsheets read Arabic as something else.
    out.write("\N{ZERO WIDTH NO-BREAK SPACE}")
    lines = csv.writer(out)
    lines.writerow(("watch", "day", "site", "side", "articles", "copies"))
    lines.writerows(_cells(desk, _chosen(desk, locale, asked)))
    disposition = {"Content-Disposition": 'attachment; filename="rasid-trends.csv"'}
    return Response(out.getvalue(), media_type="text/csv; charset=utf-8", headers=disposition)


def _cells(desk: Desk, tallies: Sequence[Tally]) -> Iterator[tuple[Any, ...]]:
    for each in tallies:
        side = desk.side(each.site)
        yield each.watch, each.day.isoformat(), each.site, side, each.articles, each.copies


def _chosen(desk: Desk, locale: Locale, asked: Asked) -> list[Tally]:
    return [
        each
        for each in desk.rhythms.of(asked.first, asked.last, locale.zone)
        if asked.watch in ("", each.watch)
        and asked.site in ("", each.site)
        and (not asked.side or desk.side(each.site) == asked.side)
    ]


def _sums(tallies: Sequence[Tally], key: Any) -> dict[Any, Sum]:
    sums: defaultdict[Any, Sum] = defaultdict(Sum)
    for each in tallies:
        found = sums[key(each)]
        found.articles += each.articles
        found.copies += each.copies
        found.days[each.day] += each.articles + each.copies
    return dict(sums)


def _ordered(sums: Mapping[str, Sum]) -> list[tuple[str, Sum]]:
    return sorted(sums.items(), key=lambda each: (-each[1].whole, each[0]))


def _bar(day: date, found: Sum, marks: Mapping[date, str]) -> Bar:
    return Bar(day, found.articles, found.copies, marks.get(day, ""))


def _marks(locale: Locale, surges: Sequence[Surge]) -> dict[date, str]:
    """Return what to say of the days on which a watch found far more than usual."""
    marks: dict[date, str] = {}
    for each in surges:
        day = each.at.astimezone(locale.zone).date()
        said = (
            f"{each.watch}: {locale.t('stream.surge', each.number, usual=locale.num(each.usual))}"
        )
        marks[day] = f"{marks[day]} · {said}" if day in marks else said
    return marks


def _day(said: str, locale: Locale) -> date:
    try:
        return date.fromisoformat(said)
    except ValueError:
        # So many days ago, or words that say what could be written instead.
        begin = moments.beginning(said, zone=locale.zone, now=locale.now, option="")
        if not (locale.now - timedelta(days=36_500) < begin <= locale.now):
            raise InputError(f"{said!r}: not within the last hundred years") from None
        return begin.astimezone(locale.zone).date()
