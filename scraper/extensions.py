"""Manners that Scrapy leaves to its users."""

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.robotstxt import RobotParser

from scraper.spiders.base import SiteSpider

# A robots.txt asking for more is obeyed up to here, or one line of it would stop a site's
# crawl for a day; the note in the ledger says so.
LONGEST_DELAY = 60.0


class CrawlDelay:
    """Obeys the Crawl-delay of robots.txt, which Scrapy reads but does not follow."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        crawler.signals.connect(self.robots_parsed, signal=signals.robots_parsed)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "CrawlDelay":
        """Return the extension for *crawler*."""
        return cls(crawler)

    def robots_parsed(self, robotparser: RobotParser, request: Request) -> None:
        """Slow down to what robots.txt asks for on the host of *request*; note its sitemaps."""
        spider = self._crawler.spider
        if isinstance(spider, SiteSpider):
            spider.visit.sitemaps = sitemaps(robotparser)
        asked = robotparser.crawl_delay(self._crawler.settings["USER_AGENT"])
        if not asked:
            return
        engine = self._crawler.engine
        assert engine is not None
        delay = min(float(asked), LONGEST_DELAY)
        if asked > LONGEST_DELAY and isinstance(spider, SiteSpider):
            spider.visit.ledger.note(
                f"robots.txt asks for {asked:g} s between requests; {delay:g} s kept"
            )
        downloader = engine.downloader
        key = downloader.get_slot_key(request)
        slot = downloader.slots.get(key)
        if slot is not None:
            slot.delay = max(slot.delay, delay)
        # A slot that was idle is made anew from these.
        downloader.per_slot_settings.setdefault(key, {})["delay"] = delay


def sitemaps(robotparser: RobotParser) -> list[str]:
    """Return the addresses on the `Sitemap:` lines of a robots.txt."""
    rules = getattr(robotparser, "rp", None)
    return list(getattr(rules, "sitemaps", ()))
