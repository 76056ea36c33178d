"""Search: the query language of the watches over the archive, with facets, a plot and export."""

import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import islice
from typing import Any, BinaryIO, Literal, cast

from sqlalchemy import select
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from scheduler import moments, searching
from scheduler.desk.cards import HEADLINE, marked, of_field, snippet
from scheduler.desk.page import Desk, complaint, desk_of, page
from scheduler.quoting import Piece
from scheduler.searching import Hit, Search
from storage.database import reading
from storage.errors import InputError, QueryError
from storage.export import csv, jsonl
from storage.models import Site
from storage.queries import Selection

PAGE = 20
# Facets are counted over the first so many results; more than that is no choice among few.
COUNTED = 2_000
EXPORTED = 10_000
LONGEST_QUERY = 2_000


@dataclass(frozen=True, slots=True)
class Asked:
    """What is searched for, as the address says it."""

    q: str = ""
    site: str = ""
    side: str = ""
    since: str = ""
    until: str = ""
    order: str = ""
    page: int = 1

    @classmethod
    def of(cls, request: Request) -> "Asked":
        """Read it from the address."""
        said = {name: request.query_params.get(name, "").strip() for name in _TEXTS}
        number = request.query_params.get("page", "1")
        at = int(number) if number.isascii() and number.isdigit() and len(number) < 6 else 1
        said["q"] = said["q"][:LONGEST_QUERY]
        said["order"] = "best" if said["order"] == "best" else ""
        return cls(**said, page=max(at, 1))

    def values(self) -> dict[str, str]:
        """Return it for an address, without the page."""
        return {name: getattr(self, name) for name in _TEXTS if getattr(self, name)}

    def selection(self, desk: Desk) -> Selection:
        """Return the articles among which is searched; InputError for a time that is none."""
        sites: tuple[str, ...] = (self.site,) if self.site else ()
        if self.side:
            there = {key for key, site in desk.sites().items() if site.side == self.side}
            # A side nobody is on: among no article at all.
            sites = tuple(there & set(sites) if sites else there) or ("",)
        zone, now = desk.config.zone, desk.clock()
        return Selection(
            sites=sites,
            since=moments.beginning(self.since, zone=zone, now=now, option="")
            if self.since
            else None,
            until=moments.end(self.until, zone=zone, now=now, option="") if self.until else None,
        )


_TEXTS = ("q", "site", "side", "since", "until", "order")


@dataclass(frozen=True, slots=True)
class Found:
    """A result as it is shown."""

    hit: Hit
    site: str
    headline: list[Piece]
    snippet: list[Piece]


@dataclass(slots=True)
class Facets:
    """What the first results have in common."""

    counted: int = 0
    full: bool = False
    sites: Counter[str] = field(default_factory=Counter)
    sides: Counter[str] = field(default_factory=Counter)
    sections: Counter[str] = field(default_factory=Counter)
    months: Counter[tuple[int, int]] = field(default_factory=Counter)
    days: Counter[date] = field(default_factory=Counter)

    def add(self, hit: Hit, desk: Desk) -> None:
        """Count one result."""
        article = hit.row.article
        self.counted += 1
        self.sites[article.site_key] += 1
        self.sides[desk.side(article.site_key)] += 1
        self.sections[hit.row.version.section or ""] += 1
        moment = article.published_at or article.first_seen_at
        day = moment.astimezone(desk.config.zone).date()
        self.days[day] += 1
        self.months[day.year, day.month] += 1

    def latest_months(self) -> list[tuple[tuple[int, int], int]]:
        """Return the months with results, the latest first, a year of them at most."""
        return sorted(self.months.items(), reverse=True)[:12]

    def plot(self) -> list[tuple[date, int]]:
        """Return results by day, empty days too; by month where there are many days."""
        if not self.days:
            return []
        first, last = min(self.days), max(self.days)
        length = (last - first).days + 1
        if length > 120:
            return [(date(year, month, 1), n) for (year, month), n in sorted(self.months.items())]
        return [(day, self.days[day]) for day in (first + timedelta(n) for n in range(length))]


def room(request: Request) -> Response:
    """The form, its help, and what was found."""
    desk, asked = desk_of(request), Asked.of(request)
    values: dict[str, Any] = {"asked": asked, "values": asked.values(), "trouble": None}
    values |= {"found": [], "more": False, "search": None, "facets": None}
    with reading(desk.engine) as db:
        names = {row[0]: row[1] for row in db.execute(select(Site.key, Site.name))}
        if asked.q:
            try:
                search = searching.compiled(asked.q, packs=desk.packs())
                selection = asked.selection(desk)
            except (QueryError, InputError) as error:
                values["trouble"] = complaint(request, error)
            else:
                offset, order = (asked.page - 1) * PAGE, _order(asked)
                hits = searching.page(
                    db, search, selection, limit=PAGE + 1, offset=offset, order=order
                )
                shown = [as_shown(hit, names) for hit in hits[:PAGE]]
                values |= {"search": search, "found": shown, "more": len(hits) > PAGE}
        if values["search"] is not None and request.query_params.get("facets") == "1":
            values["facets"] = _facets(db, desk, values["search"], asked)
    values |= {"names": names, "sides": _sides(desk)}
    return page(request, "search.html", status=400 if values["trouble"] else 200, **values)


def facets(request: Request) -> Response:
    """The facets and the plot of a search, for a page that is open already."""
    desk, asked = desk_of(request), Asked.of(request)
    search = searching.compiled(asked.q, packs=desk.packs())
    with reading(desk.engine) as db:
        names = {row[0]: row[1] for row in db.execute(select(Site.key, Site.name))}
        counted = _facets(db, desk, search, asked)
    return page(request, "_facets.html", facets=counted, values=asked.values(), names=names)


def export(request: Request) -> Response:
    """What was found, as JSON Lines or CSV."""
    desk, asked = desk_of(request), Asked.of(request)
    form = request.path_params["form"]
    search = searching.compiled(asked.q, packs=desk.packs())
    selection = asked.selection(desk)
    # It begins once all is read: a reader that is slow holds no transaction open.
    file = tempfile.SpooledTemporaryFile(max_size=4_000_000)  # noqa: SIM115 - closed when sent
    out = cast(BinaryIO, file)
    with reading(desk.engine) as db:
        rows = islice(searching.matching_rows(db, search, selection), EXPORTED)
        steps = jsonl.write(db, rows, out) if form == "jsonl" else csv.write(rows, out, mark=True)
        for _ in steps:
            pass
    file.seek(0)
    kind = "application/jsonl" if form == "jsonl" else "text/csv; charset=utf-8"
    disposition = {"Content-Disposition": f'attachment; filename="rasid-search.{form}"'}
    return StreamingResponse(_sent(file), media_type=kind, headers=disposition)


def _sent(file: Any) -> Iterator[bytes]:
    with file:
        yield from iter(lambda: file.read(65_536), b"")


def as_shown(hit: Hit, names: Mapping[str, str]) -> Found:
    """Return a result as it is shown; *names* are those of the sites."""
    spans = [span._asdict() for span in hit.spans]
    version, key = hit.row.version, hit.row.article.site_key
    return Found(
        hit,
        names.get(key, key),
        marked(version.headline, of_field(spans, "headline"), HEADLINE),
        snippet(version.body, of_field(spans, "body")),
    )


def _facets(db: Any, desk: Desk, search: Search, asked: Asked) -> Facets:
    counted = Facets()
    hits = searching.hits(db, search, asked.selection(desk), order="newest")
    for hit in islice(hits, COUNTED):
        counted.add(hit, desk)
    counted.full = counted.counted == COUNTED
    return counted


def _order(asked: Asked) -> Literal["best", "newest"]:
    return "best" if asked.order == "best" else "newest"


def _sides(desk: Desk) -> list[str]:
    return sorted({site.side for site in desk.sites().values() if site.side})
