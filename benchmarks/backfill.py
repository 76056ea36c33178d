"""Bring in the whole past of a site three times, each killed three times in the middle.

    python -m benchmarks.backfill [--posts 5000] [--ways rest,sitemaps,lists]

A site with so many posts answers over REST, by an index of sitemaps, or by the pages of a list.
`rasid backfill`'s worker is ended with `kill -9` three times, then run to its end. Asked for: not
one article missing or double, nothing fetched twice but what was in flight at a kill, and over
REST no more than a request for a hundred posts.
"""

import argparse
import tempfile
import time
from pathlib import Path

from sqlalchemy import func, select

from benchmarks.crawl_newsroom import Press
from storage.database import open_archive, reading
from storage.models import Article, Version
from tests.scraper import past
from tests.scraper.outlet import Crawl, Outlet, Story

WAYS = {"rest": past.over_rest, "sitemaps": past.over_sitemaps, "lists": past.over_lists}
# Longer than any of it takes.
SECONDS = 3_600.0


def stories(number: int) -> list[Story]:
    """Return stories that say each something else, the last one the newest."""
    press, told = Press(11), past.stories(number)
    for story in told:
        article = press.article(story.number)
        story.headline, story.body = article.headline, article.paragraphs
    return told


def measure(way: str, number: int) -> str:
    """Return what a backfill of *number* posts took over *way*, in a line."""
    with Outlet(stories=0) as outlet, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        outlet.stories = stories(number)
        outlet.write_site(folder / "sites", routes=WAYS[way](outlet))
        url = f"sqlite:///{folder / 'rasid.db'}"
        open_archive(url, create=True).dispose()
        crawl = Crawl(url, folder / "sites", lease_seconds=2)
        whole = number // 100 if way == "rest" else number
        began = time.monotonic()
        past.killed(crawl, outlet, (whole // 4, whole // 2, whole * 3 // 4), SECONDS)
        process = crawl.start("--backfill", past.asked())
        *_, end = process.told(SECONDS)
        seconds = time.monotonic() - began
        engine = open_archive(url)
        with reading(engine) as db:
            articles = db.scalar(select(func.count()).select_from(Article))
            versions = db.scalar(select(func.count()).select_from(Version))
        engine.dispose()
        asked = [path for _, path, _ in outlet.requests if path != "/robots.txt"]
        again = past.repeated(outlet)
        return (
            f"{way:9} {end['outcome']}: {articles} articles, {versions} versions, "
            f"{len(asked)} requests, {sum(again.values())} of them again, {seconds:.0f} s"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--posts", type=int, default=5_000)
    parser.add_argument("--ways", default=",".join(WAYS))
    given = parser.parse_args()
    for way in given.ways.split(","):
        print(measure(way, given.posts), flush=True)


if __name__ == "__main__":
    main()
