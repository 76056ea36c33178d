"""How often a query is met over time, for those who count words."""

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy.orm import Session

from scheduler import searching
from scheduler.searching import Search
from storage import counts
from storage.queries import Selection

Period = Literal["day", "month"]


def frequencies(
    db: Session, query: Search, selection: Selection, period: Period
) -> list[dict[str, Any]]:
    """Return `{period, articles, matching, occurrences, share}` for each day or month, none left out.

    *share* is that of the matching articles among all of the period; *occurrences* counts the
    places where the query's terms stand. From the first to the last period with any article.
    """
    totals = counts.articles_per(db, selection, period)
    matching: dict[str, int] = {}
    occurrences: dict[str, int] = {}
    form = "%Y-%m-%d" if period == "day" else "%Y-%m"
    for hit in searching.hits(db, query, selection, order="id"):
        article = hit.row.article
        key = (article.published_at or article.first_seen_at).strftime(form)
        matching[key] = matching.get(key, 0) + 1
        occurrences[key] = occurrences.get(key, 0) + len(hit.spans)
    return [
        {
            period: key,
            "articles": totals.get(key, 0),
            "matching": matching.get(key, 0),
            "occurrences": occurrences.get(key, 0),
            "share": _share(matching.get(key, 0), totals.get(key, 0)),
        }
        for key in _periods(totals, period)
    ]


def _share(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0.0


def _periods(totals: Mapping[str, int], period: Period) -> Iterator[str]:
    if not totals:
        return
    # A month is walked from its first day.
    ending = "" if period == "day" else "-01"
    day, last = (date.fromisoformat(each + ending) for each in (min(totals), max(totals)))
    while day <= last:
        yield day.isoformat() if period == "day" else day.isoformat()[:7]
        day = day + timedelta(days=1) if period == "day" else _next_month(day)


def _next_month(day: date) -> date:
    return (day + timedelta(days=32)).replace(day=1)
