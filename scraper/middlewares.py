"""Between Scrapy and the wire: staying on the site, keeping exchanges as they were sent."""

from datetime import UTC, datetime

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from twisted.web.http import RESPONSES

from scraper.spiders.base import SiteSpider
from storage.captures import Exchange


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


class ExchangeMiddleware:
    """Leaves each exchange in the request's meta, for the capture, and counts requests."""

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
            request.meta["exchange"] = Exchange(
                url=response.url,
                fetched_at=datetime.now(UTC),
                method=request.method,
                request_headers=_headers(request),
                status=response.status,
                reason=RESPONSES.get(response.status, b"").decode("ascii"),
                response_headers=_headers(response),
                body=response.body,
            )
        return response


def _headers(message: Request | Response) -> list[tuple[str, str]]:
    return [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, values in message.headers.items()
        for value in values
    ]
