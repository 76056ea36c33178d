"""Sitemaps, news sitemaps and sitemap indexes → what they announce."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any
from urllib.parse import unquote, urlsplit

from scraper.catalogue import Route, Site
from scraper.discovery import markup
from scraper.discovery.entries import Announcement, Entry, Problems, absolute, distinct, plain
from scraper.discovery.errors import RouteError
from scraper.discovery.instants import Clock

# What sitemaps.org allows one file to hold.
MAX_ENTRIES = 50_000
# An index of an outlet's whole life has a few hundred; a poll reads only the newest.
MAX_CHILDREN = 5_000

_LONG_AGO = datetime.min.replace(tzinfo=UTC)
# Sitemaps of what is no article, by the names that WordPress, Yoast, Rank Math
# and others give them.
_NO_ARTICLES = re.compile(
    r"(?:^|[-_/])(?:pages?|categor(?:y|ies)|tags?|post_tag|authors?|users?|taxonom(?:y|ies)|"
    r"images?|videos?|attachments?|products?|elementor\w*|e-landing-page|web-story)"
    r"(?:[-_]?sitemap)?(?:[-_.]|\d|$)",
    re.IGNORECASE,
)


def read(body: bytes, *, url: str, route: Route, site: Site, now: datetime) -> Announcement:
    """Return what the sitemap *body* announces: entries, or the children of an index.

    Children and entries are in the order newest first. An empty news sitemap is
    normal: it holds two days. Raises RouteError where *body* is no sitemap.
    """
    root, mended = markup.parse(body, reason="not_a_sitemap")
    problems = Problems()
    clock = Clock(site.timezone, now, problems)
    kind = markup.name(root).lower()
    if kind == "sitemapindex":
        children = _children(root, url, site, clock, problems)
        return Announcement(
            children=list(children),
            changed={child: at for child, at in children.items() if at != _LONG_AGO},
            problems=mended + problems.lines(),
        )
    if kind != "urlset":
        raise RouteError("not_a_sitemap", f"the answer is <{kind}>, not a sitemap")
    entries = list(_entries(root, url, route, site, clock, problems))
    entries.sort(
        key=lambda entry: entry.published_at or entry.modified_at or _LONG_AGO, reverse=True
    )
    return Announcement(
        entries=distinct(entries), problems=mended + problems.lines(), mended=bool(mended)
    )


def _fields(element: Any) -> dict[str, str]:
    """Return the texts below *element* by name; `news:` keeps its prefix, images are skipped."""
    fields: dict[str, str] = {}
    for child in element:
        name = markup.name(child)
        if name in {"loc", "lastmod"}:
            fields.setdefault(name, markup.text(child))
        elif name == "news":
            for fact in child:
                fields.setdefault(f"news:{markup.name(fact)}", markup.text(fact))
    return fields


def _children(
    root: Any, url: str, site: Site, clock: Clock, problems: Problems
) -> dict[str, datetime]:
    found: dict[str, datetime] = {}
    for element in root:
        if markup.name(element) != "sitemap":
            continue
        fields = _fields(element)
        child = absolute(url, fields.get("loc"))
        if child is None or not site.owns(child):
            problems.note("a sitemap without an address here")
        elif child != url:
            found.setdefault(child, clock.read(fields.get("lastmod"), utc=True) or _LONG_AGO)
    articles = {child: at for child, at in found.items() if not holds_no_articles(child)}
    # An index of nothing but such names has names of its own.
    ordered = sorted(
        (articles or found).items(), key=lambda item: (item[1], _numbers(item[0])), reverse=True
    )
    if len(ordered) > MAX_CHILDREN:
        problems.note(f"more than {MAX_CHILDREN} sitemaps; the newest are read")
    return dict(ordered[:MAX_CHILDREN])


def holds_no_articles(url: str) -> bool:
    """Tell whether the sitemap at *url* is one of sections, authors and the like, by its name."""
    return bool(_NO_ARTICLES.search(unquote(urlsplit(url).path)))


def _numbers(url: str) -> list[int]:
    """Return the numbers in an address: of sitemaps without a date the highest is the newest."""
    return [int(number) for number in re.findall(r"\d{1,18}", urlsplit(url).path)]


def _entries(
    root: Any, url: str, route: Route, site: Site, clock: Clock, problems: Problems
) -> Iterator[Entry]:
    count = 0
    for element in root:
        if markup.name(element) != "url":
            continue
        count += 1
        if count > MAX_ENTRIES:
            problems.note(f"more than {MAX_ENTRIES} addresses; the first are read")
            return
        fields = _fields(element)
        link = absolute(url, fields.get("loc"))
        if link is None or not site.owns(link):
            problems.note("an address that is not of this site")
        elif _is_article(link, route):
            yield _entry(link, fields, clock)


def _is_article(link: str, route: Route) -> bool:
    parts = urlsplit(link)
    # The home page stands in most sitemaps.
    return (parts.path not in {"", "/"} or bool(parts.query)) and route.announces(link)


def _entry(link: str, fields: dict[str, str], clock: Clock) -> Entry:
    keywords = re.split("[,،;]", fields.get("news:keywords", ""))
    tags = [tag for tag in map(plain, keywords) if tag]
    return Entry(
        url=link,
        headline=plain(fields.get("news:title")),
        published_at=clock.read(fields.get("news:publication_date")),
        modified_at=clock.read(fields.get("lastmod"), utc=True),
        tags=list(dict.fromkeys(tags)),
    )
