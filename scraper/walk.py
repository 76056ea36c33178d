"""Where the past of a site is read, and how far it has been. Pure.

A site's history is read by the cheapest way that works:

    rest      WordPress's posts, a hundred whole ones a request
    sitemap   every sitemap of an index, by when it last changed
    archive   the pages of a month: /2026/11/, /2026/11/page/2/
    pages     listings and feeds that count their pages

A way is walked step by step, each one answer; a `Place` says where the next is and
is written down with what the step announced, so that a walk goes on where it was.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Literal
from urllib.parse import urljoin

from scraper.catalogue import Route, Site
from scraper.discovery import wordpress
from scraper.discovery.entries import Announcement, Entry
from scraper.outcomes import Outcome

Kind = Literal["rest", "sitemap", "archive", "pages"]

# Where sitemaps are where a site names none: Yoast's and Rank Math's, WordPress's own, everybody's.
SITEMAPS = ("sitemap_index.xml", "wp-sitemap.xml", "sitemap.xml")
# A step that fails is tried so often; two in a row that fail end the walk for now.
TRIES = 3
# So many months without a list, and the site keeps none by months.
EMPTY_MONTHS = 3
# A server may take a time without zone for its own; a day more costs little.
MARGIN = timedelta(days=1)
# No list of a site is longer; one that goes on for ever says the same on every page.
MOST_PAGES = 20_000
# And no site has so many indexes of sitemaps; one that names ever new ones makes them up.
MOST_INDEXES = 200


@dataclass(frozen=True, slots=True)
class Window:
    """From when until when: *since* is included, *until* is not."""

    since: datetime
    until: datetime | None = None

    def holds(self, entry: Entry) -> bool:
        """Tell whether *entry* may be of the window, as far as its route says."""
        if entry.published_at is not None:
            ended = self.until is not None and entry.published_at >= self.until
            return entry.published_at >= self.since and not ended
        return entry.modified_at is None or entry.modified_at >= self.since


@dataclass(frozen=True, slots=True)
class Way:
    """One kind of route, and those of the site that are of it."""

    kind: Kind
    urls: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a walk is: which way, which of its routes, and what is next there."""

    ways: tuple[Way, ...]
    way: int = 0
    url: int = 0
    # Next: the page of a list.
    page: int = 1
    # How many posts REST counted at the last step.
    total: int | None = None
    # Sitemaps to read, and the month to read, as 2026-11.
    todo: tuple[str, ...] = ()
    # Indexes that were read: one may name another that names the first.
    indexes: tuple[str, ...] = ()
    month: str | None = None
    empty: int = 0
    # What the last page of a list announced: where all of that is too old, the list ends.
    last: tuple[str, ...] = ()
    # And the first: some sites show it again behind the last.
    first: tuple[str, ...] = ()
    # Of this step, of the steps before, and whether the way ever worked.
    tries: int = 0
    lost: int = 0
    proven: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as it is written down."""
        return asdict(self)

    @classmethod
    def read(cls, told: dict[str, Any]) -> "Place":
        """Return the place that was written down as *told*."""
        ways = tuple(Way(way["kind"], tuple(way["urls"])) for way in told["ways"])
        lists = {name: tuple(told[name]) for name in ("todo", "indexes", "last", "first")}
        return cls(**{**told, **lists, "ways": ways})

    @property
    def kind(self) -> Kind | None:
        """The kind of the way that is walked; None at the end of all."""
        return self.ways[self.way].kind if self.way < len(self.ways) else None

    @property
    def whole(self) -> bool:
        """Whether an answer carries its articles, so that no page is asked for."""
        return self.kind == "rest"


@dataclass(frozen=True, slots=True)
class Step:
    """One request of a walk, and the route whose answer it is read as."""

    url: str
    route: Route
    # Among the pages of a list no route describes, articles are found by structure.
    by_structure: bool = False


@dataclass(frozen=True, slots=True)
class Stumble:
    """What follows from a step that failed."""

    place: Place
    # What stays unread for good, in words; and whether the walk ends for now.
    hole: str | None = None
    ends: bool = False


def begin(site: Site) -> Place:
    """Return the beginning of a walk through *site*: its ways, cheapest first."""
    named: dict[str, tuple[str, ...]] = {
        kind: tuple(route.url for route in site.routes if route.type == kind)
        for kind in ("wordpress", "sitemap")
    }
    counted = tuple(route.url for route in site.routes if "{page}" in route.url)
    ways = [Way("rest", named["wordpress"] or (site.url,))]
    if named["sitemap"]:
        ways.append(Way("sitemap", named["sitemap"]))
    ways += [Way("sitemap", (urljoin(site.url, "/" + name),)) for name in SITEMAPS]
    ways.append(Way("archive", (site.url.partition("?")[0],)))
    if counted:
        ways.append(Way("pages", counted))
    return Place(tuple(dict.fromkeys(ways)))


def with_sitemaps(place: Place, urls: Sequence[str]) -> Place:
    """Return *place*, the beginning of a way, with the sitemaps of robots.txt before likely ones."""
    known = {url for way in place.ways for url in way.urls if way.kind == "sitemap"}
    named = tuple(url for url in dict.fromkeys(urls) if url not in known)
    if not named:
        return place
    later = next(
        (n for n, way in enumerate(place.ways) if n >= place.way and way.kind != "rest"),
        len(place.ways),
    )
    ways = (*place.ways[:later], Way("sitemap", named), *place.ways[later:])
    return replace(place, ways=ways)


def step(place: Place, site: Site, window: Window, now: datetime) -> Step | None:
    """Return the next request of the walk, or None where it has come to its end."""
    if place.kind is None:
        return None
    url = place.ways[place.way].urls[place.url]
    if place.kind == "rest":
        until = window.until + MARGIN if window.until else None
        asked = wordpress.window_url(url, page=place.page, since=window.since - MARGIN, until=until)
        return Step(asked, _named(site, "wordpress", url))
    if place.kind == "sitemap":
        asked = place.todo[0] if place.todo else url
        return Step(asked, _named(site, "sitemap", url))
    if place.kind == "pages":
        route = next(route for route in site.routes if route.url == url)
        return Step(route.page_url(place.page), route)
    listing = next((route for route in site.routes if route.type == "listing"), None)
    month = place.month or f"{_last_moment(window, now):%Y-%m}"
    asked = urljoin(url.rstrip("/") + "/", month.replace("-", "/") + "/")
    if place.page > 1:
        asked = f"{asked}page/{place.page}/"
    if listing is not None:
        return Step(asked, listing)
    route = Route(type="listing", url=url, links="a")
    return Step(asked, route, by_structure=True)


def forward(
    place: Place,
    told: Announcement,
    *,
    keys: Sequence[str],
    total: int | None,
    window: Window,
    now: datetime,
) -> Place:
    """Return the place after a step that was answered with *told*, addresses *keys*."""
    place = replace(place, tries=0, lost=0)
    if place.kind == "rest":
        return _after_posts(replace(place, last=tuple(keys)), told, total)
    if place.kind == "sitemap":
        return _after_sitemap(place, told, window)
    if place.kind == "archive":
        return _after_archive(place, keys, window, now)
    if _repeats(place, keys) or place.page >= MOST_PAGES:
        return _next_url(replace(place, proven=place.proven or bool(keys)))
    return _turned(replace(place, proven=True), keys)


def lies(place: Place, told: Announcement, keys: Sequence[str]) -> str | None:
    """Return in a word why an answer leads nowhere, though it is one; None where it does not."""
    if place.kind == "rest" and place.page > 1 and keys and tuple(keys) == place.last:
        return "repeats"
    if place.kind == "sitemap" and told.children and len(place.indexes) >= MOST_INDEXES:
        return "endless"
    return None


def ended(place: Place) -> Place:
    """Return the place after a list whose last page was all too old."""
    return _next_url(place)


def stumble(place: Place, outcome: Outcome, window: Window, now: datetime) -> Stumble:
    """Return what follows from a step that came to *outcome*."""
    missing = outcome.reason in {"http_404", "http_400", "http_410", "empty"}
    if place.kind == "archive" and missing:
        return Stumble(_after_archive(place, (), window, now))
    if place.kind in {"rest", "pages"} and place.page > 1 and missing:
        return Stumble(_next_url(replace(place, tries=0)))
    if outcome.kind == "failed" and not missing and place.tries + 1 < TRIES:
        return Stumble(replace(place, tries=place.tries + 1))
    place = replace(place, tries=0)
    if not place.proven or (outcome.kind == "refused" and not missing):
        hole = f"{_words(place)}: {outcome.reason}" if place.proven else None
        # Others of its kind may work where none did yet.
        return Stumble(_next_way(place) if place.proven else _next_url(place), hole=hole)
    over = place if place.lost else _over(place)
    hole = None if place.lost else f"{_words(place)}: {outcome.reason}"
    return Stumble(over, hole=hole, ends=bool(place.lost))


def _after_posts(place: Place, told: Announcement, total: int | None) -> Place:
    shrunk = total is not None and place.total is not None and total < place.total
    place = replace(place, proven=True, total=total)
    if shrunk and place.page > 1:
        # Posts were deleted meanwhile, and those behind moved up, onto a page already read.
        return replace(place, page=place.page - 1)
    if told.next_url is None:
        return _next_url(place)
    return replace(place, page=place.page + 1)


def _after_sitemap(place: Place, told: Announcement, window: Window) -> Place:
    read = place.todo[0] if place.todo else place.ways[place.way].urls[place.url]
    indexes = (*place.indexes, read) if told.children else place.indexes
    known = {*indexes, *place.todo}
    children = tuple(
        child
        for child in told.children
        if child not in known and (child not in told.changed or told.changed[child] >= window.since)
    )
    todo = (*children, *place.todo[1:])
    place = replace(place, proven=True, todo=todo, indexes=indexes)
    return place if todo else _next_url(place)


def _after_archive(place: Place, keys: Sequence[str], window: Window, now: datetime) -> Place:
    month = place.month or f"{_last_moment(window, now):%Y-%m}"
    if not _repeats(place, keys):
        return _turned(replace(place, month=month, proven=True, empty=0), keys)
    empty = place.empty + (place.page == 1)
    year, number = map(int, month.split("-"))
    before = f"{year - (number == 1):04}-{(number - 2) % 12 + 1:02}"
    if before < f"{window.since - MARGIN:%Y-%m}" or (not place.proven and empty >= EMPTY_MONTHS):
        return _next_url(place)
    return replace(place, month=before, page=1, empty=empty, last=(), first=(), tries=0)


def _repeats(place: Place, keys: Sequence[str]) -> bool:
    return not keys or tuple(keys) in {place.last, place.first}


def _turned(place: Place, keys: Sequence[str]) -> Place:
    """Return the place on the next page of a list, whose last one announced *keys*."""
    told = tuple(keys)
    return replace(place, page=place.page + 1, last=told, first=place.first or told)


def _over(place: Place) -> Place:
    """Return the place behind a step that cannot be had."""
    place = replace(place, lost=place.lost + 1)
    if place.kind == "sitemap":
        place = replace(place, todo=place.todo[1:])
        return place if place.todo else _next_url(place)
    return replace(place, page=place.page + 1)


def _next_url(place: Place) -> Place:
    if place.url + 1 < len(place.ways[place.way].urls):
        return _fresh(place, url=place.url + 1, proven=place.proven)
    # One way that worked is the whole walk; one that did not is followed by the next.
    return replace(place, way=len(place.ways)) if place.proven else _next_way(place)


def _next_way(place: Place) -> Place:
    return _fresh(replace(place, way=place.way + 1), url=0, proven=False)


def _fresh(place: Place, *, url: int, proven: bool) -> Place:
    return Place(place.ways, way=place.way, url=url, proven=proven)


def _named(site: Site, kind: Literal["wordpress", "sitemap"], url: str) -> Route:
    own = next((route for route in site.routes if (route.type, route.url) == (kind, url)), None)
    return own or Route(type=kind, url=url)


def _last_moment(window: Window, now: datetime) -> datetime:
    # A month of the site's own clock may have begun.
    return min(window.until or now, now) + MARGIN


def _words(place: Place) -> str:
    way = place.ways[place.way]
    where = place.todo[0] if place.todo else way.urls[place.url]
    month = f", {place.month}" if place.month else ""
    return f"{way.kind} {where}{month}, page {place.page}"


def words(place: Place) -> str:
    """Return in words where the walk is."""
    return "the end" if place.kind is None else _words(place)
