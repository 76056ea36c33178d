"""Scrapy's settings for every crawl; a site's own are laid over them by its spider.

Also read by `scrapy crawl` and `scrapy list`.
"""

import os
from importlib.metadata import PackageNotFoundError, version

try:
    VERSION = version("rasid")
except PackageNotFoundError:  # run from a source tree that was never installed
    VERSION = "0"

BOT_NAME = "rasid"
SPIDER_MODULES = ["scraper.spiders.sites"]
CONTACT = os.environ.get("RASID_CONTACT", "")
USER_AGENT = f"Rasid/{VERSION}" + (f" (+{CONTACT})" if CONTACT else "")

# --- Manners
ROBOTSTXT_OBEY = True
CONCURRENT_REQUESTS_PER_DOMAIN = 1
# Of one site: what is under way and the next. Requests that wait in the downloader are
# made even when the crawl is told to stop, so few wait there.
CONCURRENT_REQUESTS = 2
# The next page of a site is asked for when the one before is kept: a kill then costs
# two pages asked for again, and no more. Sites go on beside each other.
SCRAPER_SLOT_MAX_ACTIVE_SIZE = 1
# Scrapy starts so many tasks for every answer, whatever comes of it: a page is one article, and
# those a route carries whole are kept together as they come.
CONCURRENT_ITEMS = 16
DOWNLOAD_DELAY_JITTER = 0.3
# One more try at once; after that the archive knows when the address is due again.
RETRY_TIMES = 1
# Not 429 and 503: who says "not now" is not asked again at once.
RETRY_HTTP_CODES = [408, 500, 502, 504, 522, 524]
REDIRECT_MAX_TIMES = 5
# News pages reload themselves every minute; that is no redirect.
METAREFRESH_ENABLED = False
DOWNLOAD_TIMEOUT = 30

DEFAULT_REQUEST_HEADERS = {
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
    "Accept-Language": "ar,en;q=0.5",
}

# --- Bounds. A gzip bomb of 194 KB took 474 MB under the default of 1 GiB.
DOWNLOAD_MAXSIZE = 8 * 1024 * 1024
DOWNLOAD_WARNSIZE = 0

# --- Safety
TELNETCONSOLE_ENABLED = False
REMOTE_CONTROL_ENABLED = False
DOWNLOAD_HANDLERS = {
    **dict.fromkeys(("file", "data", "ftp", "s3")),
    **dict.fromkeys(("http", "https"), "scraper.connections.ClosingHandler"),
}
TWISTED_DNS_RESOLVER = "scraper.resolver.GuardedResolver"
# The cookie middleware would fetch the list of public suffixes at its first cookie.
COOKIES_ENABLED = False

# --- Parts
TWISTED_REACTOR = "twisted.internet.asyncioreactor.AsyncioSelectorReactor"
# The archive knows which addresses are new; within a run the ledger does.
DUPEFILTER_CLASS = "scrapy.dupefilters.BaseDupeFilter"
# Statuses are read by the spider: a refusal is a state of the site, not an error.
HTTPERROR_ALLOW_ALL = True
# Nobody needs to know where an address was found; redirects want the middleware, though.
REFERRER_POLICY = "no-referrer"
DOWNLOADER_MIDDLEWARES = {
    # Scrapy's drops a redirect to another host without telling the spider.
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,
    "scraper.middlewares.OnSiteMiddleware": 50,
    "scraper.middlewares.RestMiddleware": 840,
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,
    "scraper.robots.RobotsMiddleware": 100,
    # Nearer to the wire than HttpCompression (590), so that bodies are kept as sent.
    "scraper.middlewares.ExchangeMiddleware": 850,
    "scrapy.downloadermiddlewares.httpauth.HttpAuthMiddleware": None,
    "scrapy.downloadermiddlewares.httpproxy.HttpProxyMiddleware": None,
}
SPIDER_MIDDLEWARES = {
    # It drops long addresses without a word; the spider refuses them with one.
    "scrapy.spidermiddlewares.urllength.UrlLengthMiddleware": None,
}
EXTENSIONS = {
    "scraper.extensions.CrawlDelay": 0,
    "scrapy.extensions.memusage.MemoryUsage": None,
    "scrapy.extensions.logstats.LogStats": None,
}
ITEM_PIPELINES = {"scraper.pipelines.KeepPipeline": 100}
# It reads the source of each callback of each spider, for mistakes of beginners.
WARN_ON_GENERATOR_RETURN_VALUE = False
FEED_EXPORT_ENCODING = "utf-8"
LOG_LEVEL = "WARNING"
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s: %(message)s"
