"""Asking what works of a site: each of its routes, and one page. Keeps nothing.

Manners and guards are those of a crawl, since the same spider does the asking:
robots.txt, delays, the site's hosts alone, bounded sizes and times.
"""

import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from scrapy import Request
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.http import Response
from twisted.python.failure import Failure

from scraper import outcomes, plan
from scraper.catalogue import Route, Site
from scraper.discovery.entries import Announcement, Entry
from scraper.extraction.article import from_entry
from scraper.extraction.errors import NoArticle
from scraper.extraction.explain import Explanation, explain
from scraper.frontier import LooseFrontier
from scraper.outcomes import Outcome
from scraper.spiders.base import SiteSpider
from scraper.spiders.pages import FULL_SHARE, charset, not_html
from scraper.spiders.routes import LEVELS, Reading, first_url
from scraper.visit import Visit
from storage.routes import Memory

# A listing may name a page that is no article first; so many are tried for one that is.
SAMPLES = 3


@dataclass(slots=True)
class Answered:
    """What a route came to; *outcome* is None where it works."""

    route: Route
    outcome: Outcome | None = None
    entries: list[Entry] = field(default_factory=list)
    requests: int = 0
    # Whether its entries carry the whole text; None where it lists none.
    full_text: bool | None = None
    asked: bool = False

    def json(self) -> dict[str, Any]:
        """Return one JSON object."""
        dates = [entry.published_at for entry in self.entries if entry.published_at]
        worked = self.asked and self.outcome is None
        return {
            "type": self.route.type,
            "url": self.route.url,
            "outcome": self.outcome.kind if self.outcome else "ok" if worked else "left",
            "reason": self.outcome.reason if self.outcome else None,
            "items": len(self.entries),
            "newest": max(dates).isoformat() if dates else None,
            "full_text": self.full_text,
            "requests": self.requests,
            "cost": self._cost(),
        }

    def _cost(self) -> float | None:
        """Return how many requests an article costs that comes by this route."""
        if not self.entries:
            return None
        return round(self.requests / len(self.entries) + (0 if self.full_text else 1), 3)


@dataclass(slots=True)
class Sample:
    """What a page that the routes announce came to."""

    entry: Entry
    outcome: Outcome | None = None
    explanation: Explanation | None = None

    def json(self) -> dict[str, Any]:
        """Return one JSON object: the explanation of the page, or why there is none."""
        told = self.explanation.json() if self.explanation else {}
        reason = self.outcome.reason if self.outcome else None
        return {"url": self.entry.url, **told, "refused": reason or told.get("refused")}


class CheckSpider(SiteSpider):
    """Asks every route of its site, then for a page that one of them announced."""

    def __init__(self, *, visit: Visit, tell: Callable[[Answered], None], **kwargs: Any) -> None:
        super().__init__(visit=visit, **kwargs)
        self._tell = tell
        tiers = plan.tiers(self.site.routes, {}, now=visit.clock())
        self.answers = [Answered(route) for tier in tiers for route in tier]
        self.sample: Sample | None = None
        self._open = len(self.answers)
        self._tried = 0

    async def start(self) -> AsyncIterator[Any]:
        """Ask every route, whatever the others answer."""
        self.visit.opened.set()
        for answer in self.answers:
            memory = Memory(answer.route.url)
            reading = Reading(answer.route, answer.route.url, memory)
            yield self._ask(answer, reading, first_url(answer.route, memory))

    def _ask(self, answer: Answered, reading: Reading, url: str, *, level: int = 1) -> Request:
        meta = {"answer": answer, "reading": reading, "level": level}
        return self.visit.request(
            url, self.read_route, self.fail_route, browser=answer.route.browser, meta=meta
        )

    async def read_route(self, response: Response) -> AsyncIterator[Any]:
        """Write down what a route announces; of an index of sitemaps, what its newest does."""
        answer: Answered = response.meta["answer"]
        reading: Reading = response.meta["reading"]
        answer.asked = True
        answer.requests += _requests(response.request)
        verdict = self.routes.judge(response, reading)
        if isinstance(verdict, Announcement):
            answer.entries = verdict.entries
            level = response.meta["level"]
            if verdict.children and not verdict.entries and level < LEVELS:
                child = verdict.children[0]
                yield self._ask(answer, replace(reading, url=child), child, level=level + 1)
                return
            answer.full_text = _claims(answer.entries)
        else:
            answer.outcome = verdict
        for request in self._answered(answer):
            yield request

    async def fail_route(self, failure: Failure) -> AsyncIterator[Any]:
        """Write down why a route could not be had."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        answer: Answered = request.meta["answer"]
        answer.asked = True
        answer.requests += _requests(request)
        answer.outcome = self.visit.outcome_of(failure)
        for following in self._answered(answer):
            yield following

    def _answered(self, answer: Answered) -> Iterator[Request]:
        self._tell(answer)
        self._open -= 1
        if self._open == 0:
            yield from self._next_sample()

    def _next_sample(self) -> Iterator[Request]:
        listed = [entry for answer in self.answers for entry in answer.entries[:SAMPLES]]
        own = [entry for entry in listed if self.site.owns(entry.url)][:SAMPLES]
        if self._tried < len(own):
            entry = own[self._tried]
            self._tried += 1
            yield self.visit.request(
                entry.url,
                self.read_page,
                self.fail_page,
                browser=self.site.browser,
                meta={"entry": entry},
            )

    async def read_page(self, response: Response) -> AsyncIterator[Any]:
        """Write down what extraction makes of a page, or try the next where it is no article."""
        self.sample = Sample(response.meta["entry"])
        outcome = outcomes.of_status(response.status, response.body) or not_html(response)
        if outcome is None:
            self.sample.explanation = explain(
                response.body,
                url=response.url,
                site=self.site.key,
                rules=self.site.extract,
                timezone=self.site.timezone,
                now=self.visit.clock(),
                charset=charset(response.headers),
            )
            self._compare()
        self.sample.outcome = outcome
        if self.sample.explanation is None or self.sample.explanation.item is None:
            for request in self._next_sample():
                yield request

    async def fail_page(self, failure: Failure) -> AsyncIterator[Any]:
        """Write down why a page could not be had, and try the next."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        self.sample = Sample(request.meta["entry"], self.visit.outcome_of(failure))
        for following in self._next_sample():
            yield following

    def _compare(self) -> None:
        """Tell of each route that carries the sample whether it does so as fully as the page."""
        assert self.sample is not None
        read = self.sample.explanation
        if read is None or read.item is None:
            return
        wanted = self.visit.identity(self.sample.entry.url)
        for answer in self.answers:
            for entry in answer.entries:
                if entry.content and self._is(entry, wanted):
                    told = self._letters(answer.route, entry)
                    answer.full_text = told >= FULL_SHARE * len(read.item.body)
                    break

    def _is(self, entry: Entry, wanted: str) -> bool:
        try:
            return self.visit.identity(entry.url) == wanted
        except ValueError:
            # What has no address is not the page that was fetched from one.
            return False

    def _letters(self, route: Route, entry: Entry) -> int:
        try:
            item = from_entry(
                entry,
                site=self.site.key,
                rules=self.site.extract,
                timezone=self.site.timezone,
                now=self.visit.clock(),
                route_type=route.type,
            )
        except NoArticle:
            return 0
        return len(item.body)


async def check(
    site: Site,
    runner: AsyncCrawlerRunner,
    tell: Callable[[Answered], None] = lambda _answer: None,
) -> dict[str, Any]:
    """Return what works of *site*, as one JSON object; see docs/formats.md.

    *tell* is told of each route as it is answered.
    """
    started = time.monotonic()
    visit = Visit(site, LooseFrontier())
    own = type(f"{site.key.title()}Check", (CheckSpider,), {"name": site.key, "site": site})
    crawler = runner.create_crawler(own)
    await crawler.crawl_async(visit=visit, tell=tell)
    spider = crawler.spider
    assert isinstance(spider, CheckSpider)
    routes = [answer.json() for answer in spider.answers]
    return {
        "site": site.key,
        "outcome": "ok" if any(route["outcome"] == "ok" for route in routes) else "failing",
        "requests": visit.ledger.requests,
        "seconds": round(time.monotonic() - started, 3),
        "routes": routes,
        "sample": spider.sample.json() if spider.sample else None,
    }


def _claims(entries: list[Entry]) -> bool | None:
    return all(entry.content for entry in entries) if entries else None


def _requests(request: Request | None) -> int:
    """Return what *request* cost: itself, its redirects, its second tries."""
    meta = request.meta if request is not None else {}
    return 1 + int(meta.get("redirect_times", 0)) + int(meta.get("retry_times", 0))
