"""How much watches find over time: by day, site and copy, and where it surged.

The day of what was found is that of the article, as in `Selection`, in the reader's zone: a
watch that was added yesterday has a past. An article counts once for a watch, whatever
its versions.
"""

from collections.abc import Iterator, Sequence
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, String, case, func, select
from sqlalchemy.orm import Session

from storage import search
from storage.counts import COPIES
from storage.models import Alert, Article, Match, Watch
from storage.queries import shown, time_of

DAY = timedelta(days=1)


class Tally(NamedTuple):
    """So many articles of a site and day a watch found; *copies* are counted apart from them."""

    watch: str
    day: date
    site: str
    articles: int
    copies: int


class Surge(NamedTuple):
    """A watch found far more than usual; *number* in an hour, where *usual* is."""

    watch: str
    at: datetime
    number: int
    usual: float


def tallies(
    db: Session, first: date, last: date, zone: tzinfo, *, watch: str | None = None
) -> list[Tally]:
    """Return what was found from *first* to *last*, both counted, in order of day."""
    found: dict[tuple[str, date, str], list[int]] = {}
    for begin, end, shift in _stretches(first, last, zone):
        until = datetime.combine(end + DAY, time(), zone)
        since = datetime.combine(begin, time(), zone)
        day, copied = _day(db, shift), case((Article.relation.in_(COPIES), 1), else_=0)
        asked = (
            select(Watch.name, day, Article.site_key, copied, func.count(Article.id.distinct()))
            .join_from(Match, Article, Article.id == Match.article_id)
            .join(Watch, Watch.id == Match.watch_id)
            .where(Article.id.in_(search.placed(since, until)))
            .where(time_of() >= since, time_of() < until, shown())
            .group_by(Watch.name, day, Article.site_key, copied)
        )
        if watch is not None:
            asked = asked.where(Watch.name == watch)
        for name, said, site, is_copy, number in db.execute(asked):
            # On a day with an hour more than others that hour is still of the day.
            when = min(max(date.fromisoformat(said), begin), end)
            found.setdefault((name, when, site), [0, 0])[is_copy] += number
    rows = [Tally(*key, *numbers) for key, numbers in found.items()]
    return sorted(rows, key=lambda row: (row.day, row.watch, row.site))


def surges(db: Session, since: datetime, *, watch: str | None = None) -> list[Surge]:
    """Return the surges told of since *since*, the oldest first."""
    asked = (
        select(Watch.name, Alert.created_at, Alert.facts)
        .join(Watch, Watch.id == Alert.watch_id)
        .where(Alert.kind == "surge", Alert.created_at >= since)
        .order_by(Alert.id)
    )
    if watch is not None:
        asked = asked.where(Watch.name == watch)
    return [
        Surge(name, at, int((facts or {}).get("count", 0)), float((facts or {}).get("usual", 0)))
        for name, at, facts in db.execute(asked)
    ]


class Latest(NamedTuple):
    """The article a watch found last, the time of that article, and when it was found."""

    article_id: int
    at: datetime
    matched_at: datetime


def latest(db: Session) -> dict[str, Latest]:
    """Return of each watch what it found last; of the newest text, whenever it was looked at."""
    # By version, as the index of matches has them: the last one is found without reading the rest.
    newest = (
        select(Match.id)
        .where(Match.watch_id == Watch.id)
        .order_by(Match.version_id.desc())
        .limit(1)
        .correlate(Watch)
        .scalar_subquery()
    )
    asked = (
        select(Watch.name, Article.id, time_of(), Match.matched_at)
        .join(Match, Match.id == newest)
        .join(Article, Article.id == Match.article_id)
    )
    return {name: Latest(number, at, found) for name, number, at, found in db.execute(asked)}


def last_match(db: Session) -> int:
    """Return the number of the newest match: whoever kept a count knows whether it still holds."""
    return db.execute(select(func.max(Match.id))).scalar_one() or 0


def _stretches(first: date, last: date, zone: tzinfo) -> Iterator[tuple[date, date, timedelta]]:
    """Yield the days from *first* to *last* in runs on which the clock is the same time off UTC.

    >>> from zoneinfo import ZoneInfo
    >>> [str(shift) for *_, shift in _stretches(date(2021, 3, 1), date(2021, 4, 1), ZoneInfo("Asia/Damascus"))]
    ['2:00:00', '3:00:00']
    """
    begin = first
    shift = _shift(first, zone)
    for number in range(1, (last - first).days + 2):
        day = first + number * DAY
        if day > last or _shift(day, zone) != shift:
            yield begin, day - DAY, shift
            begin, shift = day, _shift(day, zone)


def _shift(day: date, zone: tzinfo) -> timedelta:
    return datetime.combine(day, time(), zone).utcoffset() or timedelta()


def _day(db: Session, shift: timedelta) -> ColumnElement[Any]:
    """The article's day on a clock that is *shift* before UTC."""
    seconds = int(shift.total_seconds())
    if db.get_bind().dialect.name == "sqlite":
        return func.date(time_of(), f"{seconds:+d} seconds", type_=String)
    moved = func.timezone("UTC", time_of()) + timedelta(seconds=seconds)
    return func.to_char(moved, "YYYY-MM-DD", type_=String)


def days(first: date, last: date) -> Sequence[date]:
    """Return all days from *first* to *last*.

    >>> [day.day for day in days(date(2026, 2, 27), date(2026, 3, 1))]
    [27, 28, 1]
    """
    return [first + number * DAY for number in range((last - first).days + 1)]
