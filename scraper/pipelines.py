"""The end of the line: what was found is kept, and its fate entered in the ledger."""

from typing import Any

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from scraper.frontier import Found
from scraper.items import as_json
from scraper.spiders.base import SiteSpider
from storage.errors import LeaseLost


class KeepPipeline:
    """Keeps each article through the spider's frontier."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> "KeepPipeline":
        """Return the pipeline for *crawler*."""
        return cls(crawler)

    async def process_item(self, item: Found) -> dict[str, Any]:
        """Keep *item*; return it as article JSON, for Scrapy's own exports."""
        spider = self._crawler.spider
        assert isinstance(spider, SiteSpider)
        try:
            outcome = await spider.visit.frontier.keep(item)
        except LeaseLost as error:
            spider.give_up()
            raise DropItem(str(error)) from error
        spider.visit.ledger.kept(item.key, outcome)
        return as_json(item.item)
