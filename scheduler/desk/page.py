"""From a request to a page: the desk's belongings, the reader's language, the template."""

import unicodedata
import zlib
from calendar import monthrange
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo, available_timezones

from jinja2 import Environment, PackageLoader, StrictUndefined
from sqlalchemy import Engine
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from scheduler.config import Config
from scheduler.desk import plots
from scheduler.desk.checking import Checks
from scheduler.desk.chores import Chores
from scheduler.desk.doors import Doors
from scheduler.desk.locale import DIGITS, LANGUAGES, Locale
from scheduler.desk.rhythms import Rhythms
from scheduler.faults import worded
from scheduler.packs import shelf
from scheduler.packs.shelf import Packs
from scheduler.phrases import Language
from scraper import catalogue
from storage.errors import QueryError, RasidError

# The reader's choices, in a cookie of their own: nothing secret, and good before one comes in.
CHOICES = "rasid_choices"
THEMES = ("auto", "light", "dark")
# What the head of each page leads to, and the key of its name.
ROOMS = (
    ("/", "stream"),
    ("/search", "search"),
    ("/watches", "watches"),
    ("/trends", "trends"),
    ("/sites", "sites"),
    ("/health", "health"),
    ("/settings", "settings"),
)
_YEAR = 365 * 24 * 3600
# How long the files of the sites are taken to be as they were.
_FRESH = timedelta(seconds=30)


class Mistake(RasidError):
    """Something the reader can put right, said in their language: *key* and *n* as `Locale.t` has them."""

    def __init__(self, key: str, n: int | None = None, **values: Any) -> None:
        super().__init__(key)
        self.key, self.n, self.values = key, n, values


@dataclass(slots=True)
class Desk:
    """What every room has at hand."""

    config: Config
    engine: Engine
    clock: Callable[[], datetime]
    environ: Mapping[str, str]
    doors: Doors
    checks: Checks
    rhythms: Rhythms
    chores: Chores = field(default_factory=Chores)
    _sites: tuple[datetime, Mapping[str, catalogue.Site]] | None = None

    def packs(self) -> Packs:
        """Return the alias packs that queries may name."""
        return shelf.beside(self.config.watches)

    def sites(self) -> Mapping[str, catalogue.Site]:
        """Return the catalogue of sites as their files have it."""
        now = self.clock()
        if self._sites is None or now - self._sites[0] > _FRESH:
            self._sites = (now, catalogue.load(self.config.sites))
        return self._sites[1]

    def side(self, site: str) -> str:
        """Return the side a site is on, or nothing where its file does not say."""
        known = self.sites().get(site)
        return known.side if known is not None else ""


def desk_of(request: Request) -> Desk:
    """Return the desk a request came to."""
    found: Desk = request.app.state.desk
    return found


def choices(request: Request) -> dict[str, str]:
    """Return the reader's language, digits, theme and zone, each one there is; no zone: the desk's."""
    chosen = QueryParams(request.cookies.get(CHOICES, ""))
    known = {"lang": LANGUAGES, "digits": DIGITS, "theme": THEMES, "zone": ("", *zones())}
    found = {name: chosen.get(name, values[0]) for name, values in known.items()}
    return {n: v if v in known[n] else known[n][0] for n, v in found.items()}


@cache
def zones() -> tuple[str, ...]:
    """Return the names of all time zones."""
    return tuple(sorted(available_timezones()))


def language_of(request: Request) -> Language:
    """Return the language the reader is spoken to in."""
    return "en" if choices(request)["lang"] == "en" else "ar"


def keep_choices(response: Response, chosen: Mapping[str, str]) -> None:
    """Have the browser remember them."""
    response.set_cookie(CHOICES, urlencode(chosen), max_age=_YEAR, httponly=True, samesite="lax")


def locale_of(request: Request) -> Locale:
    """Return how the reader is spoken to, now."""
    desk, chosen = desk_of(request), choices(request)
    zone = ZoneInfo(chosen["zone"]) if chosen["zone"] else desk.config.zone
    return Locale(chosen["lang"], chosen["digits"], zone, desk.clock())


def complaint(request: Request, error: RasidError) -> str:
    """Return what is wrong, in the reader's language where we have the words."""
    if not isinstance(error, QueryError):
        return locale_of(request).told(str(error))
    locale, said = locale_of(request), worded(error, language_of(request))
    at = error.column
    return f"{locale.t('editor.column', at=locale.num(at))} {said}" if at is not None else said


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Return a page, or with a template that begins with "_" a part of one."""
    locale = locale_of(request)
    text = (
        templates()
        .get_template(template)
        .render(
            request=request,
            path=request.url.path,
            actor=request.state.actor,
            csrf=request.state.csrf,
            choices=choices(request),
            locale=locale,
            t=locale.t,
            num=locale.num,
            **values,
        )
    )
    return HTMLResponse(text, status)


def see_other(place: str) -> RedirectResponse:
    """Send the browser on, by GET. *place* is an address of ours."""
    return RedirectResponse(place, 303)


def back(request: Request, otherwise: str) -> RedirectResponse:
    """Send the browser to where the form said it came from; only within the desk."""
    return see_other(inside(form(request, "back"), otherwise))


def inside(place: str, otherwise: str) -> str:
    """Return *place* where it is an address within the desk.

    >>> inside("/search?q=a", "/"), inside("//elsewhere.example", "/")
    ('/search?q=a', '/')
    """
    ours = place.startswith("/") and not place.startswith("//") and "\\" not in place
    return place if ours and place.isprintable() else otherwise


def form(request: Request, name: str, default: str = "") -> str:
    """Return one value of the form that was sent."""
    values: list[str] = request.state.form.get(name, [])
    return values[0] if values else default


def every(request: Request, name: str) -> list[str]:
    """Return all values of that name in the form."""
    values: list[str] = request.state.form.get(name, [])
    return values


def is_part(request: Request) -> bool:
    """Return whether htmx asks, and wants only a part of the page."""
    return request.headers.get("hx-request") == "true"


@cache
def templates() -> Environment:
    """Return the templates; everything in them is escaped, and what is missing is an error."""
    made = Environment(
        loader=PackageLoader("scheduler.desk"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals["rooms"] = ROOMS
    made.globals["sparkline"] = plots.sparkline
    made.globals["chart"] = plots.chart
    made.globals["month_end"] = _month_end
    made.globals["web"] = web_address
    made.globals["query"] = query_string
    made.filters["direction"] = direction
    # What keeps an element the same for htmx, and so the focus where it is.
    made.filters["handle"] = lambda text: f"{zlib.crc32(text.encode()):08x}"
    made.filters["pairs"] = _pairs
    made.filters["named"] = _named
    made.filters["called"] = _called
    made.filters["counts"] = lambda days, counted: [counted[day] for day in days]
    return made


def _month_end(year: int, month: int) -> str:
    return f"{year}-{month:02}-{monthrange(year, month)[1]}"


def _pairs(values: Iterable[str]) -> list[tuple[str, str]]:
    """What is chosen among, where each choice is its own name."""
    return [(value, value) for value in values]


def direction(text: str) -> str:
    """Return the direction of a text by most of its letters; browsers go by the first one.

    >>> direction("CNN: غارات على إدلب"), direction("Idlib (إدلب)"), direction("12")
    ('rtl', 'ltr', 'auto')
    """
    kinds = [unicodedata.bidirectional(letter) for letter in text[:400]]
    right, left = sum(kind in ("R", "AL") for kind in kinds), kinds.count("L")
    return "auto" if not right and not left else "rtl" if right >= left else "ltr"


def _named(values: Iterable[str], t: Callable[[str], str], table: str) -> list[tuple[str, str]]:
    """What is chosen among, each with its name from that table of the catalogue."""
    return [(value, t(table + value)) for value in values]


def _called(values: Iterable[str], name: Callable[[str], str]) -> list[tuple[str, str]]:
    """What is chosen among, each with what it is called."""
    return [(value, name(value)) for value in values]


def web_address(url: str | None) -> str | None:
    """Return an address that may become a link: of the web, and nothing else.

    >>> web_address("javascript:alert(1)"), web_address("HTTPS://a.example/x")
    (None, 'HTTPS://a.example/x')
    """
    return url if url and url.lower().startswith(("http://", "https://")) else None


def query_string(values: Mapping[str, Any], **changed: Any) -> str:
    """Return the query of an address: *values*, some changed; empty ones left out.

    >>> query_string({"q": "a b", "page": 2}, page=None)
    '?q=a+b'
    """
    kept = {name: value for name, value in {**values, **changed}.items() if value not in (None, "")}
    return f"?{urlencode(kept)}" if kept else ""
