"""Articles looked at again for corrections: over REST a hundred at a time, or page by page."""

from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from typing import Any

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from scraper import outcomes
from scraper.catalogue import Route
from scraper.discovery import wordpress
from scraper.discovery.entries import Entry
from scraper.discovery.errors import RouteError
from scraper.spiders.pages import Listing, PageReader
from scraper.visit import Visit
from storage.addresses import Waiting
from storage.routes import Memory


class Rechecks:
    """Asks again for articles that are there, and tells those that are gone."""

    def __init__(self, visit: Visit, pages: PageReader) -> None:
        self._visit = visit
        self._pages = pages

    def begin(
        self, looks: Sequence[Waiting], memories: Mapping[tuple[str, str], Memory]
    ) -> Iterator[Request]:
        """Yield the requests for *looks*: what a REST route told is asked of it again.

        A page of the same article may say it a little otherwise, so it is asked for only
        where the route does not work, or no longer names the article.
        """
        route = self._route(memories)
        told = {look.post: look for look in looks if look.post}
        for look in looks:
            if route is None or not look.post or told[look.post] is not look:
                yield self._pages.request(look)
        numbers = list(told) if route is not None else []
        for start in range(0, len(numbers), wordpress.PER_PAGE):
            assert route is not None
            batch = numbers[start : start + wordpress.PER_PAGE]
            yield self._visit.request(
                wordpress.numbered_url(route.url, batch),
                self.parse,
                self.fail,
                meta={"looks": [told[number] for number in batch], "route": route},
            )

    async def parse(self, response: Response) -> AsyncIterator[Any]:
        """Yield the articles as REST tells them now; ask for the pages of the others."""
        looks: Sequence[Waiting] = response.meta["looks"]
        route: Route = response.meta["route"]
        entries = self._entries(response, route)
        for look in looks:
            entry = entries.get(look.key)
            found = None
            if entry is not None:
                place = Listing(route, route.url, entry, response.meta.get("exchange"))
                found = self._pages.from_listing(place, look.key)
            yield found or self._pages.request(look)

    async def fail(self, failure: Failure) -> AsyncIterator[Any]:
        """Ask for the pages where REST does not answer."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        for look in request.meta["looks"]:
            yield self._pages.request(look)

    def _route(self, memories: Mapping[tuple[str, str], Memory]) -> Route | None:
        for route in self._visit.site.routes:
            memory = memories.get((route.type, route.url))
            if route.type == "wordpress" and memory and memory.proven and not memory.not_before:
                return route
        return None

    def _entries(self, response: Response, route: Route) -> dict[str, Entry]:
        """Return what the answer tells, by the compared form of each of its addresses."""
        outcome = outcomes.of_status(response.status, response.body)
        if outcome is not None:
            self._visit.ledger.note(f"rechecks over {route.url}: {outcome.reason}; pages are asked")
            return {}
        site, now = self._visit.site, self._visit.clock()
        try:
            told = wordpress.read(response.body, url=response.url, route=route, site=site, now=now)
        except RouteError as error:
            self._visit.ledger.note(f"rechecks over {route.url}: {error.reason}; pages are asked")
            return {}
        return {
            self._visit.identity(url): entry
            for entry in told.entries
            for url in (entry.url, *entry.aliases)
        }
