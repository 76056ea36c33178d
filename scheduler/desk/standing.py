"""Where each watch stands: on the list or off it, silent or not, how much it found and when last."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from scheduler import listfile
from scheduler.desk.locale import Locale
from scheduler.desk.page import Desk
from scheduler.watchlists import Watch
from storage import models, mutes, trends
from storage.errors import WatchError

# What a rhythm is shown of.
DAYS = 30

# `muted` until a time, `paused` until somebody unmutes it, `gone` from the list.
State = Literal["", "muted", "paused", "gone"]


@dataclass(frozen=True, slots=True)
class Standing:
    """One watch as the list of them shows it."""

    # Its number in the archive; None before anything was matched with it.
    id: int | None
    name: str
    query: str
    settings: Mapping[str, Any]
    state: State
    until: datetime | None
    # Articles found on each of the last days, copies among them; the last day is today.
    days: Sequence[int]
    copies: int
    # The article found last, and its time.
    last: trends.Latest | None

    @property
    def priority(self) -> str:
        """How urgent it is."""
        return str(self.settings.get("priority", "normal"))

    @property
    def channels(self) -> Sequence[str]:
        """The channels it speaks to; none: all."""
        return list(self.settings.get("channels", ()))

    @property
    def found(self) -> int:
        """How many articles it found in those days."""
        return sum(self.days)


def period(locale: Locale, length: int = DAYS) -> tuple[date, date]:
    """Return the first and the last of so many days up to today, on the reader's clock."""
    today = locale.now.astimezone(locale.zone).date()
    return today - timedelta(days=length - 1), today


def standings(db: Session, desk: Desk, locale: Locale) -> tuple[list[Standing], str | None]:
    """Return all watches, those of the list in its order, then those that are off it.

    Second, what is wrong with the list where it cannot be read: then the watches are those it
    last had.
    """
    rows = {row.name: row for row in db.scalars(select(models.Watch).order_by(models.Watch.name))}
    listed, trouble = _listed(desk, rows)
    first, last = period(locale)
    found: dict[str, Counter[date]] = {}
    copies: Counter[str] = Counter()
    for tally in desk.rhythms.of(first, last, locale.zone):
        found.setdefault(tally.watch, Counter())[tally.day] += tally.articles + tally.copies
        copies[tally.watch] += tally.copies
    latest, days = trends.latest(db), trends.days(first, last)
    off = {name: (row.query, row.settings) for name, row in rows.items() if name not in listed}
    made = []
    nothing: Counter[date] = Counter()
    for name, (query, settings) in {**listed, **off}.items():
        state, until = _state(rows.get(name), locale.now)
        counts = [found.get(name, nothing)[day] for day in days]
        made.append(
            Standing(
                rows[name].id if name in rows else None,
                name,
                query,
                settings,
                state if name in listed else "gone",
                until if name in listed else None,
                counts,
                copies[name],
                latest.get(name),
            )
        )
    return made, trouble


def _listed(
    desk: Desk, rows: Mapping[str, models.Watch]
) -> tuple[dict[str, tuple[str, Mapping[str, Any]]], str | None]:
    """Return query and settings of the watches on the list, and what is wrong with it."""
    try:
        watches = listfile.watches(desk.config.watches)
    except WatchError as error:
        kept = {name: (row.query, row.settings) for name, row in rows.items() if row.active}
        return dict(kept), str(error)
    return {watch.name: (watch.query, watch.settings) for watch in watches}, None


def _state(row: models.Watch | None, now: datetime) -> tuple[State, datetime | None]:
    if row is None or not mutes.is_muted(row, now):
        return "", None
    return ("muted", row.muted_until) if row.muted_until is not None else ("paused", None)


def as_watch(name: str, query: str, settings: Mapping[str, Any]) -> Watch | None:
    """Return the watch as a list would hold it; None for one written for another version of us."""
    try:
        return Watch(name=name, query=query, **settings)
    except ValueError:
        return None
