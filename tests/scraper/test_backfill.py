"""The past of a site: read by the cheapest route, whatever interrupts it."""

import re
import signal
import time
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest
from aiohttp import web
from sqlalchemy import delete, func, select

from storage.backfill_tables import Backfill
from storage.database import open_archive, reading, session
from storage.health_tables import Host
from storage.models import Address, Article, Run, Site, Version
from tests.scraper import past, rest
from tests.scraper.outlet import Crawl, Outlet, Process, Story


@pytest.fixture(autouse=True)
def _leave_no_process():
    yield
    Process.kill_all()


@pytest.fixture
def outlet():
    with Outlet(stories=0) as outlet:
        yield outlet


@pytest.fixture
def sites(tmp_path):
    return tmp_path / "sites"


def backfilling(archive_url, sites) -> Crawl:
    # Who was killed holds the site for so long.
    return Crawl(archive_url, sites, lease_seconds=1.5)


def one(url, statement):
    engine = open_archive(url)
    with reading(engine) as db:
        found = db.scalar(statement)
    engine.dispose()
    return found


def articles(url) -> int:
    return one(url, select(func.count()).select_from(Article))


def test_over_rest_a_hundred_articles_cost_one_request(archive_url, outlet, sites):
    outlet.stories = past.stories(210)
    outlet.write_site(sites, routes=past.over_rest(outlet))

    *_, end = past.run(backfilling(archive_url, sites))

    assert (end["outcome"], end["new"], end["holes"]) == ("done", 210, [])
    assert len(outlet.requests) == 4  # robots.txt and three pages
    assert articles(archive_url) == 210


@pytest.mark.parametrize(
    ("way", "kills"),
    [
        (past.over_rest, (3, 5, 7)),
        (past.over_sitemaps, (20, 40, 65)),
        (past.over_lists, (12, 40, 65)),
    ],
    ids=["rest", "sitemaps", "lists"],
)
@pytest.mark.long
def test_three_kills_cost_no_article_and_no_request_but_the_one_in_flight(
    archive_url, outlet, sites, way, kills
):
    number = 300 if way is past.over_rest else 90
    outlet.stories = past.stories(number)
    outlet.write_site(sites, routes=way(outlet))
    crawl = backfilling(archive_url, sites)

    past.killed(crawl, outlet, kills)
    *_, end = past.run(crawl)

    assert (end["outcome"], end["resumed"]) == ("done", True)
    assert articles(archive_url) == number
    assert sum(past.repeated(outlet).values()) <= len(kills)
    assert one(archive_url, select(func.count()).select_from(Version)) == number


def test_sitemaps_that_did_not_change_since_are_not_read(sqlite_url, outlet, sites):
    outlet.stories = past.stories(60, hours=24)
    outlet.write_site(sites, routes=past.over_sitemaps(outlet, size=20))
    since = past.NEWEST - timedelta(days=30, hours=1)

    *_, end = past.run(backfilling(sqlite_url, sites), since=since.isoformat())

    assert outlet.statuses("/post-sitemap1.xml") == []
    assert (end["outcome"], end["new"]) == ("done", 31)


def test_robots_txt_says_where_the_sitemaps_are(sqlite_url, outlet, sites):
    outlet.stories = past.stories(10)
    routes = past.over_sitemaps(outlet)
    outlet.answers["/maps/all.xml"] = outlet.answers.pop("/sitemap_index.xml")
    outlet.answers["/robots.txt"] = web.Response(text=f"Sitemap: {outlet.url}/maps/all.xml\n")
    outlet.write_site(sites, routes=routes)

    *_, end = past.run(backfilling(sqlite_url, sites))

    assert (end["outcome"], end["new"]) == ("done", 10)
    assert outlet.statuses("/sitemap_index.xml") == []


def test_a_list_is_read_until_all_of_a_page_is_older(sqlite_url, outlet, sites):
    outlet.stories = past.stories(100, hours=24)
    outlet.write_site(sites, routes=past.over_lists(outlet, size=10))
    since = past.NEWEST - timedelta(days=14, hours=1)

    *_, end = past.run(backfilling(sqlite_url, sites), since=since.isoformat())

    assert end["outcome"] == "done"
    # Two pages hold what was asked for, and the third tells that it is over.
    assert list(outlet.paths("/news?")) == [f"/news?page={n}" for n in (1, 2, 3)]


def test_where_there_is_nothing_else_the_months_of_a_site_are_read(sqlite_url, outlet, sites):
    outlet.stories = past.stories(30, hours=48)

    def month(year, number, page):
        told = [
            s
            for s in reversed(outlet.stories)
            if (s.published_at.year, s.published_at.month) == (year, number)
        ][(page - 1) * 10 : page * 10]
        links = "".join(
            f'<article><h2 class="entry-title"><a href="{s.path}">{s.headline}</a></h2></article>'
            for s in told
        )
        menu = '<nav class="menu"><a href="/about-us-and-our-work/">من نحن وماذا نعمل هنا</a></nav>'
        return web.Response(
            text=f"<html><body>{menu}{links}</body></html>", content_type="text/html"
        )

    for number in (9, 10, 11):
        for page in (1, 2):
            path = f"/2026/{number:02}/" + (f"page/{page}/" if page > 1 else "")
            held = [s for s in outlet.stories if s.published_at.month == number]
            if len(held) > (page - 1) * 10:
                outlet.answers[path] = lambda _, n=number, p=page: month(2026, n, p)
    outlet.write_site(sites)

    *_, end = past.run(backfilling(sqlite_url, sites), since="2026-09-01T00:00:00+00:00")

    assert (end["outcome"], end["new"]) == ("done", 30)


def test_the_site_is_polled_while_its_past_is_read(sqlite_url, outlet, sites):
    outlet.stories = past.stories(30)
    outlet.write_site(sites, routes=past.over_lists(outlet, size=10), delay_seconds=0.02)
    crawl = backfilling(sqlite_url, sites)
    engine = open_archive(sqlite_url)
    outlet.stories.append(Story(1_000, published_at=datetime(2026, 11, 24, tzinfo=UTC)))

    def due(request):
        # While the second page of the list is read, the site falls due.
        if request.query["page"] == "2" and not polled:
            polled.append(True)
            with session(engine) as db:
                site = db.get_one(Site, "outlet")
                site.next_due = datetime(2026, 1, 1, tzinfo=UTC)
        return section(request)

    polled: list[bool] = []
    section = outlet.answers["/news"]
    outlet.answers["/news"] = due

    told = past.run(crawl)

    engine.dispose()
    kinds = [event["event"] for event in told]
    assert "polled" in kinds[: kinds.index("end")]
    assert told[-1]["outcome"] == "done"
    assert articles(sqlite_url) == 31


def test_a_poll_does_not_fetch_what_a_backfill_queued(sqlite_url, outlet, sites):
    outlet.stories = past.stories(40)
    routes = past.over_sitemaps(outlet)
    outlet.answers["/feed/"] = web.Response(text="<rss><channel></channel></rss>")
    outlet.write_site(sites, routes=routes)
    crawl = backfilling(sqlite_url, sites)
    past.run(crawl, max=5)
    outlet.requests.clear()

    crawl.run("outlet")

    assert outlet.paths() == []
    waiting = select(func.count()).where(Address.state == "queued")
    assert one(sqlite_url, waiting) == 35


@pytest.mark.long
def test_max_is_kept_and_the_same_command_goes_on(archive_url, outlet, sites):
    outlet.stories = past.stories(250)
    outlet.write_site(sites, routes=past.over_rest(outlet))
    crawl = backfilling(archive_url, sites)

    first = past.run(crawl, max=120)[-1]
    second = past.run(crawl)[-1]

    assert (first["outcome"], first["new"]) == ("max", 120)
    assert (second["outcome"], second["resumed"], second["new"]) == ("done", True, 250)
    assert articles(archive_url) == 250


def test_what_is_of_another_time_is_not_kept(sqlite_url, outlet, sites):
    outlet.stories = past.stories(100, hours=24)
    outlet.write_site(sites, routes=past.over_rest(outlet))
    since, until = past.NEWEST - timedelta(days=20), past.NEWEST - timedelta(days=10)

    *_, end = past.run(
        backfilling(sqlite_url, sites), since=since.isoformat(), until=until.isoformat()
    )

    assert end["new"] == 10
    oldest = one(sqlite_url, select(func.min(Article.published_at)))
    assert oldest.replace(tzinfo=UTC) == since


def test_where_rest_is_closed_the_next_way_is_taken_and_it_is_said(sqlite_url, outlet, sites):
    outlet.stories = past.stories(10)
    outlet.answers[rest.POSTS] = web.json_response({"code": "rest_forbidden"}, status=401)
    past.over_sitemaps(outlet)
    outlet.write_site(sites, routes=rest.site(outlet))

    told = past.run(backfilling(sqlite_url, sites))

    assert next(e["reason"] for e in told if e["event"] == "stepped_down") == "http_401"
    assert (told[-1]["outcome"], told[-1]["new"]) == ("done", 10)


def test_posts_deleted_meanwhile_hide_none_of_the_others(sqlite_url, outlet, sites):
    outlet.stories = past.stories(300)

    def posts(request):
        answer = rest.posts(outlet, request)
        if request.query["page"] == "1" and len(outlet.stories) == 300:
            # What comes behind moves up, onto the page that was just read.
            del outlet.stories[-50:-40]
        return answer

    outlet.answers[rest.POSTS] = posts
    outlet.write_site(sites, routes=rest.site(outlet))

    past.run(backfilling(sqlite_url, sites))

    assert articles(sqlite_url) == 300


def test_a_list_that_cannot_be_read_is_a_hole_and_the_others_are_read(sqlite_url, outlet, sites):
    outlet.stories = past.stories(30)
    outlet.write_site(sites, routes=past.over_lists(outlet, size=10))
    section = outlet.answers["/news"]
    outlet.answers["/news?page=2"] = web.Response(status=500)
    outlet.answers["/news"] = section

    *_, end = past.run(backfilling(sqlite_url, sites))

    assert (end["outcome"], end["new"]) == ("done", 20)
    [hole] = end["holes"]
    assert "page 2" in hole
    assert "http_500" in hole


def test_a_silence_of_days_is_reported(sqlite_url, outlet, sites):
    outlet.stories = [
        *past.stories(3),
        Story(10, published_at=past.NEWEST - timedelta(days=9)),
    ]
    outlet.write_site(sites, routes=past.over_rest(outlet))
    since = past.NEWEST - timedelta(days=10)

    *_, end = past.run(
        backfilling(sqlite_url, sites), since=since.isoformat(), until=past.NEWEST.isoformat()
    )

    assert [gap["from"][:10] for gap in end["silences"]] == ["2026-11-11"]


def test_a_site_whose_past_no_route_reaches_is_failing_and_asked_again(sqlite_url, outlet, sites):
    outlet.write_site(sites)

    process = backfilling(sqlite_url, sites).start("--backfill", past.asked())
    *_, end = process.told()

    assert end["outcome"] == "failing"
    assert one(sqlite_url, select(Backfill.state)) == "open"


def test_the_books_of_every_run_close(sqlite_url, outlet, sites):
    outlet.stories = past.stories(25)
    outlet.answers["/news/3/"] = web.Response(status=404)
    outlet.answers["/news/4/"] = web.Response(status=500)
    outlet.write_site(sites, routes=past.over_lists(outlet, size=10))

    *_, end = past.run(backfilling(sqlite_url, sites))

    assert (end["new"], end["refused"], end["failed"]) == (23, {"http_404": 1}, {"http_500": 1})
    run = one(sqlite_url, select(Run))
    accounted = run.known + run.fetched + run.left
    accounted += sum(run.refused.values()) + sum(run.failed.values())
    assert run.discovered == accounted == 25


@pytest.mark.parametrize(
    ("stated", "seconds"),
    [
        # Who says less than five minutes is left alone for five.
        ("120", "299|300"),
        pytest.param("480", "479|480", marks=pytest.mark.long),
        pytest.param("a date", r"[45]\d\d", marks=pytest.mark.long),
    ],
    ids=["less than five minutes", "seconds", "date"],
)
def test_a_host_that_asks_for_rest_is_asked_nothing_more_meanwhile(
    sqlite_url, outlet, sites, stated, seconds
):
    outlet.stories = past.stories(250)
    outlet.write_site(sites, routes=past.over_rest(outlet))
    if stated == "a date":
        stated = format_datetime(datetime.now(UTC) + timedelta(seconds=590), usegmt=True)
    asked = resting(outlet, stated)
    process = backfilling(sqlite_url, sites).start("--backfill", past.asked())
    while not (waiting := [one for one in process.said() if one["event"] == "waiting"]):
        time.sleep(0.05)
    process.signal(signal.SIGTERM)
    told = process.told()

    assert re.fullmatch(f"asked to, ({seconds}) s", waiting[0]["reason"])
    assert (told[-1]["outcome"], told[-1]["new"], len(asked)) == ("stopped", 100, 2)


@pytest.mark.long
def test_a_host_that_asks_for_hours_ends_the_backfill_and_the_same_command_goes_on(
    sqlite_url, outlet, sites
):
    outlet.stories = past.stories(250)
    outlet.write_site(sites, routes=past.over_rest(outlet))
    asked = resting(outlet, "7200")
    crawl = backfilling(sqlite_url, sites)
    first, second = past.run(crawl), past.run(crawl)
    in_vain = len(asked)
    engine = open_archive(sqlite_url)
    with session(engine) as db:
        db.execute(delete(Host))
    engine.dispose()
    third = past.run(crawl)

    assert [told[-1]["outcome"] for told in (first, second, third)] == [
        "failing",
        "failing",
        "done",
    ]
    # The second call knows, and asks for nothing.
    assert in_vain == 2
    assert (articles(sqlite_url), third[-1]["holes"]) == (250, [])


def resting(outlet, stated):
    """Have the second answer of *outlet* ask to be left alone; return what it was asked."""
    asked = []

    def posts(request: web.Request) -> web.Response:
        asked.append(request.path_qs)
        if len(asked) == 2:
            return web.Response(status=429, headers={"Retry-After": stated})
        return rest.posts(outlet, request)

    outlet.answers[rest.POSTS] = posts
    return asked
