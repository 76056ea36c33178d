"""Watches: all of them with their rhythm; one with what it found, its cases and its history."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from scheduler import cases, listfile, lookback
from scheduler.cases import Result
from scheduler.desk.cards import HEADLINE, marked, of_field
from scheduler.desk.chores import Chore
from scheduler.desk.guard import actor
from scheduler.desk.locale import Locale
from scheduler.desk.page import Desk, desk_of, form, locale_of, page, query_string, see_other
from scheduler.desk.plots import Bar
from scheduler.desk.standing import Standing, as_watch, period, standings
from scheduler.query import parse, print_query
from scheduler.quoting import Piece
from scheduler.watchlists import Watch, find, removed
from storage import deeds, models, mutes, queries, trends, watches
from storage.database import reading, session
from storage.desk_tables import Deed
from storage.differences import Change, differences
from storage.errors import QueryError, WatchError
from storage.models import Article, Match, Site, Version
from storage.text import words

PAGE = 50
SORTS: Mapping[str, Callable[[Standing], Any]] = {
    # Sorting leaves what is equal in its order.
    "list": lambda _each: 0,
    "name": lambda each: each.name,
    "found": lambda each: -each.found,
    "last": lambda each: -each.last.at.timestamp() if each.last is not None else 0,
    "priority": lambda each: ("high", "normal", "low").index(each.priority),
}
# How long a watch can be told to be silent; empty: until it is unmuted.
SILENCES = ("1h", "4h", "8h", "1d", "3d", "7d", "")
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1)}
# Articles shown on the page of a watch, and cases that are run whenever it is opened.
RECENT, RUN = 12, 40


def room(request: Request) -> Response:
    """All watches, by the order that was asked for."""
    desk, asked, locale = desk_of(request), request.query_params, locale_of(request)
    sort = asked.get("sort", "") if asked.get("sort") in SORTS else "list"
    wanted = asked.get("find", "").strip()[:200]
    with reading(desk.engine) as db:
        found, trouble = standings(db, desk, locale)
    folded = " ".join(words(wanted))
    shown = [each for each in found if folded in " ".join(words(f"{each.name} {each.query}"))]
    shown.sort(key=SORTS[sort])
    shown.sort(key=lambda each: each.state == "gone")
    number = asked.get("page", "1")
    at = max(int(number), 1) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    values = {"find": wanted, "sort": sort if sort != "list" else ""}
    return page(
        request,
        "watches.html",
        watches=shown[(at - 1) * PAGE : at * PAGE],
        more=len(shown) > at * PAGE,
        at=at,
        find=wanted,
        sort=sort,
        sorts=tuple(SORTS),
        values=values,
        trouble=trouble,
    )


@dataclass(frozen=True, slots=True)
class Seen:
    """An article the watch found, and what came of it."""

    article: Article
    match: Match
    site: str
    headline: list[Piece]


def one(request: Request) -> Response:
    """One watch."""
    desk, locale = desk_of(request), locale_of(request)
    name = request.query_params.get("name", "")
    with reading(desk.engine) as db:
        standing = _standing(db, desk, request, name)
        seen = _seen(db, name)
        row_id = db.scalars(select(models.Watch.id).where(models.Watch.name == name)).first()
        history = _history(db, name)
        surges = trends.surges(db, locale.now - timedelta(days=31), watch=name)
    watch = as_watch(standing.name, standing.query, standing.settings)
    chosen = request.query_params.get("test") == "1"
    number = len(watch.should_match) + len(watch.should_not_match) if watch is not None else 0
    return page(
        request,
        "watch.html",
        standing=standing,
        feed=f"/watches/{row_id}.atom" if row_id is not None else None,
        watch=watch,
        normal=_normal(standing.query),
        bars=_bars(desk, request, name, surges),
        seen=seen,
        silences=SILENCES,
        cases_number=number,
        results=_results(desk, watch) if watch is not None and (chosen or number <= RUN) else None,
        history=[(deed, _changes(deed.detail, locale)) for deed in reversed(history[-50:])],
        state=listfile.state(desk.config.watches),
        chore=desk.chores.under_way(name),
    )


def _history(db: Session, name: str) -> list[Deed]:
    """Return what was done to a watch, under the names it had before, too."""
    found: list[Deed] = []
    known: str | None = name
    while known is not None:
        mine = deeds.of(db, "watch", [known]).get(known, [])
        mine = [deed for deed in mine if not found or deed.id < found[0].id]
        # It came by its name with a deed; what was done before under that name was another's.
        came = max((at for at, deed in enumerate(mine) if _name_before(deed)), default=0)
        found = mine[came:] + found
        known = _name_before(mine[came]) if mine else None
    return found


def _name_before(deed: Deed) -> str | None:
    """Return the name a watch had until a deed gave it another."""
    before, after = (deed.detail.get(each) or {} for each in ("before", "after"))
    return before.get("name") if before and before.get("name") != after.get("name") else None


def mute(request: Request) -> Response:
    """Let a watch be silent for a while, or speak again."""
    desk, name, until = desk_of(request), form(request, "name"), form(request, "until")
    now, who = desk.clock(), actor(request).name
    if until not in SILENCES:
        raise HTTPException(400)
    end = now + int(until[:-1]) * _UNITS[until[-1]] if until else None
    with session(desk.engine) as db:
        # One that was written a moment ago may not have its row yet.
        watches.sync(db, listfile.watches(desk.config.watches), now)
        speaks = form(request, "do") == "unmute"
        known = mutes.unmute(db, name) if speaks else mutes.mute(db, name, now, end)
        if not known:
            raise HTTPException(404)
        detail = {"until": end.isoformat()} if end is not None and not speaks else {}
        deeds.note(db, who, "unmute" if speaks else "mute", "watch", name, now, **detail)
    return see_other("/watches/one" + query_string({"name": name}))


def remove(request: Request) -> Response:
    """Take a watch out of the list; what it found stays."""
    desk, name, path = desk_of(request), form(request, "name"), desk_of(request).config.watches
    now, who = desk.clock(), actor(request).name
    before = find(listfile.watches(path), name)
    with session(desk.engine) as db:
        deeds.note(db, who, "remove", "watch", name, now, before=before.model_dump(mode="json"))
        listfile.change(
            path, lambda text: removed(text, name, where=str(path)), since=form(request, "state")
        )
        watches.sync(db, listfile.watches(path), now)
    return see_other("/watches")


def earlier(request: Request) -> Response:
    """List what the watch finds in all that is kept."""
    desk, name = desk_of(request), form(request, "name")
    begin_lookback(desk, find(listfile.watches(desk.config.watches), name))
    return see_other("/watches/one" + query_string({"name": name}))


def begin_lookback(desk: Desk, watch: Watch) -> None:
    """List what *watch* finds in the archive, beside the answer; nobody is told."""

    def work(chore: Chore) -> None:
        listed = listfile.watches(desk.config.watches)
        if watch in listed:
            lookback.list_earlier(
                desk.engine,
                listed,
                watch,
                desk.clock,
                packs=desk.packs(),
                stop=chore.stop,
                advance=chore.advance,
            )

    desk.chores.begin(watch.name, work)


def _standing(db: Session, desk: Desk, request: Request, name: str) -> Standing:
    found, _ = standings(db, desk, locale_of(request))
    known = next((each for each in found if each.name == name), None)
    if known is None:
        raise HTTPException(404)
    return known


def _normal(query: str) -> str:
    """Return a query in normal form; one that cannot be read as it was written."""
    try:
        return print_query(parse(query))
    except QueryError:
        return query


def _bars(desk: Desk, request: Request, name: str, surges: Sequence[trends.Surge]) -> list[Bar]:
    locale = locale_of(request)
    first, last = period(locale)
    found = [each for each in desk.rhythms.of(first, last, locale.zone) if each.watch == name]
    marks = {
        each.at.astimezone(locale.zone).date(): str(
            locale.t("stream.surge", each.number, usual=locale.num(each.usual))
        )
        for each in surges
    }
    own, copies = Counter[date](), Counter[date]()
    for each in found:
        own[each.day] += each.articles
        copies[each.day] += each.copies
    days = trends.days(first, last)
    return [Bar(day, own[day], copies[day], marks.get(day, "")) for day in days]


def _seen(db: Session, name: str) -> list[Seen]:
    watch_id = db.scalars(select(models.Watch.id).where(models.Watch.name == name)).first()
    rows = db.execute(
        select(Match, Article, Version.headline, Site.name)
        .join(Article, Article.id == Match.article_id)
        .join(Version, Version.id == Match.version_id)
        .join(Site, Site.key == Article.site_key)
        .where(Match.watch_id == watch_id, queries.shown())
        .order_by(Match.version_id.desc())
        .limit(RECENT)
    )
    return [
        Seen(article, match, site, marked(headline, of_field(match.spans, "headline"), HEADLINE))
        for match, article, headline, site in rows
    ]


def _results(desk: Desk, watch: Watch) -> list[tuple[Result, list[Piece]]] | str:
    """Return what became of the watch's own cases; why they cannot be run, in words."""
    try:
        ran = [cases.run(case, packs=desk.packs()) for case in cases.of_watches([watch])]
    except WatchError as error:
        return str(error)
    return [
        (each, marked(each.text, [span._asdict() for span in each.spans], HEADLINE)) for each in ran
    ]


def _changes(detail: Mapping[str, Any], locale: Locale) -> list[tuple[str, list[Change]]]:
    """Return which keys of a watch a deed changed, and how, word by word."""
    before, after = detail.get("before") or {}, detail.get("after") or {}
    changed = [key for key in {**before, **after} if before.get(key) != after.get(key)]
    if not before or not after:
        # It came or went as a whole; its query says enough.
        changed = [key for key in changed if key == "query"]
    said = [
        (key, *(_said(key, side.get(key), locale) for side in (before, after))) for key in changed
    ]
    return [(key, list(differences(old, new))) for key, old, new in said]


def _said(key: str, value: Any, locale: Locale) -> str:
    """Return a value of a watch as a person reads it."""
    if key in ("priority", "mode"):
        return locale.name_of(key, str(value or {"priority": "normal", "mode": "inflected"}[key]))
    if isinstance(value, list | tuple):
        parts = [each["text"] if isinstance(each, dict) else str(each) for each in value]
        return " · ".join(parts)
    return "" if value is None else str(value)
