"""robots.txt as RFC 9309 has it: read once an hour, and where it cannot be had, nothing is asked.

Scrapy's own middleware asks for the file on every visit, reads error pages as rules, and goes
on without rules where there is no answer.
"""

import time
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request, signals
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.robotstxt import RobotParser
from scrapy.utils.misc import build_from_crawler

from scraper.outcomes import HostRests, RobotsUnreachable, of_error

# Seconds for which a process goes by what it has read.
GOOD_FOR = 3600
# Of so many hosts, and so many bytes of each file (RFC 9309 asks for 500 KiB at least).
HOSTS = 2_000
BYTES = 512 * 1024

# The files read: scheme and host, when, and the rules. Visits come and go, the process stays.
_read: dict[str, tuple[float, bytes]] = {}


class RobotsMiddleware(RobotsTxtMiddleware):
    """Obeys robots.txt; 4xx means that there are no rules, 5xx and silence that there is no entry."""

    def __init__(self, crawler: Any) -> None:
        super().__init__(crawler)
        self._unreachable: dict[str, IgnoreRequest] = {}

    async def robot_parser(self, request: Request) -> RobotParser | None:
        """Return the rules for *request*, from memory where they were read a while ago."""
        parts = urlsplit(request.url)
        known = _read.get(_place(request))
        if parts.netloc not in self._parsers and known and time.monotonic() < known[0] + GOOD_FOR:
            parser = build_from_crawler(self._parserimpl, self.crawler, known[1])
            self._parsers[parts.netloc] = parser
            await self.crawler.signals.send_catch_log_async(
                signal=signals.robots_parsed, robotparser=parser, request=request
            )
        return await super().robot_parser(request)

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        """Raise IgnoreRequest where the rules forbid *request*, or could not be had."""
        refusal = self._unreachable.get(urlsplit(request.url).netloc)
        if refusal is not None:
            raise refusal
        super().process_request_2(rp, request)

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        if response.status == 429:
            raise HostRests(f"{netloc} rests")
        if response.status >= 500:
            raise RobotsUnreachable(f"robots_http_{response.status}")
        rules = response.body[:BYTES] if response.status == 200 else b""
        _read.pop(_place(request), None)
        _read[_place(request)] = (time.monotonic(), rules)
        while len(_read) > HOSTS:
            _read.pop(next(iter(_read)))
        await super()._parse_robots(response.replace(body=rules), netloc, request)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        if isinstance(exc, HostRests | RobotsUnreachable):
            self._unreachable[netloc] = exc
        elif not isinstance(exc, IgnoreRequest):
            self._unreachable[netloc] = RobotsUnreachable(of_error(exc).reason)
        # Else it led off the site, in a circle, or to no end: as if there were none.
        super()._robots_error(exc, netloc)


def forbids(url: str, agent: str) -> bool:
    """Tell whether the rules of the host of *url*, where they were read, keep *agent* from it."""
    _, rules = _read.get(_place_of(url), (0.0, b""))
    return not _parsed(rules).can_fetch(url, agent)


@lru_cache(maxsize=64)
def _parsed(rules: bytes) -> Protego:
    return Protego.parse(rules.decode("utf-8", "ignore"))


def _place(request: Request) -> str:
    return _place_of(request.url)


def _place_of(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
