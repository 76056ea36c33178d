"""Pages as a browser shows them, where a site's file asks for it: Scrapy's handler for those.

Of `scrapy-playwright` and the system's Chromium; only loaded for such a site. Every connection goes
through a gateway that keeps it out of private networks. What is asked for over it obeys what a
crawl obeys; pictures, films, fonts and frames are not asked for. A page that comes from here says
so in its headers, as its bytes are not those that were sent.
"""

import asyncio
import os
from functools import partial
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, Page, Playwright, async_playwright
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Request as Asked
from playwright.async_api import TimeoutError as PlaywrightTimeout
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    DownloadCancelledError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
)
from scrapy.http import Headers, Response
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler
from scrapy_playwright.page import PageMethod

from scraper import browser, robots
from scraper.connections import ClosingHandler
from scraper.gateway import Gateway
from scraper.outcomes import BrowserBroken
from scraper.resolver import PrivateAddressError
from scraper.spiders.base import SiteSpider

# How many browsers a worker runs at a time; further sites wait for their turn. One takes as much
# memory as a worker.
BROWSERS = asyncio.Semaphore(2)
# How long, in seconds, a page may go on asking for things once it has loaded.
RESTLESS = 5.0
# What no article is made of.
UNWANTED = {"image", "media", "font", "ping", "cspreport", "eventsource", "manifest", "texttrack"}
# Of what the server said: the rest is of other bytes.
KEPT_HEADERS = ("Date", "Retry-After")
QUIET = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--dns-prefetch-disable",
    # What does not go by the proxy goes nowhere.
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
)


class Chromium:
    """The system's Chromium behind a gateway, started when the first page is asked for."""

    def __init__(self, gateway: Gateway, _config: Any) -> None:
        self._gateway = gateway
        self._playwright: Playwright | None = None
        self._place = ""
        self._has_turn = False

    async def start(self) -> None:
        """Wait: a visit may need no page."""

    async def launch_browser(self) -> Browser:
        """Return the browser, once no more than a few run beside it."""
        if not self._has_turn:
            await BROWSERS.acquire()
            self._has_turn = True
        try:
            return await self._launch()
        except (PlaywrightError, OSError) as error:
            raise BrowserBroken(str(error)) from error

    async def _launch(self) -> Browser:
        if self._playwright is None:
            self._place = await self._gateway.open()
            self._playwright = await async_playwright().start()
        return await self._playwright.chromium.launch(
            executable_path=browser.program(),
            proxy={"server": self._place, "bypass": "<-loopback>"},
            args=QUIET,
            # Playwright lets every page open windows.
            ignore_default_args=["--disable-popup-blocking"],
            # It cannot be had by root, as whom containers run.
            chromium_sandbox=os.geteuid() != 0,
        )

    async def close(self) -> None:
        """Let the next one have its turn."""
        await self._gateway.close()
        if self._playwright is not None:
            await self._playwright.stop()
            self._playwright = None
        if self._has_turn:
            self._has_turn = False
            BROWSERS.release()


class RenderingHandler(ScrapyPlaywrightDownloadHandler, ClosingHandler):  # type: ignore[misc]  # it ships no types
    """Fetches what asks for a browser with one, everything else as Scrapy does."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        assert crawler.spidercls is not None
        assert issubclass(crawler.spidercls, SiteSpider)
        self._site = crawler.spidercls.site
        self._agent: str = crawler.settings["USER_AGENT"]
        self._most = crawler.settings.getint("DOWNLOAD_MAXSIZE")
        self._seconds = crawler.settings.getfloat("DOWNLOAD_TIMEOUT")
        self._gateway = Gateway(self._site.owns, most=self._most, seconds=self._seconds)
        self._turn = asyncio.Lock()
        self.browser_provider_cls = partial(Chromium, self._gateway)
        self.abort_request = self._is_unwanted

    async def download_request(self, request: Request) -> Response:
        """Return the page as it stands once its scripts are done; as Scrapy would where not asked."""
        if not request.meta.get("playwright"):
            response: Response = await super().download_request(request)
            return response
        request.meta["playwright_context_kwargs"] = {
            "user_agent": self._agent,
            "service_workers": "block",
            "accept_downloads": False,
            # As Scrapy: readers click the warning away.
            "ignore_https_errors": True,
        }
        request.meta["playwright_page_methods"] = [PageMethod(settled)]
        # One page at a time; waiting for one's turn is no fault of the page.
        async with self._turn:
            await self._maybe_launch_browser()
            self._gateway.next_page()
            try:
                async with asyncio.timeout(self._seconds):
                    response = await super().download_request(request)
            except (TimeoutError, PlaywrightError) as error:
                # A page whose scripts never end would be in the way of the next.
                for wrapper in list(self.context_wrappers.values()):
                    await wrapper.context.close()
                raise self._meant(request, error) from error
            return self._as_rendered(response)

    def _is_unwanted(self, asked: Asked) -> bool:
        """Tell whether a page is not given what it asks for."""
        if asked.resource_type in UNWANTED:
            return True
        if asked.is_navigation_request():
            # What is framed is not part of the page; a script may not lead off the site.
            return asked.frame.parent_frame is not None or not self._site.owns(asked.url)
        if self._site.owns(asked.url):
            return robots.forbids(asked.url, self._agent)
        self._gateway.expect(urlsplit(asked.url).hostname)
        return False

    def _meant(self, request: Request, error: Exception) -> Exception:
        """Return what the crawl is told of a page that could not be shown."""
        troubles, words = self._gateway.troubles, str(error)
        inward = [one for one in troubles.values() if isinstance(one, PrivateAddressError)]
        if inward and "net::" in words:
            return inward[0]
        if self._gateway.spent:
            return DownloadCancelledError(f"more than {self._most} bytes for one page")
        if isinstance(error, (TimeoutError, PlaywrightTimeout)):
            return DownloadTimeoutError(words)
        trouble = troubles.get(urlsplit(request.url).hostname or "")
        if trouble is None and "ERR_SOCKS" in words:
            return IgnoreRequest(f"{request.url} leads off the site")
        return trouble or DownloadFailedError(words)

    def _as_rendered(self, response: Response) -> Response:
        body = response.text.encode()
        if self._gateway.spent or len(body) > self._most:
            raise DownloadCancelledError(f"more than {self._most} bytes for one page")
        kept = {name: response.headers.getlist(name) for name in KEPT_HEADERS}
        headers = Headers({name: value for name, value in kept.items() if value})
        headers["Content-Type"] = _utf8(response.headers.get("Content-Type"))
        headers["X-Rendered-By"] = f"Chromium/{self.browser.version}"
        address = self._gateway.addresses.get(urlsplit(response.url).hostname or "")
        return response.replace(
            headers=headers,
            body=body,
            encoding="utf-8",
            ip_address=ip_address(address) if address else None,
        )


async def settled(page: Page) -> None:
    """Wait until *page* asks for nothing more, for a while."""
    try:
        await page.wait_for_load_state("networkidle", timeout=RESTLESS * 1000)
    except PlaywrightTimeout:
        return  # there are pages that never rest; they are read as they stand


def _utf8(stated: bytes | None) -> str:
    kind = (stated or b"text/html").partition(b";")[0].strip().decode("latin-1")
    return f"{kind}; charset=utf-8"
