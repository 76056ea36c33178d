"""From a site's routes to the addresses they announce."""

import hashlib
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure

from scraper import outcomes, plan
from scraper.catalogue import Route
from scraper.discovery import wordpress
from scraper.discovery.entries import Announcement, Entry
from scraper.discovery.errors import RouteError
from scraper.discovery.readers import READERS
from scraper.outcomes import Outcome
from scraper.spiders.pages import Listing, PageReader, conditional, header, is_conditional
from scraper.visit import Visit
from storage.addresses import Announced, Waiting
from storage.routes import Answer, Memory

# A sitemap may list everything there ever was, newest first; a poll wants what is new.
SITEMAP_ENTRIES = 1_000

# An index of sitemaps may list indexes; nobody needs more of them in each other.
LEVELS = 3
SITEMAPS = ("news_sitemap", "sitemap")
# Of an article some sitemaps state only the day.
MARGIN = timedelta(days=1)
# What WordPress answers to a page past the end; 400 over REST.
PAST_THE_END = {"http_404", "http_400"}
# What appears while WordPress is asked is there the next time; clocks differ by less.
OVERLAP = timedelta(hours=1)
# And the dates of a feed may be those of another zone.
ZONES = timedelta(hours=6)
# So many known articles in a row are where a list was before; fewer may be pinned to its top.
KNOWN_RUN = 3

# Longer addresses are no article's; WordPress stops a slug at 200 bytes. In bytes of the
# compared form, which PostgreSQL indexes up to 2,704.
LONGEST_ADDRESS = 2_500


@dataclass(frozen=True, slots=True)
class Reading:
    """A route while it is read, page by page."""

    route: Route
    # What its memory goes by: the route's address, or a sitemap's under it.
    url: str
    memory: Memory
    page: int = 1
    # WordPress, asked a second time: for what appeared since, whenever it was last changed.
    appeared: bool = False
    # How deep in indexes of indexes a sitemap is named.
    level: int = 1
    # Asked to find what another route no longer had: of what is dated, only what came since.
    since: datetime | None = None
    # From the first page; remembered when the last page is written down, or a kill between
    # two pages would leave the second unread for ever behind a 304.
    answer: Answer = field(default_factory=Answer)


@dataclass(frozen=True, slots=True)
class Gap:
    """A route that was read to its end and had nothing but news: there may have been more."""

    url: str
    pages: int
    # When it was last read.
    since: datetime


class RouteReader:
    """Asks routes in their order until a tier works, and passes on what they announce.

    Where a feed rolled over since it was last read, the next tiers are asked for what fell out
    of it, until one of them reaches what is known.
    """

    def __init__(self, visit: Visit, pages: PageReader) -> None:
        self._visit = visit
        self._pages = pages
        self._memories: Mapping[tuple[str, str], Memory] = {}
        self._tiers: Iterator[list[Route]] = iter(())
        self._open = 0
        self._worked = False
        # Sitemaps that were asked for: an index may name itself, or one that names it.
        self._sitemaps: set[str] = set()
        self._gaps: list[Gap] = []
        # Of each route of the tier that worked: whether it was read as far as what is known.
        self._reached: list[bool] = []

    def begin(self, memories: Mapping[tuple[str, str], Memory]) -> Iterator[Request]:
        """Yield the requests of the cheapest tier."""
        self._memories = memories
        tiers = plan.tiers(self._visit.site.routes, memories, now=self._visit.clock())
        self._tiers = iter(tiers)
        yield from self._next_tier()

    async def parse(self, response: Response) -> AsyncIterator[Any]:
        """Yield what a route's answer leads to: pages, articles, further answers."""
        reading: Reading = response.meta["reading"]
        verdict = self.judge(response, reading)
        if verdict is None:
            results = self._unchanged(response, reading)
        elif isinstance(verdict, Outcome):
            results = self._failed(reading, verdict)
        else:
            results = self._announced(response, reading, verdict)
        async for result in results:
            yield result

    async def fail(self, failure: Failure) -> AsyncIterator[Any]:
        """Step on after a route that could not be had."""
        reading: Reading = failure.request.meta["reading"]  # type: ignore[attr-defined]
        async for request in self._failed(reading, self._visit.outcome_of(failure)):
            yield request

    def _next_tier(self) -> Iterator[Request]:
        tier = next(self._tiers, [])
        self._open = len(tier)
        self._reached = []
        since = min((gap.since for gap in self._gaps), default=None)
        for route in tier:
            memory = self._memories.get((route.type, route.url)) or Memory(route.url)
            self._sitemaps.add(route.url)
            reading = Reading(route, route.url, memory, since=since)
            yield self._request(reading, first_url(route, memory))

    def _request(self, reading: Reading, url: str) -> Request:
        headers = {}
        first = reading.page == 1 and not reading.appeared
        if first and reading.memory.believed(self._visit.clock()):
            headers = conditional(reading.memory.etag, reading.memory.last_modified)
        return self._visit.request(
            url,
            self.parse,
            self.fail,
            browser=reading.route.browser,
            headers=headers,
            meta={"reading": reading},
            priority=10,
        )

    def judge(self, response: Response, reading: Reading) -> Announcement | Outcome | None:
        """Return what a route announces, why it does not work, or None for nothing new."""
        if response.status == 304 and is_conditional(response):
            return None
        outcome = outcomes.of_status(response.status, response.body)
        if outcome is not None:
            return outcome
        first = reading.page == 1 and not reading.appeared
        if first and _digest(response) == reading.memory.body_hash:
            return None
        try:
            announcement = READERS[reading.route.type](
                response.body,
                url=response.url,
                route=reading.route,
                site=self._visit.site,
                now=self._visit.clock(),
            )
        except RouteError as error:
            wall = outcomes.login_wall(response.url, response.body)
            return wall or Outcome("failed", error.reason)
        return _void(reading, announcement) or announcement

    async def _announced(
        self, response: Response, reading: Reading, announcement: Announcement
    ) -> AsyncIterator[Any]:
        ledger = self._visit.ledger
        for problem in announcement.problems:
            ledger.note(f"{reading.url}: {problem}")
        fresh, ends_known = 0, False
        entries = self.admissible(self._newest(reading, announcement))
        async for result in self._entries(response, reading, entries):
            ends_known = result is None
            if result is not None:
                fresh += 1
                yield result
        if reading.page == 1 and not announcement.children and not reading.appeared:
            # An index that says what it said says nothing of the sitemaps under it: those
            # have validators of their own, and are asked each time.
            reading = replace(reading, answer=_answer(response, announcement))
        if announcement.cursor:
            newest = max(filter(None, (announcement.cursor, reading.answer.cursor)))
            reading = replace(reading, answer=replace(reading.answer, cursor=newest))
        for request in self._children(reading, announcement):
            yield request
        # In search of what fell out of a feed one passes by what is still in it.
        passing = reading.since is not None and not entries
        more = (fresh > 0 or passing) and not ends_known
        further = self._further(reading, announcement) if more else None
        if further is not None:
            yield further
            return
        self._judge_reach(reading, announcement, fresh=fresh > 0, ends_known=ends_known)
        async for request in self._read(reading):
            yield request

    async def _read(self, reading: Reading) -> AsyncIterator[Request]:
        """Go on after a route that was read: WordPress is asked for what appeared meanwhile, too.

        A post that was written yesterday for nine o'clock appears at nine and was changed
        yesterday: asked only for what has changed, WordPress never tells of it.
        """
        read_at = reading.memory.read_at
        if reading.memory.cursor and read_at is not None and not reading.appeared:
            url = wordpress.window_url(reading.route.url, page=1, since=read_at - OVERLAP)
            yield self._request(replace(reading, appeared=True, page=1), url)
            return
        visit = self._visit
        await visit.ask(visit.frontier.route_worked(reading.route, reading.url, reading.answer))
        async for request in self._done(worked=True):
            yield request

    async def _entries(
        self, response: Response, reading: Reading, entries: Mapping[str, Entry]
    ) -> AsyncIterator[Any]:
        """Yield for each entry what is to be done: a request, an article, or None when known."""
        exchange = response.meta.get("exchange")
        places = {
            key: Listing(reading.route, reading.url, entry, exchange)
            for key, entry in entries.items()
        }
        if reading.since is None or reading.route.type in SITEMAPS:
            async for result in self._announce(reading, places):
                yield result
            return
        # What stands behind what is known was there before anybody asked: it is not looked for.
        run = 0
        for key, place in places.items():
            async for result in self._announce(reading, {key: place}):
                run = 0 if result else run + 1
                yield result
            if run == KNOWN_RUN:
                return

    async def _announce(
        self, reading: Reading, places: Mapping[str, Listing]
    ) -> AsyncIterator[Any]:
        visit = self._visit
        visit.listed += len(places)
        announced = [Announced(key, place.entry.url, place.hash) for key, place in places.items()]
        verdicts = await visit.ask(visit.frontier.announce(announced))
        for key, place in places.items():
            visit.ledger.discovered(key)
            if verdicts[key] == "known":
                visit.ledger.known(key)
                yield None
            elif verdicts[key] == "fetch":
                yield self._article_or_page(reading, place, key)

    def admissible(self, entries: Sequence[Entry]) -> dict[str, Entry]:
        """Return by their keys those of *entries* that this visit has not taken up yet."""
        visit = self._visit
        found = {}
        for key, entry in self._addressed(entries):
            if key in visit.taken_up:
                continue
            visit.taken_up.add(key)
            refusal = self._inadmissible(key, entry)
            if refusal is None:
                found[key] = entry
            else:
                # Not written down: it may be the address of another site's article, which
                # must not be settled from here.
                visit.ledger.refused(key, refusal)
        return found

    def _article_or_page(self, reading: Reading, place: Listing, key: str) -> Any:
        whole = reading.route.type == "wordpress" or reading.memory.full_text
        if whole and place.entry.content and not self._visit.capture_pages:
            found = self._pages.from_listing(place, key)
            if found is not None:
                return found
        return self._pages.request(Waiting(key, place.entry.url), place)

    def _newest(self, reading: Reading, announcement: Announcement) -> list[Entry]:
        entries, since = announcement.entries, reading.since
        if since is not None and reading.route.type in SITEMAPS:
            # What is not in the archive and older is history, and asked for by name.
            entries = [one for one in entries if (moment := _moment(one)) and moment >= since]
        older = len(entries) - SITEMAP_ENTRIES
        if older <= 0:
            return entries
        self._visit.ledger.note(f"{reading.url}: {older} older entries not looked at")
        return entries[:SITEMAP_ENTRIES]

    def keys(self, entries: Sequence[Entry]) -> list[str]:
        """Return the compared forms of the addresses of *entries*, each once."""
        return list(dict.fromkeys(key for key, _ in self._addressed(entries)))

    def _addressed(self, entries: Sequence[Entry]) -> Iterator[tuple[str, Entry]]:
        for entry in entries:
            try:
                yield self._visit.identity(entry.url), entry
            except ValueError:
                self._visit.ledger.refused(entry.url, "bad_address")

    def _inadmissible(self, key: str, entry: Entry) -> str | None:
        if not self._visit.site.owns(entry.url):
            return "offsite"
        return "long_address" if len(key.encode()) > LONGEST_ADDRESS else None

    def _children(self, reading: Reading, announcement: Announcement) -> Iterator[Request]:
        children = announcement.children[: reading.route.max_pages]
        if len(children) < len(announcement.children):
            left = len(announcement.children) - len(children)
            self._visit.ledger.note(f"{reading.url}: {left} older sitemaps not read")
        if children and reading.level == LEVELS:
            self._visit.ledger.note(f"{reading.url}: an index in an index in an index; not read")
            return
        for child in children:
            if child in self._sitemaps:
                continue
            self._sitemaps.add(child)
            memory = self._memories.get((reading.route.type, child)) or Memory(child)
            self._open += 1
            below = Reading(
                reading.route, child, memory, level=reading.level + 1, since=reading.since
            )
            yield self._request(below, child)

    def _further(self, reading: Reading, announcement: Announcement) -> Request | None:
        """Return the request for the next page, where there is one within bounds.

        It is asked for when a page has something new and does not end with what is known;
        something known further up is an article pinned to the top.
        """
        url = announcement.next_url
        if url is None or reading.page >= _depth(reading):
            return None
        return self._request(replace(reading, page=reading.page + 1), url)

    def _judge_reach(
        self, reading: Reading, announcement: Announcement, *, fresh: bool, ends_known: bool
    ) -> None:
        """Take in whether a route that was read to its end went as far back as what is known."""
        reached = ends_known or _goes_back(reading, announcement) or _is_old(reading, announcement)
        self._reached.append(reached)
        memory = reading.memory
        if reached or not fresh or reading.since or not (memory.proven and memory.read_at):
            return
        gap = Gap(reading.url, reading.page, memory.read_at - MARGIN)
        if reading.route.type != "wordpress":
            self._gaps.append(gap)
        elif announcement.next_url is not None:
            # Of what it has in so many pages, no other route has more.
            self._tell_gap(gap)

    async def _unchanged(self, response: Response, reading: Reading) -> AsyncIterator[Any]:
        visit, memory = self._visit, reading.memory
        visit.ledger.not_modified += 1
        read = response.status != 304
        self._reached.append(True)
        if memory.cursor and read:
            same = Answer(memory.etag, memory.last_modified, memory.body_hash)
            async for request in self._read(replace(reading, answer=same)):
                yield request
            return
        await visit.ask(visit.frontier.route_unchanged(reading.route, reading.url, read=read))
        async for request in self._done(worked=True):
            yield request

    async def _failed(self, reading: Reading, outcome: Outcome) -> AsyncIterator[Any]:
        visit = self._visit
        if reading.appeared and outcome.reason not in PAST_THE_END:
            # What was read before is not written down: all of it is asked for again.
            visit.ledger.note(f"{reading.url}: what appeared since: {outcome.reason}")
            async for request in self._done(worked=True):
                yield request
            return
        if reading.page > 1 or reading.appeared:
            answer = reading.answer
            if outcome.reason not in PAST_THE_END:
                visit.ledger.note(f"{reading.url}: page {reading.page} {outcome.reason}")
                # The pages before are written down; without validators the next poll
                # reads them again, and this one with them.
                answer = replace(answer, etag=None, last_modified=None, body_hash=None)
            await visit.ask(visit.frontier.route_worked(reading.route, reading.url, answer))
            async for request in self._done(worked=True):
                yield request
            return
        visit.refusals.append(outcome)
        # A route that was not asked, because its host wants to be left alone, has not failed.
        if outcome.reason != "resting":
            visit.ledger.note(f"{reading.route.type} {reading.url}: {outcome.reason}")
            await visit.ask(visit.frontier.route_failed(reading.route, reading.url, outcome))
        async for request in self._done(worked=False):
            yield request

    async def _done(self, *, worked: bool) -> AsyncIterator[Any]:
        """Count a route as answered; when the whole tier is, ask the next where that is wanted."""
        self._open -= 1
        self._worked = self._worked or worked
        self._visit.route_worked = self._visit.route_worked or worked
        if self._open:
            return
        if self._reached and all(self._reached):
            self._gaps.clear()
        if self._gaps or not self._worked:
            for request in self._next_tier():
                yield request
        if not self._open:
            for gap in self._gaps:
                self._tell_gap(gap)
            self._gaps.clear()

    def _tell_gap(self, gap: Gap) -> None:
        """Say what may have been missed: no route that is left goes back as far."""
        read = f"{gap.pages} pages" if gap.pages > 1 else "all of it"
        self._visit.ledger.note(
            f"{gap.url}: {read} read and still nothing known; older items may have been missed: "
            f"'rasid backfill {self._visit.site.key} --since {gap.since:%Y-%m-%d}'"
        )


def _moment(entry: Entry) -> datetime | None:
    return entry.modified_at or entry.published_at


def _is_old(reading: Reading, announcement: Announcement) -> bool:
    """Tell whether several entries are from before the last reading: addresses may be new each time."""
    if reading.memory.read_at is None:
        return False
    bound = reading.memory.read_at - ZONES
    older = [one for one in announcement.entries if one.published_at and one.published_at < bound]
    return len(older) >= KNOWN_RUN


def _goes_back(reading: Reading, announcement: Announcement) -> bool:
    """Tell whether what a sitemap announces begins before what is looked for."""
    if reading.since is None or reading.route.type not in SITEMAPS:
        return False
    moments = filter(None, map(_moment, announcement.entries))
    return bool(announcement.children) or min(moments, default=reading.since) < reading.since


def first_url(route: Route, memory: Memory) -> str:
    """Return the address at which *route* is asked first."""
    if route.type == "wordpress":
        return wordpress.posts_url(route.url, page=1, modified_after=memory.cursor)
    return route.page_url(1)


def _void(reading: Reading, announcement: Announcement) -> Outcome | None:
    """Return the failure of a route that should list something and lists nothing."""
    if announcement.entries or announcement.children or reading.page > 1:
        return None
    if reading.route.type == "wordpress" and reading.memory.cursor is not None:
        return None  # nothing has changed since
    if reading.route.type == "news_sitemap":
        return None  # it lists two days, and they may have been quiet ones
    return Outcome("failed", "empty")


def _depth(reading: Reading) -> int:
    # The first answer of a REST route is the newest hundred; what is older is history,
    # and fetching history is asked for by name.
    if reading.route.type == "wordpress" and reading.memory.cursor is None:
        return 1
    return reading.route.max_pages


def _answer(response: Response, announcement: Announcement) -> Answer:
    # Of an answer that may have been cut off on its way the rest is wanted, and a server that
    # sent all of it would say 304.
    whole = not announcement.mended
    return Answer(
        etag=header(response, "ETag") if whole else None,
        last_modified=header(response, "Last-Modified") if whole else None,
        body_hash=_digest(response),
    )


def _digest(response: Response) -> str:
    return hashlib.sha256(response.body).hexdigest()
