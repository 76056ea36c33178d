"""The end of the line: what was found is kept, and its fate entered in the ledger."""

import logging
from typing import Any

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from sqlalchemy.exc import SQLAlchemyError

from scraper.frontier import Found
from scraper.items import as_json
from scraper.outcomes import Outcome
from scraper.spiders.base import SiteSpider
from storage.errors import DiskFull, LeaseLost, RasidError

log = logging.getLogger(__name__)


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
        except DiskFull as error:
            spider.stop_full(str(error))
            raise DropItem(str(error)) from error
        except (RasidError, SQLAlchemyError) as error:
            # The page is named and tried again another day; the crawl goes on.
            log.exception("%s: cannot be kept", item.item.url)
            await spider.visit.settle(item.key, Outcome("failed", "not_kept"))
            raise DropItem("cannot be kept") from error
        spider.visit.ledger.kept(
            item.key,
            outcome,
            bodied=bool(item.item.body.strip()),
            dated=item.item.published_at is not None,
        )
        return as_json(item.item)
