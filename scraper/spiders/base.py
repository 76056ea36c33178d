"""The spider of every site: routes, then pages, everything accounted for.

    routes, cheapest first ──> entries ──> new? ──> page ──> article
            │ none works                    │ full text in the route
            └──> the next tier              └─────────────> article

It opens no database: what is new, and what is to be remembered, goes through the
frontier of its visit. Each address meets one fate in the visit's ledger.
"""

from collections.abc import AsyncIterator
from typing import Any, ClassVar, Self

from scrapy import Spider
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings
from scrapy.utils.defer import deferred_from_coro

from scraper import browser, resolver
from scraper.catalogue import Site
from scraper.frontier import LooseFrontier
from scraper.spiders.pages import PageReader
from scraper.spiders.rechecks import Rechecks
from scraper.spiders.routes import RouteReader
from scraper.visit import Visit

# Where there is none, Scrapy starts all that waits at once, before it counts what is under way.
LEAST_DELAY = 0.001


class SiteSpider(Spider):
    """Visits one site of the catalogue once."""

    site: ClassVar[Site]

    def __init__(self, *, visit: Visit | None = None, **kwargs: Any) -> None:
        super().__init__(name=self.site.key, **kwargs)
        self.visit = visit or Visit(self.site, LooseFrontier())
        self._pages = PageReader(self.visit)
        self._rechecks = Rechecks(self.visit, self._pages)
        self.routes = RouteReader(self.visit, self._pages)

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Return the spider, its site's hosts permitted where the catalogue says so."""
        if cls.site.private_network:
            resolver.permit(cls.site.hosts)
        return super().from_crawler(crawler, *args, **kwargs)

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Lay the site's own manners over the project's."""
        super().update_settings(settings)
        settings.set("DOWNLOAD_DELAY", max(cls.site.delay_seconds, LEAST_DELAY), priority="spider")
        if cls.site.wants_browser and not browser.missing():
            handlers = settings.getdict("DOWNLOAD_HANDLERS") | dict.fromkeys(
                ("http", "https"), "scraper.rendering.RenderingHandler"
            )
            settings.set("DOWNLOAD_HANDLERS", handlers, priority="spider")

    async def start(self) -> AsyncIterator[Any]:
        """Fetch what earlier runs left and what is due for a second look, then ask the routes."""
        visit = self.visit
        if self.site.wants_browser and (lack := browser.missing()):
            visit.broken = lack
            visit.opened.set()
            return
        opening = await visit.ask(visit.frontier.open())
        visit.opened.set()
        visit.rests.know(opening.rests)
        for waiting in (*opening.waiting, *opening.rechecks):
            visit.taken_up.add(waiting.key)
            visit.ledger.discovered(waiting.key)
        for waiting in opening.waiting:
            yield self._pages.request(waiting)
        for request in self._rechecks.begin(opening.rechecks, opening.memories):
            yield request
        if visit.purpose == "recheck":
            return
        for request in self.routes.begin(opening.memories):
            yield request

    def give_up(self) -> None:
        """End the run now: another worker holds the site."""
        self.visit.lease_lost = True
        self._end("lease_lost")

    def stop_full(self, why: str) -> None:
        """End the run now: there is no room to write. What is not kept stays to be fetched."""
        self.visit.full = why
        self._end("disk_full")

    def _end(self, reason: str) -> None:
        engine = self.crawler.engine
        if engine is not None and engine.spider is not None:
            deferred_from_coro(engine.close_spider_async(reason=reason))


def spider_class(site: Site) -> type[SiteSpider]:
    """Return the spider of *site*, a class of its own, as Scrapy wants it."""
    return type(f"{site.key.title()}Spider", (SiteSpider,), {"name": site.key, "site": site})
