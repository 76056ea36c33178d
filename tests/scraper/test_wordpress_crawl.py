"""WordPress over REST, crawled: what the site keeps from us, and what it does not."""

import json
from datetime import UTC, datetime, timedelta

import pytest
from aiohttp import web
from sqlalchemy import select

from storage.models import Article, Route
from tests.scraper import rest
from tests.scraper.outlet import Crawl, Outlet, Process, Story
from tests.scraper.test_crawl import closes, rows


@pytest.fixture
def outlet():
    with Outlet(stories=4) as outlet:
        yield outlet
    Process.kill_all()


@pytest.mark.long
def test_a_post_behind_a_password_is_no_empty_article_and_is_told(sqlite_url, outlet, tmp_path):
    def posts(request):
        told = json.loads(rest.posts(outlet, request).text)
        for post in told:
            if post["id"] in locked:
                post["content"] = {"rendered": "", "protected": True}
                post["excerpt"] = {"rendered": "", "protected": True}
        return web.json_response(told)

    locked = {2}
    outlet.answers[rest.POSTS] = posts
    outlet.write_site(tmp_path / "sites", routes=rest.site(outlet))
    crawl = Crawl(sqlite_url, tmp_path / "sites")
    first = crawl.run("outlet").reports["outlet"]
    # Its password is taken away, which WordPress counts as a change.
    locked.clear()
    outlet.stories[1].modified_at = outlet.stories[1].published_at.replace(hour=12)
    second = crawl.run("outlet").reports["outlet"]

    assert (first["new"], second["new"]) == (3, 1)
    [note] = first["notes"]
    assert note.endswith("a post behind a password")
    assert closes(first)
    # Nobody asked for its page either.
    assert outlet.paths() == []


@pytest.mark.long
@pytest.mark.parametrize("status", [401, 403])
def test_where_rest_is_closed_the_feed_is_read_and_the_route_says_why(
    sqlite_url, outlet, tmp_path, status
):
    outlet.answers[rest.POSTS] = web.json_response({"code": "rest_forbidden"}, status=status)
    feed = f'[[routes]]\ntype = "feed"\nurl = "{outlet.url}/feed/"\n'
    outlet.write_site(tmp_path / "sites", routes=rest.site(outlet) + feed)
    crawl = Crawl(sqlite_url, tmp_path / "sites")
    report = crawl.run("outlet").reports["outlet"]
    crawl.run("outlet")

    assert (report["outcome"], report["new"]) == ("ok", 4)
    routes = {route.type: route for route in rows(sqlite_url, select(Route))}
    assert (routes["wordpress"].state, routes["wordpress"].state_reason) == (
        "refused",
        f"http_{status}",
    )
    assert routes["feed"].state == "ok"
    # The next poll leaves it alone for a while.
    assert len(outlet.paths(rest.POSTS)) == 1
    assert len(rows(sqlite_url, select(Article))) == 4


def test_a_post_written_before_the_last_poll_and_set_to_appear_after_it_is_found(
    sqlite_url, outlet, tmp_path
):
    rest.serve(outlet)
    outlet.write_site(tmp_path / "sites", routes=rest.site(outlet))
    crawl = Crawl(sqlite_url, tmp_path / "sites")
    first = crawl.run("outlet").reports["outlet"]
    # WordPress publishes what is scheduled without touching when it was changed.
    written = outlet.stories[0].published_at - timedelta(days=1)
    outlet.stories.append(Story(5, published_at=datetime.now(UTC), modified_at=written))
    second = crawl.run("outlet").reports["outlet"]

    assert (first["new"], second["new"], second["notes"]) == (4, 1, [])
    assert first["requests"] == 2  # robots.txt, and one for all


@pytest.mark.long
def test_where_that_cannot_be_asked_the_next_poll_asks_again(sqlite_url, outlet, tmp_path):
    def posts(request):
        if broken and "after" in request.query:
            return web.Response(status=418)
        return rest.posts(outlet, request)

    broken = False
    outlet.answers[rest.POSTS] = posts
    outlet.write_site(tmp_path / "sites", routes=rest.site(outlet))
    crawl = Crawl(sqlite_url, tmp_path / "sites")
    crawl.run("outlet")
    outlet.stories.append(
        Story(5, published_at=datetime.now(UTC), modified_at=datetime(2026, 1, 1, tzinfo=UTC))
    )
    broken = True
    second = crawl.run("outlet").reports["outlet"]
    broken = False
    third = crawl.run("outlet").reports["outlet"]

    assert [(each["outcome"], each["new"]) for each in (second, third)] == [("ok", 0), ("ok", 1)]
    assert any("what appeared since: http_418" in note for note in second["notes"])
