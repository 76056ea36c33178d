"""A worker killed at odd moments of its polls, while its site goes on publishing and correcting."""

import itertools
import signal
import time
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from storage import checks
from storage.database import open_archive, reading
from storage.models import Article
from tests.scraper import rest
from tests.scraper.outlet import Crawl, Outlet, Process, Story

# So long after the first request of its poll, in seconds.
MOMENTS = (0.0, 0.1, 0.25, 0.45)


@pytest.fixture
def outlet():
    with Outlet(stories=6) as outlet:
        outlet.page_seconds = 0.1
        yield outlet
    Process.kill_all()


@pytest.mark.parametrize("over_rest", [False, True], ids=["feed", "rest"])
@pytest.mark.long
def test_kills_at_odd_moments_of_polls_lose_nothing_and_double_nothing(
    sqlite_url, outlet, tmp_path, over_rest
):
    if over_rest:
        rest.serve(outlet)
    routes = rest.site(outlet) if over_rest else None
    outlet.write_site(tmp_path / "sites", routes=routes)
    crawl = Crawl(
        sqlite_url, tmp_path / "sites", lease_seconds=0.7, captures=str(tmp_path / "captures")
    )
    numbers = itertools.count(7)
    kills = 0
    for moment in MOMENTS:
        kills += killed(crawl, outlet, moment)
        now = datetime.now(UTC)
        outlet.stories += [Story(next(numbers), published_at=now) for _ in range(3)]
        if over_rest:
            # A correction, which REST states: a kill must not lose it either.
            story = outlet.stories[0]
            story.headline, story.modified_at = f"{story.headline} تصحيح", now
    crawl.run("outlet")

    engine = open_archive(sqlite_url)
    with reading(engine) as db:
        kept = sorted(db.scalars(select(Article.headline)))
        faults = [found for found in checks.check(db) if found.wrong]
    engine.dispose()
    assert kept == sorted(story.headline for story in outlet.stories)
    assert faults == []
    assert kills


def killed(crawl, outlet, moment):
    """Begin a poll and kill it *moment* seconds after its first request; have its lease run out.

    Tell whether it was killed: over REST it may be done sooner.
    """
    before = len(outlet.requests)
    process = crawl.start("--sites", "outlet")
    while len(outlet.requests) == before and process.alive:
        time.sleep(0.005)
    time.sleep(moment)
    try:
        process.signal(signal.SIGKILL)
    except ProcessLookupError:
        return False
    process.join()
    time.sleep(0.8)
    return True
