"""The stream: alerts as they come, and what the desk does with them."""

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any, get_args

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from scheduler.desk.cards import Card, cards
from scheduler.desk.guard import actor
from scheduler.desk.page import (
    Desk,
    back,
    desk_of,
    every,
    form,
    inside,
    is_part,
    locale_of,
    page,
    query_string,
    see_other,
)
from storage import deeds, outbox, people, stream, watches
from storage.database import reading, session
from storage.models import Site
from storage.stream import Chosen

PAGE = 30
# So many new ones are put in at once; beyond it the page is loaded anew.
NEW = 30
PRIORITIES = ("high", "normal", "low")
TIMES = {"today": None, "24h": timedelta(hours=24), "7d": timedelta(days=7)}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the reader chose to see, as the address says it."""

    state: str = "open"
    watch: str = ""
    side: str = ""
    site: str = ""
    priority: str = ""
    time: str = ""

    @classmethod
    def of(cls, request: Request) -> "Filters":
        """Read them from the address; what there is none of is as if not said."""
        asked = request.query_params
        known: dict[str, Any] = {
            "state": get_args(stream.State),
            "priority": PRIORITIES,
            "time": TIMES,
        }
        said = {name: asked.get(name, "")[:200] for name in cls.__dataclass_fields__}
        said = {n: v for n, v in said.items() if v and (n not in known or v in known[n])}
        return cls(**said)

    def values(self) -> dict[str, str]:
        """Return what differs from showing everything."""
        said = {name: getattr(self, name) for name in self.__dataclass_fields__}
        return {n: v for n, v in said.items() if v and (n, v) != ("state", "open")}

    def chosen(self, desk: Desk) -> Chosen:
        """Return which alerts are meant."""
        sites: tuple[str, ...] | None = (self.site,) if self.site else None
        if self.side:
            there = {key for key, site in desk.sites().items() if site.side == self.side}
            sites = tuple(there & set(sites)) if sites is not None else tuple(sorted(there))
        return Chosen(
            state=self.state,  # type: ignore[arg-type] # one of them, see `of`
            watch=self.watch or None,
            sites=sites,
            priority=self.priority or None,
            since=self._since(desk),
        )

    def _since(self, desk: Desk) -> datetime | None:
        if not self.time:
            return None
        now = desk.clock()
        span = TIMES[self.time]
        if span is not None:
            return now - span
        today = now.astimezone(desk.config.zone).date()
        return datetime.combine(today, time.min, desk.config.zone)


def room(request: Request) -> Response:
    """The stream itself, or the next page of it."""
    desk, filters = desk_of(request), Filters.of(request)
    before = _number(request, "before")
    with reading(desk.engine) as db:
        found = stream.page(db, filters.chosen(desk), before=before, limit=PAGE + 1)
        shown = cards(db, desk, found[:PAGE])
        values: dict[str, Any] = {
            "cards": shown,
            "more": found[PAGE - 1].alert.id if len(found) > PAGE else None,
            "last": stream.last(db),
            "filters": filters.values(),
            "state": filters.state,
            "first": before is None,
            "touched": deeds.last(db),
        }
        if is_part(request):
            return page(request, "_cards.html", **values)
        values |= _choices(db, desk) | {"views": people.views(db, actor(request))}
    return page(request, "stream.html", **values)


def new(request: Request) -> Response:
    """The cards of the alerts that came after one, for a page that is open."""
    desk, filters = desk_of(request), Filters.of(request)
    with reading(desk.engine) as db:
        after = _number(request, "after") or 0
        found = stream.page(db, filters.chosen(desk), after=after, limit=NEW)
        shown = cards(db, desk, found)
        return page(request, "_new.html", cards=shown, last=stream.last(db), filters={})


def said(request: Request) -> Response:
    """How many new ones wait, in words."""
    return PlainTextResponse(locale_of(request).t("stream.new", _number(request, "n") or 0))


def card(request: Request) -> Response:
    """One card: on a page of its own, or as a part for a page that is open."""
    shown = _card(desk_of(request), request.path_params["alert_id"])
    template = "_card.html" if is_part(request) else "alert.html"
    return page(request, template, card=shown, filters={})


def handle(request: Request) -> Response:
    """Do something to one alert."""
    desk, alert_id = desk_of(request), request.path_params["alert_id"]
    with session(desk.engine) as db:
        if not outbox.entries(db, [alert_id]):
            raise HTTPException(404)
        deed, text = form(request, "deed"), form(request, "text")
        deeds.handle(db, actor(request).name, deed, [alert_id], desk.clock(), text)
    if is_part(request):
        return page(request, "_card.html", card=_card(desk, alert_id), filters={})
    return back(request, f"/alerts/{alert_id}")


def handle_many(request: Request) -> Response:
    """Do something to all alerts that were ticked."""
    desk = desk_of(request)
    ids = [int(value) for value in every(request, "alert") if _is_number(value)]
    with session(desk.engine) as db:
        deed, text = form(request, "deed"), form(request, "text")
        deeds.handle(db, actor(request).name, deed, ids[:500], desk.clock(), text)
    return back(request, "/")


def keep_view(request: Request) -> Response:
    """Keep the filters of the page under a name."""
    desk = desk_of(request)
    place = inside(form(request, "back"), "/")
    with session(desk.engine) as db:
        people.keep_view(db, actor(request), form(request, "name"), place.partition("?")[2])
    return see_other(place)


def drop_view(request: Request) -> Response:
    """Forget a view."""
    desk = desk_of(request)
    with session(desk.engine) as db:
        people.drop_view(db, actor(request), request.path_params["view_id"])
    return back(request, "/")


def _card(desk: Desk, alert_id: int) -> Card:
    with reading(desk.engine) as db:
        shown = cards(db, desk, outbox.entries(db, [alert_id]))
    if not shown:
        raise HTTPException(404)
    return shown[0]


def _choices(db: Session, desk: Desk) -> dict[str, Any]:
    """Return what can be chosen among."""
    sites = db.execute(select(Site.key, Site.name).order_by(Site.name)).all()
    sides = {site.side for site in desk.sites().values() if site.side}
    return {
        "watch_names": watches.names(db),
        "site_names": [(key, name) for key, name in sites],
        "sides": sorted(sides),
        "states": get_args(stream.State),
        "priorities": PRIORITIES,
        "times": tuple(TIMES),
        "link": query_string,
    }


def _number(request: Request, name: str) -> int | None:
    said = request.query_params.get(name, "")
    return int(said) if _is_number(said) else None


def _is_number(said: str) -> bool:
    return said.isascii() and said.isdigit() and len(said) < 19
