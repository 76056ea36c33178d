"""Sites: the catalogue with its state in words; on, off, how often; what works of one."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from scheduler.desk.guard import actor
from scheduler.desk.page import Desk, Mistake, desk_of, form, is_part, page, see_other
from scraper import catalogue
from storage import deeds, ledger, sites
from storage.database import reading, session
from storage.models import Site

PAGE = 100
STATES = ("ok", "quiet", "degraded", "refused", "failing", "dead", "new", "off")
# Those a person should look at first, then those that are off.
_ORDER = {state: at for at, state in enumerate(("dead", "failing", "refused", "degraded", "quiet", "new", "ok", "off"))}  # fmt: skip
MONTH = timedelta(days=30)
# What one of a site's intervals may be set to, in minutes.
SHORTEST = sites.SHORTEST_INTERVAL // timedelta(minutes=1)
LONGEST = sites.LONGEST_INTERVAL // timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class Known:
    """A site of the catalogue, and what the archive has of it."""

    listed: catalogue.Site
    row: Site | None
    # Turned on or off by hand; None where the file decides.
    by_hand: bool | None

    @property
    def enabled(self) -> bool:
        """Whether it is to be crawled."""
        return self.listed.enabled if self.by_hand is None else self.by_hand

    @property
    def state(self) -> str:
        """How it is, in one word."""
        if not self.enabled:
            return "off"
        return self.row.state if self.row is not None else "new"

    @property
    def reason(self) -> str | None:
        """Why it is so."""
        return self.row.state_reason if self.row is not None and self.enabled else None

    @property
    def minutes(self) -> int:
        """How often it is asked, as adapted."""
        if self.row is None or self.row.stated_seconds is None:
            return self.listed.interval_minutes
        return self.row.interval_seconds // 60


def room(request: Request) -> Response:
    """The catalogue, those in trouble first; `q`, `state` and `side` choose among it."""
    desk, asked = desk_of(request), request.query_params
    chosen = {name: asked.get(name, "")[:100] for name in ("q", "state", "side")}
    number = asked.get("page", "1")
    at = max(int(number), 1) if number.isascii() and number.isdigit() and len(number) < 6 else 1
    with reading(desk.engine) as db:
        known = everything(db, desk)
    found = [each for each in known.values() if _is_meant(each, chosen)]
    found.sort(key=lambda each: (_ORDER.get(each.state, 0), each.listed.key))
    return page(
        request,
        "sites.html",
        shown=found[(at - 1) * PAGE : at * PAGE],
        count=len(found),
        chosen={name: value for name, value in chosen.items() if value},
        at=at,
        more=len(found) > at * PAGE,
        states=STATES,
        sides=sorted({site.listed.side for site in known.values() if site.listed.side}),
        only=desk.config.crawl.only,
    )


def one(request: Request) -> Response:
    """One site: its routes and what it was in the last month, and its last check."""
    desk = desk_of(request)
    with reading(desk.engine) as db:
        site = _known(db, desk, request.path_params["key"])
        key = site.listed.key
        ways = ledger.route_states(db, key).get(key, [])
        before = sites.conditions(db, since=desk.clock() - MONTH, key=key).get(key, [])
        done = deeds.of(db, "site", [key]).get(key, [])
    return page(
        request,
        "site.html",
        site=site,
        ways={(way["type"], way["url"]): way for way in ways},
        conditions=before,
        deeds=done[-20:],
        check=desk.checks.of(key),
        shortest=SHORTEST,
        longest=LONGEST,
        only=desk.config.crawl.only,
    )


def change(request: Request) -> Response:
    """Turn a site on or off, or say how often it is asked from now on."""
    desk, now = desk_of(request), desk_of(request).clock()
    deed = form(request, "deed")
    with session(desk.engine) as db:
        site = _known(db, desk, request.path_params["key"]).listed
        detail: dict[str, Any] = {}
        if deed in ("enable", "disable"):
            sites.turn(db, site, enabled=deed == "enable", now=now)
        elif deed == "interval":
            detail = {"minutes": _minutes(form(request, "minutes"))}
            sites.pace(db, site, timedelta(**detail), now=now)
        else:
            raise HTTPException(400)
        deeds.note(db, actor(request).name, deed, "site", site.key, now, **detail)
    return see_other(f"/sites/{site.key}")


def begin_check(request: Request) -> Response:
    """Have each route of a site asked, by a worker of its own; nothing is kept."""
    desk, now = desk_of(request), desk_of(request).clock()
    key = request.path_params["key"]
    with session(desk.engine) as db:
        key = _known(db, desk, key).listed.key
        before, check = desk.checks.of(key), desk.checks.begin(key, now)
        if check is None:
            raise Mistake("check.busy")
        if check is not before:
            deeds.note(db, actor(request).name, "check", "site", key, now)
    return see_other(f"/sites/{key}#check")


def checked(request: Request) -> Response:
    """How far the check is; for a page that is open."""
    desk, key = desk_of(request), request.path_params["key"]
    if not is_part(request):
        return see_other(f"/sites/{key}#check")
    with reading(desk.engine) as db:
        site = _known(db, desk, key)
    return page(request, "_check.html", site=site, check=desk.checks.of(key))


def everything(db: Session, desk: Desk) -> Mapping[str, Known]:
    """Return all sites of the catalogue as the archive knows them."""
    rows = {row.key: row for row in db.scalars(select(Site))}
    by_hand = sites.switched(db)
    return {key: Known(site, rows.get(key), by_hand.get(key)) for key, site in desk.sites().items()}


def _known(db: Session, desk: Desk, key: str) -> Known:
    site = desk.sites().get(key)
    if site is None:
        raise HTTPException(404)
    return Known(site, db.get(Site, key), sites.switched(db).get(key))


def _is_meant(site: Known, chosen: Mapping[str, str]) -> bool:
    wanted = chosen["q"].strip().lower()
    said = f"{site.listed.key} {site.listed.name} {site.listed.url}".lower()
    return (
        wanted in said
        and chosen["state"] in ("", site.state)
        and chosen["side"] in ("", site.listed.side)
    )


def _minutes(said: str) -> int:
    minutes = int(said) if said.isascii() and said.isdigit() and len(said) < 6 else 0
    if not SHORTEST <= minutes <= LONGEST:
        raise Mistake("sites.between", shortest=SHORTEST, longest=LONGEST)
    return minutes
