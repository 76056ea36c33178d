"""Between Scrapy and the wire: staying on the site, keeping exchanges as they were sent."""

from datetime import UTC, datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.web.http import RESPONSES

from scraper import tls
from scraper.manners import host_of
from scraper.outcomes import HostRests
from scraper.robots import HOSTS
from scraper.spiders.base import SiteSpider
from storage.exchanges import Exchange, Robots


class OnSiteMiddleware:
    """Refuses requests that would leave the site, redirects among them."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "OnSiteMiddleware":
        """Return the middleware for *crawler*."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raise IgnoreRequest where *request* is for another host; its errback is told."""
        spider = self._crawler.spider
        if isinstance(spider, SiteSpider) and not spider.site.owns(request.url):
            raise IgnoreRequest(f"{request.url} is not on the site")

    def process_response(self, request: Request, response: Response) -> Response:  # noqa: ARG002 - Scrapy's signature
        """Raise IgnoreRequest where a browser was led off the site; Scrapy asks before it follows."""
        spider = self._crawler.spider
        if isinstance(spider, SiteSpider) and not spider.site.owns(response.url):
            raise IgnoreRequest(f"{response.url} is not on the site")
        return response


class RestMiddleware:
    """Leaves alone a host that asks for it: 429, and 503 where it says so or goes on."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "RestMiddleware":
        """Return the middleware for *crawler*."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:
        """Raise HostRests where the host has asked to be left alone; the errback is told."""
        spider = self._crawler.spider
        if isinstance(spider, SiteSpider) and host_of(request.url) in spider.visit.rests:
            raise HostRests(f"{host_of(request.url)} rests")

    def process_response(self, request: Request, response: Response) -> Response:
        """Take in what the host asks for."""
        spider = self._crawler.spider
        if isinstance(spider, SiteSpider):
            visit, stated = spider.visit, response.headers.get("Retry-After")
            visit.rests.hear(
                host_of(request.url),
                response.status,
                stated.decode("latin-1") if stated else None,
                now=visit.clock(),
            )
        return response


class ExchangeMiddleware:
    """Leaves each exchange in the request's meta, for the capture, and counts requests."""

    # robots.txt as it was answered, by host and port: what allowed the requests there. It is
    # read once for several visits, see `scraper.robots`.
    _robots: ClassVar[dict[str, Exchange]] = {}

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "ExchangeMiddleware":
        """Return the middleware for *crawler*."""
        return cls(crawler)

    def process_request(self, request: Request) -> None:  # noqa: ARG002 - Scrapy's signature
        """Count the request; robots.txt counts too."""
        spider = self._crawler.spider
        if isinstance(spider, SiteSpider):
            spider.visit.ledger.requests += 1

    def process_response(self, request: Request, response: Response) -> Response:
        """Keep request and response as they were; bodies still compressed."""
        if request.meta.get("capture"):
            request.meta["exchange"] = _exchange(
                request, response, redirects=_hops(request), robots=self._verdict(request)
            )
        elif self._is_robots(request):
            self._robots.pop(urlsplit(request.url).netloc, None)
            self._robots[urlsplit(request.url).netloc] = _exchange(request, response)
            while len(self._robots) > HOSTS:
                self._robots.pop(next(iter(self._robots)))
        return response

    def _is_robots(self, request: Request) -> bool:
        spider = self._crawler.spider
        # Scrapy's own request, which it marks so and nobody else does.
        asked_by_scrapy = bool(request.meta.get("dont_obey_robotstxt"))
        return asked_by_scrapy and isinstance(spider, SiteSpider) and spider.visit.capture

    def _verdict(self, request: Request) -> Robots:
        # A request that is forbidden never comes as far as here.
        exchange = self._robots.get(urlsplit(request.url).netloc)
        return Robots("allowed" if exchange and exchange.status == 200 else "none", exchange)


def _exchange(
    request: Request,
    response: Response,
    *,
    redirects: tuple[Exchange, ...] = (),
    robots: Robots | None = None,
) -> Exchange:
    now = datetime.now(UTC)
    return Exchange(
        url=response.url,
        fetched_at=now,
        method=request.method,
        request_headers=_headers(request),
        status=response.status,
        reason=RESPONSES.get(response.status, b"").decode("ascii"),
        response_headers=_headers(response),
        body=response.body,
        address=str(response.ip_address) if response.ip_address else None,
        tls=_tls(response, now),
        redirects=redirects,
        robots=robots,
    )


def _hops(request: Request) -> tuple[Exchange, ...]:
    """The exchanges that led to *request*; a try that failed before is none of them."""
    before: Exchange | None = request.meta.get("exchange")
    if before is None or "redirect_urls" not in request.meta:
        return ()
    return tuple(one for one in (*before.redirects, before) if 300 <= one.status < 400)


def _tls(response: Response, now: datetime) -> dict[str, Any] | None:
    parts = urlsplit(response.url)
    if parts.scheme != "https":
        return None
    shown = response.certificate
    certificate = shown.original.to_cryptography() if shown is not None else None
    return tls.verdict(certificate, parts.hostname or "", now)


def _headers(message: Request | Response) -> list[tuple[str, str]]:
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in message.headers.items()
        for value in values
    ]
