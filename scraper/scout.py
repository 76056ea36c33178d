"""What an unknown site offers: its home page read, the likely routes named. Then they are asked."""

import re
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urljoin, urlsplit

from parsel import Selector
from scrapy import Request
from scrapy.crawler import AsyncCrawlerRunner
from scrapy.http import HtmlResponse, Response
from twisted.python.failure import Failure

from scraper import check, outcomes
from scraper.catalogue import Route, Site
from scraper.discovery import structure
from scraper.discovery.errors import RouteError
from scraper.discovery.sitemap import holds_no_articles
from scraper.extraction.encoding import decode
from scraper.frontier import LooseFrontier
from scraper.spiders.base import SiteSpider
from scraper.spiders.pages import charset
from scraper.visit import Visit

# Where routes are by convention: WordPress, Drupal, Joomla.
CONVENTIONS = (
    ("wordpress", ""),
    ("wordpress", "?rest_route=/wp/v2/posts"),
    ("feed", "feed/"),
    ("feed", "rss.xml"),
    ("feed", "?format=feed&type=rss"),
)
# Where sitemaps are when robots.txt names none of their type: Yoast and Rank Math, plugins for
# Google News; WordPress itself.
SITEMAPS = (
    ("news_sitemap", "news-sitemap.xml"),
    ("news_sitemap", "sitemap-news.xml"),
    ("sitemap", "sitemap_index.xml"),
    ("sitemap", "wp-sitemap.xml"),
    ("sitemap", "sitemap.xml"),
)
_OF_NEWS = re.compile(r"(?:^|[-_/])news(?:[-_]?sitemap)?(?:[-_.]|$)", re.IGNORECASE)

# What home pages of all sites are called.
_ANY_HOME = {"الرئيسية", "الصفحة الرئيسية", "الأخبار", "أخبار", "Home", "News"}

# Between two requests, as of a site file that says nothing of it.
DELAY_SECONDS = 2

# Where the home page comes to this, no route is asked.
UNREACHABLE = {"private_address", "dns", "connection_refused", "tls"}


@dataclass(slots=True)
class Home:
    """What the home page tells."""

    url: str
    name: str = ""
    language: str = "ar"
    routes: list[Route] = field(default_factory=list)
    refused: str | None = None


class ScoutSpider(SiteSpider):
    """Reads the home page of its site."""

    home: Home

    async def start(self) -> AsyncIterator[Any]:
        """Ask for the home page."""
        self.visit.opened.set()
        self.home = Home(self.site.url)
        yield self.visit.request(self.site.url, self.read_home, self.fail_home)

    async def read_home(self, response: Response) -> AsyncIterator[Any]:
        """Write down which routes the page and its headers name."""
        outcome = outcomes.of_status(response.status, response.body)
        if outcome is not None:
            self.home.refused = outcome.reason
        elif isinstance(response, HtmlResponse):
            self._read(response)
        requests: tuple[Request, ...] = ()
        for request in requests:
            yield request

    async def fail_home(self, failure: Failure) -> AsyncIterator[Any]:
        """Write down why the page could not be had."""
        self.home.refused = self.visit.outcome_of(failure).reason
        requests: tuple[Request, ...] = ()
        for request in requests:
            yield request

    def _read(self, response: HtmlResponse) -> None:
        home = self.home
        page = Selector(text=decode(response.body, charset(response.headers)))
        home.url = response.url
        name = page.css('meta[property="og:site_name"]::attr(content)').get()
        title = re.split(r"\s(?:[-|–]|::)\s", page.css("title::text").get() or "")
        own = [part for part in title if part.strip() not in _ANY_HOME]
        home.name = " ".join((name or (own or title)[0]).split())
        language = (page.css("html::attr(lang)").get() or "ar")[:2].lower()
        home.language = language if re.fullmatch("[a-z]{2}", language) else "ar"
        stated = b",".join(response.headers.getlist("Link")).decode("latin-1")
        rest = re.search(r'<([^>]+)>\s*;\s*rel="https://api\.w\.org/"', stated)
        href = rest[1] if rest else page.css('link[rel="https://api.w.org/"]::attr(href)').get()
        if href:
            self._add("wordpress", urljoin(response.url, href).partition("wp-json")[0])
        for feed in page.css(
            'link[rel~=alternate][type="application/rss+xml"]::attr(href),'
            'link[rel~=alternate][type="application/atom+xml"]::attr(href)'
        ).getall():
            if "comment" not in feed:
                self._add("feed", urljoin(response.url, feed))
        self._list(response)

    def _add(self, kind: Any, url: str) -> None:
        if self.site.owns(url):
            self.home.routes.append(Route(type=kind, url=url))

    def _list(self, response: HtmlResponse) -> None:
        """Name the home page as a listing, where it holds a list of articles."""
        try:
            found = structure.find(response.body, url=response.url, owns=self.site.owns)
        except RouteError:
            return
        if not found.entries:
            return
        first = Route(
            type="listing",
            url=response.url,
            article_url=found.article_url,
            links=None if found.article_url else found.links,
        )
        if found.pages is not None:
            # Asked first: where its first page works, the busy hours behind it can be read.
            counted = {"url": found.pages.url, "first_page": found.pages.first_page}
            counted["page_step"] = found.pages.page_step
            self.home.routes.append(first.model_copy(update=counted))
        self.home.routes.append(first)


def provisional(url: str, *, private_network: bool) -> Site:
    """Return a site of which only an address on it is known; its routes are not."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2].lower()
    name = (parts.hostname or "site").removeprefix("www.")
    key = re.sub(r"[^a-z0-9]+", "_", name.rpartition(".")[0].lower() or name).strip("_") or "site"
    root = f"{parts.scheme}://{host}/"
    return Site(
        key=key,
        name=name,
        url=root,
        private_network=private_network,
        # A server of one's own needs no sparing; a stranger's does.
        delay_seconds=0 if private_network else DELAY_SECONDS,
        routes=[Route(type="feed", url=urljoin(root, "feed/"))],
    )


async def probe(site: Site, runner: AsyncCrawlerRunner) -> dict[str, Any]:
    """Return what works of *site*, of whatever routes it may have; see docs/formats.md.

    Beside what `check.check` returns: `proposal`, the site file that follows from it, or
    None where no route works.
    """
    visit = Visit(site, LooseFrontier())
    own = type(f"{site.key.title()}Scout", (ScoutSpider,), {"name": site.key, "site": site})
    crawler = runner.create_crawler(own)
    await crawler.crawl_async(visit=visit)
    spider = crawler.spider
    assert isinstance(spider, ScoutSpider)
    home = spider.home
    likely = [Route(type=kind, url=urljoin(site.url, path)) for kind, path in CONVENTIONS]  # type: ignore[arg-type]
    routes: dict[tuple[str, str], Route] = {
        (route.type, route.url): route
        for route in [*likely, *home.routes, *_sitemaps(site, visit.sitemaps)]
    }
    asked = site.model_copy(update={"routes": list(routes.values())})
    if home.refused in UNREACHABLE:
        return _nothing(asked, home, visit.ledger.requests)
    report = await check.check(asked, runner)
    report["home"] = home.refused or "ok"
    report["proposal"] = _proposal(asked, home, report, routes)
    return report


def _sitemaps(site: Site, named: Sequence[str]) -> list[Route]:
    """Return the sitemaps a site may have: those robots.txt names, and likely ones of other types."""
    found = [
        Route(type="news_sitemap" if _OF_NEWS.search(urlsplit(url).path) else "sitemap", url=url)
        for url in named
        if site.owns(url) and not holds_no_articles(url)
    ]
    types = {route.type for route in found}
    return found + [
        Route(type=kind, url=urljoin(site.url, path))  # type: ignore[arg-type]
        for kind, path in SITEMAPS
        if kind not in types
    ]


def _nothing(site: Site, home: Home, requests: int) -> dict[str, Any]:
    """Return the report of a site that cannot be reached at all."""
    return {
        "site": site.key,
        "outcome": "failing",
        "requests": requests,
        "seconds": 0.0,
        "routes": [],
        "sample": None,
        "home": home.refused,
        "proposal": None,
    }


def _proposal(
    site: Site,
    home: Home,
    report: dict[str, Any],
    routes: dict[tuple[str, str], Route],
) -> dict[str, Any] | None:
    """Return the fields of a site file of what worked, the best of each kind but for feeds."""
    chosen: dict[str, Route] = {}
    for one in report["routes"]:
        if one["outcome"] == "ok" and one["items"]:
            chosen.setdefault(one["type"], routes[one["type"], one["url"]])
    if not chosen:
        return None
    rules = (report["sample"] or {}).get("rules") or ()
    theme = next((one.removeprefix("theme:") for one in rules if one.startswith("theme:")), None)
    return {
        "key": site.key,
        "name": home.name or site.name,
        "url": site.url,
        "hosts": list(site.hosts),
        "language": home.language,
        "private_network": site.private_network,
        "confidence": "medium",
        "evidence": "rasid sites add",
        "routes": [
            route.model_dump(mode="json", exclude_defaults=True) for route in chosen.values()
        ],
        **({"extract": {"theme": theme}} if theme else {}),
    }
