"""A feed that rolled over between two polls: what fell out of it is found by other routes, or told."""

from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web

from tests.scraper.outlet import Crawl, Outlet, Process, Story
from tests.scraper.test_crawl import closes

NOW = datetime.now(UTC)
LIST = '[[routes]]\ntype = "listing"\nurl = "{url}/list?page={{page}}"\narticle_url = "^/news/"\n'
SITEMAP = '[[routes]]\ntype = "sitemap"\nurl = "{url}/sitemap.xml"\n'


@pytest.fixture
def outlet():
    with Outlet(stories=0) as outlet:
        # A hundred of last year, before anybody asked.
        outlet.stories = [Story(n, published_at=NOW - timedelta(days=400)) for n in range(1, 101)]
        outlet.answers["/feed/"] = lambda _: rss(outlet)
        outlet.answers["/list"] = lambda request: page(outlet, int(request.query["page"]))
        outlet.answers["/sitemap.xml"] = lambda _: sitemap(outlet)
        yield outlet
    Process.kill_all()


def rss(outlet):
    """The ten newest; there are no further pages."""
    every, outlet.stories = outlet.stories, outlet.stories[-10:]
    text = outlet.feed()
    outlet.stories = every
    return web.Response(text=text, content_type="application/rss+xml")


def page(outlet, number):
    newest = list(reversed(outlet.stories))[(number - 1) * 20 : number * 20]
    links = "".join(f"<p><a href='{story.path}'>{story.headline}</a></p>" for story in newest)
    return web.Response(text=f"<body>{links}</body>", content_type="text/html")


def sitemap(outlet):
    rows = "".join(
        f"<url><loc>{outlet.url}{story.path}</loc><lastmod>{story.published_at:%Y-%m-%d}</lastmod></url>"
        for story in outlet.stories
    )
    return web.Response(text=f"<urlset>{rows}</urlset>", content_type="text/xml")


def polled_twice(outlet, url, folder, *others):
    """Sixty are published between two polls of a feed of ten, with *others* beside it."""
    feed = f'[[routes]]\ntype = "feed"\nurl = "{outlet.url}/feed/"\n'
    outlet.write_site(
        folder, routes=feed + "".join(route.format(url=outlet.url) for route in others)
    )
    crawl = Crawl(url, folder)
    assert crawl.run("outlet").reports["outlet"]["new"] == 10
    assert outlet.paths("/list") == outlet.paths("/sitemap") == []
    outlet.stories += [Story(number, published_at=NOW) for number in range(101, 161)]
    return crawl.run("outlet").reports["outlet"]


@pytest.mark.parametrize(
    "other", [LIST, pytest.param(SITEMAP, marks=pytest.mark.long)], ids=["list", "sitemap"]
)
def test_what_fell_out_of_a_feed_is_found_by_other_routes(sqlite_url, outlet, tmp_path, other):
    report = polled_twice(outlet, sqlite_url, tmp_path / "sites", other)

    assert (report["new"], report["outcome"], report["notes"]) == (60, "ok", [])
    assert closes(report)


@pytest.mark.long
def test_what_no_route_has_any_more_is_told(sqlite_url, outlet, tmp_path):
    report = polled_twice(outlet, sqlite_url, tmp_path / "sites")

    assert report["new"] == 10
    [note] = report["notes"]
    assert (
        "/feed/: all of it read and still nothing known; older items may have been missed" in note
    )
    assert f"'rasid backfill outlet --since {NOW - timedelta(days=1):%Y-%m-%d}'" in note


@pytest.mark.long
def test_a_list_that_does_not_go_back_as_far_is_told_of(sqlite_url, outlet, tmp_path):
    report = polled_twice(outlet, sqlite_url, tmp_path / "sites", LIST + "max_pages = 2\n")

    assert report["new"] == 40
    assert len(report["notes"]) == 1


@pytest.mark.long
def test_a_feed_whose_addresses_are_others_each_time_has_not_rolled_over(
    sqlite_url, outlet, tmp_path
):
    polls = iter("abc")

    def session(_):
        text = rss(outlet).text.replace("/</link>", f"/?session={next(polls)}</link>")
        return web.Response(text=text, content_type="application/rss+xml")

    outlet.answers["/feed/"] = session
    feed = f'[[routes]]\ntype = "feed"\nurl = "{outlet.url}/feed/"\n'
    outlet.write_site(tmp_path / "sites", routes=feed + LIST.format(url=outlet.url))
    crawl = Crawl(sqlite_url, tmp_path / "sites")
    crawl.run("outlet")
    report = crawl.run("outlet").reports["outlet"]

    assert (report["outcome"], report["notes"]) == ("ok", [])
    assert outlet.paths("/list") == []
