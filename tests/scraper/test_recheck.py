"""Corrections and deletions: articles looked at again, and what is written of them."""

from datetime import timedelta

import pytest
from aiohttp import web
from sqlalchemy import select

from storage.database import open_archive, reading, session
from storage.models import Address, Article, Version
from tests.scraper import rest
from tests.scraper.outlet import Crawl, Outlet, Process


@pytest.fixture(autouse=True)
def _leave_no_process():
    yield
    Process.kill_all()


@pytest.fixture
def outlet():
    with Outlet(stories=3) as outlet:
        yield outlet


@pytest.fixture
def sites(tmp_path):
    return tmp_path / "sites"


def rows(url, statement):
    engine = open_archive(url)
    with reading(engine) as db:
        found = list(db.scalars(statement))
    engine.dispose()
    return found


def recheck(crawl):
    return crawl.start("--recheck", "--sites", "outlet").finish().reports["outlet"]


def test_a_recheck_asks_for_recent_articles_and_for_no_route(archive_url, outlet, sites):
    outlet.write_site(sites)
    crawl = Crawl(archive_url, sites)
    crawl.run("outlet")
    outlet.requests.clear()
    outlet.stories[0].body[0] = "نفى المجلس المحلي ما نُشر سابقاً عن تسيير الدورية في الريف الشرقي."

    report = recheck(crawl)

    assert outlet.statuses("/feed/") == []
    assert (report["outcome"], report["revised"], report["unchanged"]) == ("ok", 1, 2)


def test_a_recheck_is_no_poll_and_leaves_the_sites_rhythm_alone(sqlite_url, outlet, sites):
    from storage.models import Site

    outlet.write_site(sites)
    crawl = Crawl(sqlite_url, sites)
    crawl.run("outlet")
    [before] = rows(sqlite_url, select(Site).where(Site.key == "outlet"))

    recheck(crawl)

    [after] = rows(sqlite_url, select(Site).where(Site.key == "outlet"))
    assert (after.next_due, after.interval_seconds) == (before.next_due, before.interval_seconds)
    assert after.lease_owner is None


@pytest.mark.parametrize("status", [404, 410])
def test_a_deleted_article_is_recorded_as_gone_and_keeps_its_versions(
    archive_url, outlet, sites, status
):
    outlet.write_site(sites)
    crawl = Crawl(archive_url, sites)
    crawl.run("outlet")
    outlet.answers["/news/2/"] = web.Response(status=status)

    recheck(crawl)

    gone = rows(archive_url, select(Article).where(Article.gone_at.is_not(None)))
    assert [(one.url, one.gone_reason) for one in gone] == [
        (f"{outlet.url}/news/2/", f"http_{status}")
    ]
    assert len(rows(archive_url, select(Version))) == 3


def test_an_article_that_comes_back_is_no_longer_gone_and_is_no_new_version(
    archive_url, outlet, sites
):
    outlet.write_site(sites)
    crawl = Crawl(archive_url, sites)
    crawl.run("outlet")
    outlet.answers["/news/2/"] = web.Response(status=404)
    recheck(crawl)
    del outlet.answers["/news/2/"]

    recheck(crawl)

    assert rows(archive_url, select(Article).where(Article.gone_at.is_not(None))) == []
    assert len(rows(archive_url, select(Version))) == 3


def test_a_server_in_trouble_deletes_nothing(sqlite_url, outlet, sites):
    outlet.write_site(sites)
    crawl = Crawl(sqlite_url, sites)
    crawl.run("outlet")
    for number, status in enumerate((500, 403, 503), start=1):
        outlet.answers[f"/news/{number}/"] = web.Response(status=status)

    recheck(crawl)

    assert rows(sqlite_url, select(Article).where(Article.gone_at.is_not(None))) == []


def test_over_rest_a_hundred_articles_are_looked_at_in_one_request(archive_url, outlet, sites):
    rest.serve(outlet)
    outlet.write_site(sites, routes=rest.site(outlet))
    crawl = Crawl(archive_url, sites)
    crawl.run("outlet")
    outlet.requests.clear()
    outlet.stories[0].body[0] = "نفى المجلس المحلي ما نُشر سابقاً عن تسيير الدورية في الريف الشرقي."
    outlet.stories[0].modified_at += timedelta(hours=2)

    report = recheck(crawl)

    assert outlet.paths() == []
    assert len(outlet.paths("/wp-json/")) == 1
    assert (report["revised"], report["unchanged"]) == (1, 2)


def test_a_post_that_rest_no_longer_names_is_asked_for_and_found_gone(sqlite_url, outlet, sites):
    rest.serve(outlet)
    outlet.write_site(sites, routes=rest.site(outlet))
    crawl = Crawl(sqlite_url, sites)
    crawl.run("outlet")
    outlet.requests.clear()
    gone = outlet.stories.pop(1)

    recheck(crawl)

    assert outlet.paths() == [gone.path]
    [article] = rows(sqlite_url, select(Article).where(Article.gone_at.is_not(None)))
    assert article.gone_reason == "http_404"


def test_where_rest_is_closed_meanwhile_the_pages_are_asked(sqlite_url, outlet, sites):
    rest.serve(outlet)
    outlet.write_site(sites, routes=rest.site(outlet))
    crawl = Crawl(sqlite_url, sites)
    crawl.run("outlet")
    outlet.answers[rest.POSTS] = web.json_response({"code": "rest_forbidden"}, status=403)

    report = recheck(crawl)

    assert sorted(outlet.paths()) == ["/news/1/", "/news/2/", "/news/3/"]
    assert report["unchanged"] == 3
    assert any("pages are asked" in note for note in report["notes"])


def test_two_addresses_of_one_article_make_no_versions_of_their_differences(
    archive_url, outlet, sites
):
    story = outlet.stories[0]
    outlet.stories = [story]
    canonical = f'<link rel="canonical" href="{outlet.url}{story.path}"></head>'

    def dress(extra):
        html = outlet.page(story).text.replace("</head>", canonical)
        return lambda _: web.Response(
            text=html.replace("</article>", f"<p>{extra}</p></article>"), content_type="text/html"
        )

    outlet.answers[story.path] = dress("وتستمر الاجتماعات في البلدة حتى نهاية الأسبوع الجاري.")
    outlet.answers["/print/1/"] = dress("طُبعت هذه الصفحة من موقعنا وتبقى الحقوق محفوظة لأصحابها.")
    feed = outlet.feed()
    second = feed.replace(f"{outlet.url}{story.path}</link>", f"{outlet.url}/print/1/</link>")
    item = second[second.index("<item>") : second.index("</item>") + len("</item>")]
    outlet.answers["/feed/"] = web.Response(text=feed.replace("</channel>", f"{item}</channel>"))
    outlet.write_site(sites)
    crawl = Crawl(archive_url, sites)
    crawl.run("outlet")
    outlet.requests.clear()

    for _ in range(2):
        recheck(crawl)

    assert len(rows(archive_url, select(Article))) == 1
    assert [one.number for one in rows(archive_url, select(Version))] == [1]
    # One of the two is where it is read; the other is a name of it.
    assert len(set(outlet.paths("/print/") + outlet.paths("/news/"))) == 1


def test_rechecks_come_after_the_hours_of_the_configuration(sqlite_url, outlet, sites):
    outlet.write_site(sites)

    Crawl(sqlite_url, sites, recheck_hours=[2, 48]).run("outlet")

    waits = {row.recheck_at - row.first_seen_at for row in rows(sqlite_url, select(Address))}
    assert waits == {timedelta(hours=2)}


def test_a_poll_looks_at_what_is_due_for_a_recheck(sqlite_url, outlet, sites):
    outlet.write_site(sites)
    crawl = Crawl(sqlite_url, sites)
    crawl.run("outlet")
    engine = open_archive(sqlite_url)
    with session(engine) as db:
        first = db.scalars(select(Address).order_by(Address.key)).first()
        first.recheck_at = first.first_seen_at
    engine.dispose()
    outlet.requests.clear()

    crawl.run("outlet")

    assert outlet.paths() == ["/news/1/"]
