"""A site with a past, and backfills of it that are killed: for tests and for benchmarks."""

import json
import time
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

from aiohttp import web

from tests.scraper import rest
from tests.scraper.outlet import Crawl, Outlet, Story

NEWEST = datetime(2026, 11, 20, tzinfo=UTC)
SINCE = "2020-01-01T00:00:00+00:00"
SITEMAP_SIZE = 1_000


def stories(number: int, *, hours: float = 1) -> list[Story]:
    """Return *number* stories, the last one the newest, so many hours apart."""
    return [
        Story(n, published_at=NEWEST - timedelta(hours=hours * (number - n)))
        for n in range(1, number + 1)
    ]


def over_rest(outlet: Outlet) -> str:
    """Have *outlet* answer over REST; return its routes."""
    rest.serve(outlet)
    return rest.site(outlet)


def over_sitemaps(outlet: Outlet, *, size: int = SITEMAP_SIZE) -> str:
    """Have *outlet* offer an index of sitemaps, *size* addresses each; return its routes."""
    parts = [outlet.stories[start : start + size] for start in range(0, len(outlet.stories), size)]
    index = "".join(
        f"<sitemap><loc>{outlet.url}/post-sitemap{n}.xml</loc>"
        f"<lastmod>{part[-1].published_at.isoformat()}</lastmod></sitemap>"
        for n, part in enumerate(parts, start=1)
    )
    outlet.answers["/sitemap_index.xml"] = _xml(f"<sitemapindex>{index}</sitemapindex>")
    for n, part in enumerate(parts, start=1):
        urls = "".join(
            f"<url><loc>{outlet.url}{story.path}</loc>"
            f"<lastmod>{story.published_at.isoformat()}</lastmod></url>"
            for story in part
        )
        outlet.answers[f"/post-sitemap{n}.xml"] = _xml(f"<urlset>{urls}</urlset>")
    return f'[[routes]]\ntype = "feed"\nurl = "{outlet.url}/feed/"\n'


def over_lists(outlet: Outlet, *, size: int = 20) -> str:
    """Have *outlet* offer a section whose pages are counted; return its routes."""

    def section(request: web.Request) -> web.Response:
        page = int(request.query.get("page", "1"))
        newest = list(reversed(outlet.stories))[(page - 1) * size : page * size]
        if not newest:
            return web.Response(status=404)
        links = "".join(f'<h2><a href="{one.path}">{one.headline}</a></h2>' for one in newest)
        return web.Response(text=f"<html><body>{links}</body></html>", content_type="text/html")

    outlet.answers["/news"] = section
    return (
        f'[[routes]]\ntype = "listing"\nurl = "{outlet.url}/news?page={{page}}"\nlinks = "h2 a"\n'
    )


def _xml(text: str) -> web.Response:
    return web.Response(text=text, content_type="application/xml")


def asked(**more: Any) -> str:
    return json.dumps({"site": "outlet", "since": SINCE, **more})


def run(crawl: Crawl, **more: Any) -> list[dict[str, Any]]:
    """Run a backfill to its end; return what it told."""
    process = crawl.start("--backfill", asked(**more))
    return process.told()


def killed(crawl: Crawl, outlet: Outlet, at: tuple[int, ...], seconds: float = 60) -> None:
    """Begin a backfill again and again, killed when *outlet* was asked so often in all."""
    for requests in at:
        process = crawl.start("--backfill", asked())
        deadline = time.monotonic() + seconds
        while len(outlet.requests) < requests and process.alive and time.monotonic() < deadline:
            time.sleep(0.005)
        process.signal(9)
        process.join()


def repeated(outlet: Outlet) -> dict[str, int]:
    """Return what was asked for more than once, robots.txt apart, and how often too many."""
    counts = Counter(path for _, path, status in outlet.requests if path != "/robots.txt")
    return {path: number - 1 for path, number in counts.items() if number > 1}
