"""Section and home pages → the articles they link to."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import lxml.html
from lxml import etree
from parsel import Selector

from scraper.catalogue import Route, Site
from scraper.discovery import paging
from scraper.discovery.entries import Announcement, Entry, Problems, absolute, line
from scraper.discovery.errors import RouteError
from scraper.extraction.encoding import decode

MAX_BYTES = 50 * 1024 * 1024
MAX_LINKS = 2_000
# More is a card with its excerpt, not a headline.
MAX_HEADLINE = 250

# Scrapy's additions to CSS, `::text` and `::attr(…)`.
_PSEUDO = re.compile(r"::[a-z]+(?:\([^)]*\))?")
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
# Parts of a card that change by the hour: kept, they would make every poll look like news.
_PASSING = re.compile(r"\b(?:date|time|ago|views?|comments?|count|share|meta|badge)", re.IGNORECASE)


def read(
    body: bytes,
    *,
    url: str,
    route: Route,
    site: Site,
    now: datetime,
    charset: str | None = None,
) -> Announcement:
    """Return the articles that the page *body*, fetched from *url*, links to, in its order.

    Links are those `links` selects, and of these the ones that fit `article_url`
    where it is given. Where `links` selects nothing on a first page - the theme has
    changed - all that fit `article_url` are taken, and a problem says so; on a later
    page it is the end of the list, whose menu is not to be followed. *charset* is
    what the server said. Raises RouteError where *body* is no page.
    """
    del now  # a page's links state no times
    problems = Problems()
    page = page_of(body, charset)
    base = base_of(page, url)
    elements = list(_selected(page, route))
    first = (paging.ordinal(route, url) or 1) == 1
    if not elements and first and route.links is not None and route.article_url is not None:
        elements = list(page.iter("a"))
        problems.note("'links' selects nothing; links that fit 'article_url' are taken")
    entries = _entries(elements, base, url, route, site)
    if not entries and first:
        problems.note("no link on the page is one to an article")
    next_url = paging.following(route, url) if entries else None
    return Announcement(entries=entries, next_url=next_url, problems=problems.lines())


def page_of(body: bytes, charset: str | None) -> Any:
    """Return the parsed page; RouteError where *body* is none."""
    if not body.strip():
        raise RouteError("empty", "the answer is empty")
    if len(body) > MAX_BYTES:
        raise RouteError("too_large", f"more than {MAX_BYTES // 2**20} MB")
    text = decode(body, charset).replace("\x00", "")
    if "<" not in text:
        raise RouteError("not_html", f"the answer is no page: {text[:60]!r}")
    parser = lxml.html.HTMLParser(encoding="utf-8", huge_tree=False)
    try:
        page = lxml.html.document_fromstring(text.encode("utf-8", "replace"), parser=parser)
    except (etree.LxmlError, ValueError, AssertionError) as error:
        raise RouteError("not_html", f"the answer is no page: {error}") from error
    return page


def base_of(page: Any, url: str) -> str:
    """Return the address that links of *page* are relative to."""
    for element in page.iter("base"):
        if element.get("href"):
            return absolute(url, element.get("href")) or url
    return url


def _selected(page: Any, route: Route) -> Iterator[Any]:
    """Yield the links `links` means: selected, around what is selected, or within it."""
    if route.links is None:
        yield from page.iter("a")
        return
    # `::attr(href)` is what is read anyway.
    for selected in Selector(root=page, type="html").css(_PSEUDO.sub("", route.links)):
        element = selected.root
        if element.tag == "a":
            yield element
            continue
        around = next(element.iterancestors("a"), None)
        inside = element.iter("a") if around is None else [around]
        yield from inside


def _entries(elements: list[Any], base: str, url: str, route: Route, site: Site) -> list[Entry]:
    headlines: dict[str, str | None] = {}
    for element in elements:
        link = absolute(base, element.get("href"))
        if link is None or link == url or not site.owns(link) or not route.announces(link):
            continue
        if link not in headlines and len(headlines) >= MAX_LINKS:
            break
        headline = headline_of(element)
        # A card links its picture, its headline and "read on" to one article.
        if len(headline or "") > len(headlines.get(link) or ""):
            headlines[link] = headline
        else:
            headlines.setdefault(link, headline)
    return [Entry(url=link, headline=headline) for link, headline in headlines.items()]


def headline_of(link: Any) -> str | None:
    """Return the headline a link shows: a heading in it, its title, or its text."""
    for tag in _HEADINGS:
        for heading in link.iter(tag):
            if found := line(heading.text_content()):
                return found
    stated = line(link.get("title") or "")
    if stated:
        return stated
    found = line(" ".join(_lasting_text(link)))
    return found if found and len(found) <= MAX_HEADLINE else None


def _lasting_text(element: Any) -> Iterator[str]:
    """Yield the text below *element* without what changes while the article does not."""
    if element.text:
        yield element.text
    for child in element:
        lasting = isinstance(child.tag, str) and child.tag not in {"time", "script", "style"}
        if lasting and not _PASSING.search(child.get("class") or ""):
            yield from _lasting_text(child)
        if child.tail:
            yield child.tail
