"""What others make of the same newsroom: one process, one way; `crawl.py` starts it.

    python crawl_rivals.py WAY SITEMAP...

Ways: `scrapy` fetches and no more, `parsel` also takes title and body by CSS, `trafilatura` has
Scrapy fetch and trafilatura read, `news-please` fetches and reads by itself. It imports nothing
of Rasid, so that an environment with the rival alone can run it. Prints how many pages it had.
"""

import os
import re
import sys
from collections.abc import Iterator
from typing import Any
from urllib.request import urlopen

# What Scrapy is fastest with; sites do not limit it.
SETTINGS = {
    "LOG_LEVEL": "ERROR",
    "TELNETCONSOLE_ENABLED": False,
    "COOKIES_ENABLED": False,
    "RETRY_ENABLED": False,
    "REFERER_ENABLED": False,
    "HTTPPROXY_ENABLED": False,
    "MEMUSAGE_ENABLED": False,
    "CONCURRENT_REQUESTS": 64,
    "CONCURRENT_REQUESTS_PER_DOMAIN": 8,
    "DOWNLOAD_DELAY": 0,
    "ROBOTSTXT_OBEY": False,
}
# Of the four themes of the newsroom.
TITLES = "h1.post-title, h1.entry-title, h1.name, h1.elementor-heading-title, h1"
BODIES = "div.entry-content p, div.entry p, div.elementor-widget-theme-post-content p, article p"


def scrape(way: str, sitemaps: list[str]) -> int:
    """Crawl with Scrapy; return how many pages gave a title or, fetched alone, a body of bytes."""
    import scrapy
    from scrapy.crawler import CrawlerProcess

    read = {"scrapy": fetched, "parsel": selected, "trafilatura": extracted}[way]
    counts = [0]

    class Newsroom(scrapy.Spider):
        name = "newsroom"
        start_urls = sitemaps

        def parse(self, response: Any) -> Iterator[Any]:
            for url in locations(response.body):
                yield scrapy.Request(url, self.page, dont_filter=True)

        def page(self, response: Any) -> Iterator[Any]:
            item = read(response)
            counts[0] += bool(item["title"])
            yield item

    process = CrawlerProcess(SETTINGS)
    process.crawl(Newsroom)
    process.start()
    return counts[0]


def fetched(response: Any) -> dict[str, Any]:
    """Return that there was something."""
    return {"title": str(len(response.body))}


def selected(response: Any) -> dict[str, Any]:
    """Return title and body by CSS."""
    body = [" ".join(node.css("::text").getall()) for node in response.css(BODIES)]
    return {"title": response.css(TITLES).css("::text").get(), "body": "\n\n".join(body)}


def extracted(response: Any) -> dict[str, Any]:
    """Return what trafilatura reads."""
    from trafilatura import bare_extraction

    found = bare_extraction(response.text, url=response.url, with_metadata=True)
    return {"title": found and found.title, "body": found and found.text}


def please(sitemaps: list[str]) -> int:
    """Fetch and read with news-please, its fetching of images off; return how many gave a title."""
    from newsplease import NewsPlease

    count = 0
    for sitemap in sitemaps:
        with urlopen(sitemap) as answer:  # noqa: S310 - the loopback
            urls = locations(answer.read())
        # One by one: given several, it starts processes, and a worker is one.
        for url in urls:
            count += bool(NewsPlease.from_urls([url], fetch_images=False)[url].title)
    return count


def locations(sitemap: bytes) -> list[str]:
    """Return the addresses in a sitemap, as many as are wanted."""
    found = [match.decode() for match in re.findall(rb"<loc>([^<]+)</loc>", sitemap)]
    return found[: int(os.environ.get("PAGES_A_HOST", "100000"))]


def main() -> None:
    way, *sitemaps = sys.argv[1:]
    print(please(sitemaps) if way == "news-please" else scrape(way, sitemaps))


if __name__ == "__main__":
    main()
