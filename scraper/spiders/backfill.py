"""The spider of a site's past: one step of its walk at a time, then what the step announced.

    step ──> entries ──> queued ──> pages, a few at a time ──> articles
      └──────────────> whole articles (REST)

It goes on when all that was asked for is settled (Scrapy's `spider_idle`), so that a
kill costs the request in flight and no more.
"""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Self

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DontCloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from scraper import outcomes, walk
from scraper.discovery import structure, wordpress
from scraper.discovery.entries import Announcement
from scraper.discovery.errors import RouteError
from scraper.discovery.readers import READERS
from scraper.history import Advance, Past
from scraper.outcomes import Outcome
from scraper.spiders.base import SiteSpider
from scraper.spiders.pages import Listing, PageReader, header
from scraper.walk import Place, Step
from storage.addresses import Announced

log = logging.getLogger(__name__)

# So many pages are asked for between two looks at whether the site is due for a poll.
BATCH = 10
# A visit ends after so long, and the site is free for whoever waits for it.
SECONDS = 300
NOTHING: tuple[Any, ...] = ()


class BackfillSpider(SiteSpider):
    """Walks through the past of its site until it is read, or the site is due for a poll."""

    # What is in flight at a kill is asked for again, so it is one request.
    custom_settings: ClassVar[dict[Any, Any]] = {"CONCURRENT_REQUESTS": 1}  # type: ignore[misc]

    visit: Past

    def __init__(self, *, visit: Past, **kwargs: Any) -> None:
        super().__init__(visit=visit, **kwargs)
        self._reader = PageReader(visit)
        self._task: asyncio.Task[None] | None = None
        self._step: Step | None = None
        # Where the walk is once the step that is under way is kept whole.
        self._next: Place | None = None
        self._until = time.monotonic() + SECONDS
        self._told: dict[str, int] = {}

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        """Return the spider, told when there is nothing more to do."""
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.idle, signal=signals.spider_idle)
        crawler.signals.connect(spider.closing, signal=signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[Any]:
        """Ask for nothing: the first idle moment begins the walk."""
        opening = await self.visit.ask(self.visit.frontier.open())
        self.visit.rests.know(opening.rests)
        self.visit.opened.set()
        for result in NOTHING:
            yield result

    def idle(self) -> None:
        """Go on, once all that was asked for is settled."""
        if self._task is None or self._task.done():
            self._task = asyncio.get_running_loop().create_task(self._go_on())
        raise DontCloseSpider

    def closing(self) -> None:
        """Ask the archive nothing more."""
        if self._task is not None:
            self._task.cancel()

    async def _go_on(self) -> None:
        engine = self.crawler.engine
        assert engine is not None
        try:
            requests = await self._requests()
        except CloseSpider:
            self.give_up()
            return
        except Exception as error:
            # Nobody waits for this task: the visit ends by it, or it would wait for ever.
            log.exception("%s: the backfill broke off", self.site.key)
            self.visit.broken = f"the backfill broke off: {type(error).__name__}"
            self._end("broken")
            return
        if not requests:
            self._end("finished")
            return
        for request in requests:
            engine.crawl(request)

    async def _requests(self) -> Sequence[Request]:
        """Return what is to be asked for next; nothing where the visit is to end."""
        visit = self.visit
        if self._next is not None and visit.left != 0:
            visit.place, self._next = self._next, None
            await self._advance(visit.place)
        else:
            await self._advance(None)
        if visit.stuck or visit.left == 0 or await self._is_over():
            return []
        if not visit.place.whole:
            pages = await self._pages_queued()
            if pages:
                return pages
            await self._end_list()
        step = walk.step(visit.place, self.site, visit.window, visit.clock())
        if step is None:
            pages = await self._pages_queued()
            if not pages:
                await self._close_book()
            return pages
        self._step = step
        return [
            visit.request(
                step.url,
                self.read_step,
                self.fail_step,
                browser=step.route.browser,
                meta={"step": step},
            )
        ]

    async def _close_book(self) -> None:
        visit = self.visit
        if visit.place.proven:
            await visit.ask(visit.history.end())
            visit.finished = True
            return
        visit.stuck = "no route reaches into the past"
        # Sites change their minds; the next call asks them all again.
        visit.place = walk.begin(self.site)
        await self._advance(visit.place)

    async def _is_over(self) -> bool:
        return time.monotonic() > self._until or await self.visit.ask(self.visit.history.is_due())

    async def _pages_queued(self) -> list[Request]:
        visit = self.visit
        limit = BATCH if visit.left is None else min(BATCH, visit.left)
        # What could not be had is settled when the visit ends, and not asked for again in it.
        doubted = {key for key, _, _ in visit.doubts}
        queued = await visit.ask(visit.history.queued(limit + len(doubted)))
        waiting = [one for one in queued if one.key not in doubted][:limit]
        for one in waiting:
            visit.ledger.discovered(one.key)
        return [self._reader.request(one) for one in waiting]

    async def _end_list(self) -> None:
        """End a list whose last page has only articles from before the window."""
        visit = self.visit
        if visit.place.kind != "pages" or not visit.place.last:
            return
        known = await visit.ask(visit.history.published(visit.place.last))
        moments = [moment for moment in known.values() if moment is not None]
        if moments and all(moment < visit.window.since for moment in moments):
            visit.place = walk.ended(visit.place)
            await self._advance(visit.place)

    async def read_step(self, response: Response) -> AsyncIterator[Any]:
        """Queue what a step announces, or yield the articles it carries whole."""
        step: Step = response.meta["step"]
        verdict = self._judge(response, step)
        if isinstance(verdict, Outcome):
            await self._stumble(verdict)
            return
        visit = self.visit
        whole = visit.place.whole
        listed = self.routes.keys(verdict.entries)
        entries = self.routes.admissible(verdict.entries)
        # The next place is told from all that is listed: what is too old ends a list.
        total = _number(header(response, "X-WP-Total")) if whole else None
        after = walk.forward(
            visit.place,
            verdict,
            keys=listed,
            total=total,
            window=visit.window,
            now=visit.clock(),
        )
        self._plan(total, after)
        wanted = {key: entry for key, entry in entries.items() if visit.window.holds(entry)}
        exchange = response.meta.get("exchange")
        places = {
            key: Listing(step.route, step.route.url, entry, exchange)
            for key, entry in wanted.items()
        }
        announced = [Announced(key, one.entry.url, one.hash) for key, one in places.items()]
        advance = Advance(None if whole else after, {"listed": len(announced)})
        verdicts = await visit.ask(visit.history.queue(announced, advance, whole=whole))
        if whole:
            self._next = after
        else:
            visit.place = after
        left = visit.left
        for key, one in places.items():
            visit.ledger.discovered(key)
            if verdicts[key] == "known":
                visit.ledger.known(key)
            elif whole and left != 0:
                left = None if left is None else left - 1
                found = self._reader.from_listing(one, key)
                if found is not None:
                    yield found

    async def fail_step(self, failure: Failure) -> AsyncIterator[Any]:
        """Go on after a step that could not be had."""
        await self._stumble(self.visit.outcome_of(failure))
        for result in NOTHING:
            yield result

    def _judge(self, response: Response, step: Step) -> Announcement | Outcome:
        outcome = outcomes.of_status(response.status, response.body)
        if outcome is not None:
            return outcome
        visit, url = self.visit, response.url
        try:
            if step.by_structure:
                told = structure.read(response.body, url=url, owns=self.site.owns)
            elif visit.place.whole:
                pages = _number(header(response, "X-WP-TotalPages"))
                told = wordpress.read(
                    response.body,
                    url=url,
                    route=step.route,
                    site=self.site,
                    now=visit.clock(),
                    total_pages=pages,
                )
            else:
                told = READERS[step.route.type](
                    response.body, url=url, route=step.route, site=self.site, now=visit.clock()
                )
        except RouteError as error:
            return Outcome("failed", error.reason)
        if not told.entries and not told.children and not visit.place.whole:
            return Outcome("failed", "empty")
        lie = walk.lies(visit.place, told, self.routes.keys(told.entries))
        return Outcome("refused", lie, again=True) if lie else told

    async def _stumble(self, outcome: Outcome) -> None:
        visit = self.visit
        stumble = walk.stumble(visit.place, outcome, visit.window, visit.clock())
        if stumble.place.way != visit.place.way or stumble.ends:
            visit.ledger.note(f"{walk.words(visit.place)}: {outcome.reason}")
            visit.tell(
                {"event": "stepped_down", "from": walk.words(visit.place), "reason": outcome.reason}
            )
        if stumble.place.way != visit.place.way:
            named = [url for url in visit.sitemaps if self.site.owns(url)]
            stumble = replace(stumble, place=walk.with_sitemaps(stumble.place, named))
        if stumble.ends or visit.rests.asked or outcome.reason == "resting":
            visit.stuck = f"{walk.words(visit.place)}: {outcome.reason}"
        visit.place = stumble.place
        await visit.ask(visit.history.advance(Advance(stumble.place, hole=stumble.hole)))

    def _plan(self, total: int | None, after: Place) -> None:
        """Tell by which way the past is read, once it is known to work."""
        place = self.visit.place
        if place.proven or place.kind is None:
            return
        steps = None
        if total is not None:
            steps = -(-total // wordpress.PER_PAGE)
        elif after.todo:
            steps = len(after.todo)
        url = place.ways[place.way].urls[place.url]
        self.visit.tell(
            {"event": "plan", "way": place.kind, "url": url, "articles": total, "steps": steps}
        )

    async def _advance(self, place: Place | None) -> None:
        """Write down where the walk is, and what came of it since the last time."""
        visit = self.visit
        counts = visit.ledger.counts()
        sums = {
            "requests": counts.requests,
            **{name: getattr(counts, name) for name in ("known", "new", "revised", "unchanged")},
            **{f"refused {reason}": n for reason, n in counts.refused.items()},
            **{f"failed {reason}": n for reason, n in counts.failed.items()},
        }
        since = {name: n - self._told.get(name, 0) for name, n in sums.items()}
        since = {name: n for name, n in since.items() if n}
        if place is None and not since:
            return
        self._told = sums
        await visit.ask(visit.history.advance(Advance(place, since)))
        visit.tell({"event": "progress", "at": walk.words(visit.place), **since})


def _number(text: str | None) -> int | None:
    return int(text) if text is not None and text.strip().isdecimal() else None


def spider_class(site: Any) -> type[BackfillSpider]:
    """Return the spider of the past of *site*."""
    name = f"{site.key.title()}BackfillSpider"
    return type(name, (BackfillSpider,), {"name": site.key, "site": site})
