"""A kept response read once more, as the spider read it. Pure: neither archive nor crawler.

What the page itself says comes out as it did; what the route had to add to it (a date, a section)
stands in another answer, and is not asked for.
"""

from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Protocol

from w3lib.encoding import http_content_type_encoding

from scraper.catalogue import Route, Site
from scraper.discovery.entries import Entry
from scraper.discovery.errors import RouteError
from scraper.discovery.readers import READERS
from scraper.extraction.article import extract, from_entry
from scraper.extraction.errors import NoArticle
from scraper.items import ArticleItem

ROUTE = "route:"


class Response(Protocol):
    """What is needed of a response; `storage.captures.Response` fits."""

    @property
    def url(self) -> str: ...
    @property
    def fetched_at(self) -> datetime: ...
    def header(self, name: str) -> str | None: ...
    def content(self) -> bytes: ...


def reread(
    response: Response,
    site: Site,
    *,
    source: str | None,
    keys: Collection[str],
    identity: Callable[[str], str],
) -> ArticleItem:
    """Return the article in *response*.

    *source* is what its body was taken from (`provenance["body"]`): with `route:TYPE` the response
    is a route's answer, and the article that goes by one of *keys*, as *identity* compares
    addresses, is looked for in it. Raises NoArticle where there is none.
    """
    if source is None or not source.startswith(ROUTE):
        return page(response, site)
    kind = source.removeprefix(ROUTE)
    for entry in entries(response, site, kind):
        if any(_same(url, keys, identity) for url in (entry.url, *entry.aliases)):
            return from_route(entry, response, site, kind)
    raise NoArticle("not_listed")


def page(response: Response, site: Site) -> ArticleItem:
    """Return the article of a page. Raises NoArticle where it is none."""
    stated = response.header("Content-Type")
    return extract(
        response.content(),
        url=response.url,
        site=site.key,
        rules=site.extract,
        timezone=site.timezone,
        now=response.fetched_at,
        charset=http_content_type_encoding(stated) if stated else None,
    )


def entries(response: Response, site: Site, kind: str) -> Iterator[Entry]:
    """Yield what a route's answer of type *kind* announces, by each route of the site's it fits."""
    listed = [route for route in site.routes if route.type == kind]
    unlisted = Route.model_construct(type=kind, url=response.url)
    for route in listed or [unlisted]:
        try:
            found = READERS[kind](
                response.content(),
                url=response.url,
                route=route,
                site=site,
                now=response.fetched_at,
            )
        except (RouteError, KeyError):
            continue
        yield from found.entries


def from_route(entry: Entry, response: Response, site: Site, kind: str) -> ArticleItem:
    """Return the article a route's *entry* carries, be it only a summary. NoArticle: none."""
    return from_entry(
        replace(entry, content=entry.content or entry.summary),
        site=site.key,
        rules=site.extract,
        timezone=site.timezone,
        now=response.fetched_at,
        route_type=kind,
    )


def _same(url: str, keys: Collection[str], identity: Callable[[str], str]) -> bool:
    try:
        return identity(url) in keys
    except ValueError:
        return False
