"""From an article's address to the article."""

import logging
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from scrapy import Request
from scrapy.http import Response
from twisted.python.failure import Failure
from w3lib.encoding import http_content_type_encoding

from scraper import outcomes
from scraper.catalogue import Route
from scraper.discovery.entries import Entry
from scraper.extraction.article import extract, from_entry
from scraper.extraction.errors import NoArticle
from scraper.frontier import Found
from scraper.items import ArticleItem
from scraper.outcomes import Outcome
from scraper.visit import Visit
from storage.addresses import Waiting
from storage.exchanges import Exchange

log = logging.getLogger(__name__)

# A feed carries the full text when, of so many pages, none was notably longer.
COMPARED = 3
FULL_SHARE = 0.9

HTML = ("text/html", "application/xhtml+xml", "text/plain")


@dataclass(frozen=True, slots=True)
class Listing:
    """Where an address was listed: by *route* (whose memory goes by *url*), as *entry*.

    *exchange* is the answer it stands in, where captures are kept.
    """

    route: Route
    url: str
    entry: Entry
    exchange: Exchange | None = None

    @property
    def hash(self) -> str:
        """What the route said, as `storage.addresses` compares it."""
        return f"{self.route.type}:{self.entry.listed_hash}"


class PageReader:
    """Asks for pages and reads articles out of them."""

    def __init__(self, visit: Visit) -> None:
        self._visit = visit
        # Of each feed: whether its text was as long as the page's, page by page.
        self._comparisons: dict[str, list[bool]] = {}

    def request(self, waiting: Waiting, listing: Listing | None = None) -> Request:
        """Return the request for a page; conditional where it was fetched before."""
        browser = self._visit.site.browser
        # What a server says of a page that scripts fill says nothing of what they fill it with.
        headers = {} if browser else conditional(waiting.etag, waiting.last_modified)
        return self._visit.request(
            waiting.url,
            self.parse,
            self.fail,
            browser=browser,
            headers=headers,
            meta={"waiting": waiting, "listing": listing},
        )

    async def parse(self, response: Response) -> AsyncIterator[Any]:
        """Yield the article of a page, or settle its address without one."""
        waiting: Waiting = response.meta["waiting"]
        listing: Listing | None = response.meta["listing"]
        if response.status == 304 and is_conditional(response):
            self._visit.ledger.not_modified += 1
            self._visit.ledger.kept(waiting.key, "unchanged")
            await self._visit.ask(self._visit.frontier.unchanged(waiting.key))
            return
        outcome = outcomes.of_status(response.status, response.body) or not_html(response)
        item, exchange = None, response.meta.get("exchange")
        if outcome is None:
            try:
                item = self._extract(response, waiting, listing)
            except NoArticle as error:
                outcome = Outcome("refused", error.reason)
            except Exception:
                # Extraction must not raise; when it does, the page is named and the crawl
                # goes on.
                log.exception("%s: extraction failed", response.url)
                outcome = Outcome("failed", "extraction_error")
        if item is None:
            assert outcome is not None
            item = self._as_listed(listing, outcome)
            if item is None:
                broken = response.status >= 429
                url = response.url if broken else None
                await self._visit.settle(waiting.key, outcome, url=url)
                return
            # What proves it is what the route said, not the page that was refused.
            exchange = listing.exchange if listing else None
        await self._compare(listing, item)
        yield _found(response, waiting, listing, item, exchange)

    async def fail(self, failure: Failure) -> AsyncIterator[Any]:
        """Settle the address of a page that could not be had."""
        request: Request = failure.request  # type: ignore[attr-defined]  # Scrapy puts it there
        waiting: Waiting = request.meta["waiting"]
        listing: Listing | None = request.meta["listing"]
        outcome = self._visit.outcome_of(failure)
        if outcome.reason == "resting":
            return  # left, for when the host has rested
        item = self._as_listed(listing, outcome)
        if item is None:
            await self._visit.settle(waiting.key, outcome, url=request.url)
            return
        assert listing is not None
        yield Found(item, waiting.key, exchange=listing.exchange, listed_hash=listing.hash)

    def from_listing(self, listing: Listing, key: str) -> Found | None:
        """Return the article a route carries whole, or None when it does not hold one."""
        try:
            item = self._entry_item(listing, listing.entry)
        except NoArticle:
            return None
        return Found(
            item,
            key,
            exchange=listing.exchange,
            listed_hash=listing.hash,
        )

    def _extract(
        self, response: Response, waiting: Waiting, listing: Listing | None
    ) -> ArticleItem:
        site = self._visit.site
        item = extract(
            response.body,
            url=response.url,
            site=site.key,
            rules=site.extract,
            timezone=site.timezone,
            now=self._visit.clock(),
            charset=charset(response.headers),
        )
        # Both the address as listed and, after a redirect, the one it led to are known.
        item.aliases = [*item.aliases, waiting.url]
        if listing is not None:
            _fill_in(item, listing)
        return item

    def _entry_item(self, listing: Listing, entry: Entry) -> ArticleItem:
        site = self._visit.site
        return from_entry(
            entry,
            site=site.key,
            rules=site.extract,
            timezone=site.timezone,
            now=self._visit.clock(),
            route_type=listing.route.type,
        )

    def _as_listed(self, listing: Listing | None, outcome: Outcome) -> ArticleItem | None:
        """Return the article as its route tells it, where the page itself is refused to us.

        A desk would rather read a headline and a summary than nothing; the page is
        asked for again when the article is looked at for corrections.
        """
        if listing is None or outcome.kind != "refused" or not outcome.again:
            return None
        entry = listing.entry
        told = entry.content or entry.summary
        if not told or not entry.headline:
            return None
        try:
            item = self._entry_item(listing, replace(entry, content=told))
        except NoArticle:
            return None
        self._visit.as_listed += 1
        self._visit.ledger.note(f"pages are refused ({outcome.reason}); kept as the route has them")
        return item

    async def _compare(self, listing: Listing | None, item: ArticleItem) -> None:
        """Learn whether a feed carries as much of an article as its page does."""
        if listing is None or listing.route.type != "feed" or not listing.entry.content:
            return
        seen = self._comparisons.setdefault(listing.url, [])
        if len(seen) >= COMPARED:
            return
        try:
            told = len(self._entry_item(listing, listing.entry).body)
        except NoArticle:
            told = 0
        seen.append(told >= FULL_SHARE * len(item.body))
        if len(seen) == COMPARED:
            full = all(seen)
            frontier = self._visit.frontier
            await self._visit.ask(frontier.route_full_text(listing.route, listing.url, full=full))


def conditional(etag: str | None, last_modified: str | None) -> dict[str, str]:
    """Return the headers that ask for a body only when it has changed."""
    headers = {}
    if etag:
        headers["If-None-Match"] = etag
    if last_modified:
        headers["If-Modified-Since"] = last_modified
    return headers


def is_conditional(response: Response) -> bool:
    """Tell whether a 304 was asked for; some servers send it to everyone."""
    assert response.request is not None
    return any(name in response.request.headers for name in ("If-None-Match", "If-Modified-Since"))


def header(response: Response, name: str) -> str | None:
    """Return a header of *response* as text, or None."""
    value = response.headers.get(name)
    return value.decode("latin-1") if value else None


def _found(
    response: Response,
    waiting: Waiting,
    listing: Listing | None,
    item: ArticleItem,
    exchange: Exchange | None,
) -> Found:
    return Found(
        item,
        waiting.key,
        exchange=exchange,
        listed_hash=listing.hash if listing else None,
        etag=header(response, "ETag"),
        last_modified=header(response, "Last-Modified"),
    )


def _fill_in(item: ArticleItem, listing: Listing) -> None:
    """Take from the route what the page does not say."""
    entry, source = listing.entry, f"route:{listing.route.type}"
    if item.published_at is None and entry.published_at is not None:
        item.published_at = entry.published_at
        item.date_source = item.provenance["published_at"] = source
    if item.modified_at is None and entry.modified_at is not None:
        item.modified_at = entry.modified_at
        item.provenance["modified_at"] = source
    if not item.section and entry.section:
        item.section, item.provenance["section"] = entry.section, source
    if not item.authors and entry.authors:
        item.authors, item.provenance["authors"] = list(entry.authors), source
    if not item.tags and entry.tags:
        item.tags, item.provenance["tags"] = list(entry.tags), source
    item.aliases = [*item.aliases, *entry.aliases]


def not_html(response: Response) -> Outcome | None:
    """Return the refusal of what says it is no page, or None."""
    stated = (header(response, "Content-Type") or "text/html").partition(";")[0].strip().lower()
    return None if stated in HTML else Outcome("refused", "not_html")


def charset(headers: Mapping[Any, Any]) -> str | None:
    """Return the charset the server states, or None."""
    stated = headers.get("Content-Type")
    return http_content_type_encoding(stated.decode("latin-1")) if stated else None
