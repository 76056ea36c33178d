"""One visit to one site: what its spider's parts share."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.exceptions import CloseSpider
from twisted.python.failure import Failure

from scraper import outcomes, resolver
from scraper.catalogue import Site
from scraper.frontier import Frontier, identity
from scraper.ledger import Ledger
from scraper.manners import Rests, host_of
from scraper.outcomes import Outcome
from storage.errors import DiskFull, LeaseLost

# What a visit is for: the news, corrections alone, or the past.
Purpose = Literal["poll", "recheck", "backfill"]

T = TypeVar("T")


def utcnow() -> datetime:
    """Return now; the clock of a visit unless another is given."""
    return datetime.now(UTC)


class Visit:
    """The site, its frontier, the accounts, and how the visit went."""

    def __init__(
        self,
        site: Site,
        frontier: Frontier,
        *,
        clock: Callable[[], datetime] = utcnow,
        capture: bool = False,
        capture_pages: bool = False,
        purpose: Purpose = "poll",
    ) -> None:
        self.site = site
        self.purpose = purpose
        self.frontier = frontier
        self.clock = clock
        self.ledger = Ledger()
        self.identity = identity(site)
        # Pages are asked for even where the route carries the whole text.
        self.capture_pages = capture_pages or site.capture_pages
        self.lease_lost = False
        # Why the run ended where it should not have; None when it did not.
        self.broken: str | None = None
        # The same where there was no room to write: nobody else's fault, and everybody's end.
        self.full: str | None = None
        # The spider knows what is waiting; from here on it may be told to stop.
        self.opened = asyncio.Event()
        self.route_worked = False
        # Why routes did not work, in the order they were asked.
        self.refusals: list[Outcome] = []
        # Addresses this visit has taken up, from an earlier run or from a route.
        self.taken_up: set[str] = set()
        # How many entries the routes listed: with the new ones, the site's rhythm.
        self.listed = 0
        # Articles kept as a route tells them, because their pages are refused to us.
        self.as_listed = 0
        self.rests = Rests()
        # Addresses that could not be had: which, of which host, why.
        self.doubts: list[tuple[str, str, str]] = []
        # The sitemaps robots.txt names, once it was read.
        self.sitemaps: list[str] = []
        # Whether exchanges are kept.
        self.capture = capture

    def request(
        self,
        url: str,
        callback: Callable[..., Any],
        errback: Callable[..., Any],
        *,
        browser: bool = False,
        **kwargs: Any,
    ) -> Request:
        """Return a request, its exchange kept for a capture where captures are.

        With *browser* its answer is read in one, see `scraper.rendering`.
        """
        meta = {"capture": self.capture, **kwargs.pop("meta", {})}
        if browser:
            meta["playwright"] = True
        return Request(url, callback=callback, errback=errback, meta=meta, **kwargs)

    async def ask(self, work: Awaitable[T]) -> T:
        """Return what the frontier answers; a lost lease or a full disk ends the run in good order."""
        try:
            return await work
        except LeaseLost as error:
            self.lease_lost = True
            raise CloseSpider("lease_lost") from error
        except DiskFull as error:
            self.full = str(error)
            raise CloseSpider("disk_full") from error

    async def settle(self, key: str, outcome: Outcome, *, url: str | None = None) -> None:
        """Give *key* its fate, in the ledger and in the archive.

        With *url*, a failure that may be the host's is written down at the end of the visit:
        while a host is down, its addresses use up no tries.
        """
        if outcome.kind == "refused":
            self.ledger.refused(key, outcome.reason)
        else:
            self.ledger.failed(key, outcome.reason)
            if url is not None:
                self.doubts.append((key, host_of(url), outcome.reason))
                return
        await self.ask(self.frontier.settle(key, outcome))

    def outcome_of(self, failure: Failure) -> Outcome:
        """Return what a request that failed means."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        assert failure.value is not None
        private = isinstance(failure.value, resolver.PrivateAddressError)
        if private or resolver.refused(urlsplit(request.url).hostname):
            # A name server may have been wrong; the address is not given up for that.
            return Outcome("refused", "private_address", again=True)
        return outcomes.of_error(failure.value)

    def resting_until(self, rests: Mapping[str, datetime]) -> datetime | None:
        """Return until when every host rests at which the site has routes, by *rests*; or None."""
        moments = [rests.get(host_of(route.url)) for route in self.site.routes]
        known = [moment for moment in moments if moment is not None]
        return min(known) if len(known) == len(moments) else None

    def outcome(self) -> tuple[str, str | None]:
        """Return how the visit went and why.

        In one word: ok, refused, failing, resting, stopped or lease_lost.
        """
        if self.lease_lost:
            return "lease_lost", "another worker holds the site"
        if self.full is not None:
            return "stopped", self.full
        if self.broken is not None:
            return "failing", self.broken
        if self.route_worked or self.purpose == "recheck":
            return "ok", None
        return self._without_routes()

    def _without_routes(self) -> tuple[str, str | None]:
        """Return how a visit went in which no route worked."""
        if not self.refusals:
            return "failing", "ended before a route answered"
        asked = [outcome for outcome in self.refusals if outcome.reason != "resting"]
        if not asked:
            return "resting", "every host of its routes asked to be left alone for a while"
        reasons = ", ".join(dict.fromkeys(outcome.reason for outcome in asked))
        # A missing route is a wrong guess of the catalogue and says nothing of whether
        # the site wants us.
        telling = [outcome for outcome in asked if outcome.reason != "http_404"]
        refused = bool(telling) and all(outcome.kind == "refused" for outcome in telling)
        return ("refused" if refused else "failing"), f"no route works: {reasons}"
