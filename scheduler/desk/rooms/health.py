"""Health: whether sites, workers and channels work, and whether the books close."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any, NamedTuple

from starlette.requests import Request
from starlette.responses import Response

from scheduler import cards, notices, watchlists
from scheduler.desk.page import Desk, desk_of, language_of, locale_of, page
from scheduler.phrases import LANGUAGES
from storage import ledger
from storage.database import reading
from storage.errors import RasidError

# As `rasid status` sums up.
HOURS = 24
# Those in trouble come first; all of them are in the room of the sites.
SITES = 200
_ORDER = {"dead": 0, "failing": 1, "refused": 2, "degraded": 3, "quiet": 4, "new": 5, "ok": 6}
_OVER = timedelta(minutes=15)


class Stage(NamedTuple):
    """A sum of the ledger: what came in, what became of it, and what nobody accounts for."""

    name: str
    total: int
    parts: dict[str, int]
    # Whose it is: a channel's.
    of: str = ""

    @property
    def gap(self) -> int:
        """What is left open: 0, or there is a defect."""
        return self.total - sum(self.parts.values())


class Gap(NamedTuple):
    """A sum that does not close, for `Locale.t`."""

    key: str
    number: int
    name: str


def room(request: Request) -> Response:
    """The state of everything, the sites that need a look first."""
    desk = desk_of(request)
    now = desk.clock()
    with reading(desk.engine) as db:
        said = ledger.status(db, now=now, since=now - timedelta(hours=HOURS))
    only = desk.config.crawl.only
    crawled = [
        site
        for site in said["sites"]
        if not site["imported"]
        and (site["enabled"] or site["state"] != "new")
        and (not only or site["site"] in only or site["state"] != "new")
    ]
    crawled.sort(key=lambda site: (_ORDER.get(site["state"], 0), site["site"]))
    has_card = request.query_params.get("card") == "1"
    return page(
        request,
        "health.html",
        said=said,
        gaps=list(gaps(said)),
        stages=list(stages(said)),
        sites=crawled[:SITES],
        late=_OVER.total_seconds(),
        channels=_channels(desk, said),
        troubles=_worded(request, said["troubles"]),
        card=_card(request) if has_card else None,
    )


def card(request: Request) -> Response:
    """The card of the last day, for a page that is open."""
    return page(request, "_day.html", card=_card(request))


def stages(said: dict[str, Any]) -> Iterator[Stage]:
    """Yield the sums of a `status`, from the address seen to the message delivered."""
    runs, versions, matches, alerts = (
        said[name] for name in ("runs", "versions", "matches", "alerts")
    )
    refused, failed = sum(runs["refused"].values()), sum(runs["failed"].values())
    fates = {name: runs[name] for name in ("known", "fetched", "left")}
    yield Stage("addresses", runs["discovered"], {**fates, "refused": refused, "failed": failed})
    evaluated = {name: versions[name] for name in ("evaluated", "waiting")}
    yield Stage("versions", versions["written"], evaluated)
    outcomes = {name: matches[name] for name in ledger.OUTCOMES}
    yield Stage("matches", sum(outcomes.values()) + matches["gap"], outcomes)
    for name, states in alerts["channels"].items():
        parts = {state: states[state] for state in ledger.STATES}
        yield Stage("deliveries", sum(parts.values()) + states["gap"], parts, name)


def gaps(said: dict[str, Any]) -> Iterator[Gap]:
    """Yield what in a `status` does not close."""
    for site in said["sites"]:
        if site["ledger"]["gap"]:
            yield Gap("gap.addresses", site["ledger"]["gap"], site["name"])
    if said["matches"]["gap"]:
        yield Gap("gap.matches", said["matches"]["gap"], "")
    for channel, states in said["alerts"]["channels"].items():
        if states["gap"]:
            yield Gap("gap.deliveries", states["gap"], channel)


def _channels(desk: Desk, said: dict[str, Any]) -> dict[str, dict[str, int] | None]:
    """The channels of the configuration, and those gone from it that something waits for."""
    told = said["alerts"]["channels"]
    return {name: told.get(name) for name in dict.fromkeys([*desk.config.channels, *told])}


def _worded(request: Request, troubles: list[dict[str, Any]]) -> list[tuple[str, str, list[str]]]:
    """What is wrong now, in the reader's language: since when, what, why."""
    locale, words = locale_of(request), LANGUAGES[language_of(request)]
    found = []
    for trouble in troubles:
        title, lines = notices.worded("health", {**trouble, "over": False}, locale.zone, words)
        found.append((trouble["since"], title, lines))
    return found


def _card(request: Request) -> dict[str, Any]:
    """The card that channels are sent once a day, as of now."""
    desk, locale = desk_of(request), locale_of(request)
    now, packs = desk.clock(), desk.packs()
    try:
        listed = watchlists.read(desk.config.watches) if desk.config.watches.exists() else ()
        reason = ""
    except RasidError as error:
        # A list that cannot be read is what the card is there to say.
        listed, reason = (), str(error)
    with reading(desk.engine) as db:
        facts = cards.facts(db, listed, desk.config, now, packs)
    facts["watches"]["reason"] = reason
    title, lines = notices.worded("card", facts, locale.zone, LANGUAGES[language_of(request)])
    return {"title": title, "lines": lines, "impaired": bool(notices.impairments(facts))}
