"""Which module reads the answers of which type of route."""

from collections.abc import Mapping
from datetime import datetime
from typing import Protocol

from scraper.catalogue import Route, Site
from scraper.discovery import feed, listing, sitemap, wordpress
from scraper.discovery.entries import Announcement


class Read(Protocol):
    """What each module of `scraper.discovery` offers."""

    def __call__(
        self, body: bytes, *, url: str, route: Route, site: Site, now: datetime
    ) -> Announcement: ...


READERS: Mapping[str, Read] = {
    "wordpress": wordpress.read,
    "feed": feed.read,
    "news_sitemap": sitemap.read,
    "sitemap": sitemap.read,
    "listing": listing.read,
}
