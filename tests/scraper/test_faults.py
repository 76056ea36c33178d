"""The fault newsroom: what servers do wrong, what is written of it, and that nothing is lost.

All faults stand beside each other in one newsroom and are crawled by one worker, so that each
also shows that it costs the others nothing. Then all are mended, and every article is there.
"""

import asyncio
import datetime as dt
import re
from dataclasses import dataclass, field
from email.utils import format_datetime
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from storage.database import open_archive, reading
from storage.health_tables import Host
from storage.models import Address, Article, Route, Run, Site, Version
from tests.scraper.faulty import Asked, Faulty, Newsroom, bomb, http
from tests.scraper.outlet import Crawl, Process, Story

PAGE = "/news/2/"
FEED = "/feed/"
RSS = "application/rss+xml"


def page(site: Faulty, number: int = 2) -> bytes:
    body = site.page(site.stories[number - 1]).body
    assert isinstance(body, bytes)
    return body


async def drip(asked: Asked) -> None:
    asked.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 5000\r\n\r\n")
    for _ in range(200):
        asked.send(b"<")
        await asked.writer.drain()
        await asyncio.sleep(0.2)


async def reset(asked: Asked) -> None:
    whole = http(page(asked.site))
    asked.send(whole[: len(whole) // 2])
    await asked.writer.drain()
    await asyncio.sleep(0.05)
    asked.reset()


def lie_of_length(asked: Asked) -> None:
    asked.send(http(page(asked.site), headers={"Content-Length": "100000"}))


def break_chunk(asked: Asked) -> None:
    head = "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
    asked.send(head.encode() + b"400\r\n" + page(asked.site)[:300])


def wrong_charset(asked: Asked) -> None:
    # What is sent is Windows-1256; the header says UTF-8 and the page says nothing.
    text = page(asked.site).decode().replace('<meta charset="utf-8">', "")
    asked.send(http(text.encode("windows-1256", "ignore")))


def bad_header(asked: Asked) -> None:
    good = http(page(asked.site))
    asked.send(good.replace(b"Connection: close", b"a line that is no header\r\nConnection: close"))


def stale_etag(asked: Asked) -> None:
    if asked.headers.get("if-none-match"):
        asked.send(http(status="304 Not Modified", headers={"ETag": '"1"'}))
    else:
        asked.send(http(asked.site.feed(), content_type=RSS, headers={"ETag": '"1"'}))


def feed_of(change: Any, **kwargs: Any) -> Any:
    """The feed with its text changed."""

    def answer(asked: Asked) -> None:
        asked.send(http(change(asked.site.feed()), **{"content_type": RSS, **kwargs}))

    return answer


def of_2099(text: str) -> str:
    future = format_datetime(dt.datetime(2099, 1, 1, tzinfo=dt.UTC))
    return re.sub("<pubDate>[^<]*", f"<pubDate>{future}", text)


def without_dates(text: str) -> str:
    return re.sub("<pubDate>[^<]*</pubDate>", "", text)


def with_an_item_without_link(text: str) -> str:
    return text.replace("<item>", "<item><title>بلا رابط</title></item><item>", 1)


def with_relative_links(text: str) -> str:
    return re.sub(r"<link>http://[^/]*(/news/)", r"<link>\1", text)


def with_one_guid(text: str) -> str:
    return text.replace("</item>", "<guid isPermaLink='false'>1</guid></item>")


def cut_off(text: str) -> str:
    # In the middle of the last item: the two before are whole.
    return text[: text.rindex("<pubDate>")]


@dataclass
class Fault:
    """What a site does wrong, and what its run says of it."""

    name: str
    faults: dict[str, Any]
    outcome: str = "ok"
    new: int = 3
    refused: dict[str, int] = field(default_factory=dict)
    failed: dict[str, int] = field(default_factory=dict)
    left: int = 0
    reason: str | None = None
    note: str | None = None


REST = {"Retry-After": "7200"}
SOON = format_datetime(dt.datetime.now(dt.UTC) + dt.timedelta(hours=2), usegmt=False)

FAULTS = [
    Fault("drip", {PAGE: drip}, new=2, failed={"timeout": 1}),
    Fault("reset", {PAGE: reset}, new=2, failed={"cut_short": 1}),
    Fault("length", {PAGE: lie_of_length}, new=2, failed={"cut_short": 1}),
    Fault("chunk", {PAGE: break_chunk}, new=2, failed={"cut_short": 1}),
    Fault("silent", {PAGE: lambda _: None}, new=2, failed={"connection": 1}),
    Fault("unasked304", {FEED: http(status="304 Not Modified")}, "failing", 0, reason="http_304"),
    Fault("rest", {FEED: http(status="429 No", headers=REST)}, "failing", 0, reason="http_429"),
    Fault(
        "restdate",
        {FEED: http(status="503 No", headers={"Retry-After": SOON})},
        "failing",
        0,
        reason="http_503",
    ),
    Fault(
        "restpage",
        {PAGE: http(status="429 No", headers=REST)},
        new=1,
        failed={"http_429": 1},
        left=1,
    ),
    Fault("once503", {PAGE: http(status="503 Oops")}, new=2, failed={"http_503": 1}),
    Fault(
        "circle",
        {PAGE: http(status="302 Found", headers={"Location": PAGE})},
        new=2,
        refused={"redirects": 1},
    ),
    Fault(
        "bomb",
        {PAGE: http(bomb(40), headers={"Content-Encoding": "gzip"})},
        new=2,
        refused={"too_large": 1},
    ),
    Fault("bombfeed", {FEED: http(bomb(40), headers={"Content-Encoding": "gzip"})}, "refused", 0),
    Fault("charset", {PAGE: wrong_charset}),
    Fault("header", {PAGE: bad_header}),
    Fault("robots", {"/robots.txt": http(status="500 No")}, "failing", 0, reason="robots_http_500"),
    Fault("future", {FEED: feed_of(of_2099)}),
    Fault("undated", {FEED: feed_of(without_dates)}),
    Fault("unlinked", {FEED: feed_of(with_an_item_without_link)}, note="without a link"),
    Fault("relative", {FEED: feed_of(with_relative_links)}),
    Fault("guid", {FEED: feed_of(with_one_guid)}),
    Fault("html", {FEED: feed_of(str, content_type="text/html")}),
    Fault("bom", {FEED: feed_of(lambda text: b"\xef\xbb\xbf" + text.encode())}),
    Fault("bomspace", {FEED: feed_of(lambda text: b"\xef\xbb\xbf\r\n " + text.encode())}),
    Fault(
        "utf16",
        {FEED: feed_of(lambda text: text.replace("UTF-8", "UTF-16").encode("utf-16"))},
    ),
    Fault("cut", {FEED: feed_of(cut_off, headers={"ETag": '"1"'})}, new=2, note="not well-formed"),
    Fault("empty", {FEED: http(content_type=RSS)}, "failing", 0, reason="empty"),
    Fault(
        "login",
        {FEED: http("<form><input type='password'></form>")},
        "refused",
        0,
        reason="login_wall",
    ),
    Fault("teapot", {FEED: http(status="418 Teapot")}, "failing", 0, reason="http_418"),
    *(
        Fault(
            f"no{status}",
            {FEED: http(status=f"{status} No")},
            "refused",
            0,
            reason=f"http_{status}",
        )
        for status in (401, 402, 403, 406, 451)
    ),
    Fault(
        "inward",
        {PAGE: http(status="302 Found", headers={"Location": "http://10.0.0.1/"})},
        new=2,
        refused={"offsite": 1},
    ),
    Fault(
        "subdomain",
        {
            PAGE: lambda asked: asked.send(
                http(
                    status="302 Found",
                    headers={"Location": f"http://db.subdomain.localhost:{asked.site.port}/"},
                )
            )
        },
        new=2,
        refused={"private_address": 1},
    ),
]
BY_NAME = {fault.name: fault for fault in FAULTS}


@dataclass
class Crawled:
    """The newsroom before and after it was mended."""

    newsroom: Newsroom
    # What each site was asked for in the first visit.
    asked: dict[str, list[str]]
    reports: dict[str, dict[str, Any]]
    mended: dict[str, dict[str, Any]]
    sites: dict[str, Site]
    runs: dict[str, Run]
    articles: dict[str, list[tuple[Article, Version]]]
    errors: str


@pytest.fixture(scope="module")
def crawled(tmp_path_factory):
    folder = tmp_path_factory.mktemp("faults")
    url = f"sqlite:///{folder / 'archive.db'}"
    with Newsroom() as newsroom:
        for fault in FAULTS:
            newsroom.open(fault.name).faults.update(fault.faults)
            newsroom.sites[fault.name].write_site(folder / "sites")
        crawl = Crawl(url, folder / "sites", answer_seconds=1)
        first = crawl.start("--sites", *BY_NAME).finish()
        engine = open_archive(url)
        with reading(engine) as db:
            sites = {site.key: site for site in db.scalars(select(Site))}
            runs = {run.site_key: run for run in db.scalars(select(Run))}
        asked = {name: list(site.asked) for name, site in newsroom.sites.items()}
        _mend(engine, newsroom)
        second = crawl.start("--sites", *BY_NAME).finish()
        with reading(engine) as db:
            articles = {name: _articles(db, name) for name in BY_NAME}
        engine.dispose()
        Process.kill_all()
        yield Crawled(
            newsroom,
            asked,
            first.reports,
            second.reports,
            sites,
            runs,
            articles,
            first.errors + second.errors,
        )


def _mend(engine, newsroom):
    """Take the faults away, and have everything due now."""
    for site in newsroom.sites.values():
        site.faults.clear()
    with engine.begin() as connection:
        for table in (Address, Route):
            connection.execute(update(table).values(not_before=None))
        connection.execute(delete(Host))


def _articles(db, name):
    found = (
        select(Article, Version)
        .join(Version, Version.article_id == Article.id)
        .where(Article.site_key == name)
    )
    return [tuple(row) for row in db.execute(found)]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_a_fault_is_written_down_for_what_it_is(crawled, fault):
    report = crawled.reports[fault.name]

    assert report["outcome"] == fault.outcome, report
    assert report["new"] == fault.new, report
    assert (report["refused"], report["failed"]) == (fault.refused, fault.failed)
    assert report["left"] == fault.left
    if fault.reason:
        assert fault.reason in report["reason"]
    if fault.note:
        assert any(fault.note in note for note in report["notes"]), report["notes"]


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_the_ledger_closes_and_the_run_says_the_same(crawled, fault):
    run, report = crawled.runs[fault.name], crawled.reports[fault.name]

    accounted = run.known + run.fetched + run.left
    accounted += sum(run.refused.values()) + sum(run.failed.values())
    assert run.discovered == accounted
    assert (run.outcome, run.refused, run.failed) == (
        report["outcome"],
        report["refused"],
        report["failed"],
    )


@pytest.mark.parametrize("fault", FAULTS, ids=[fault.name for fault in FAULTS])
def test_no_article_is_lost_once_the_fault_is_mended(crawled, fault):
    found = sorted(article.headline for article, _ in crawled.articles[fault.name])

    stories = crawled.newsroom.sites[fault.name].stories
    assert found == sorted(story.headline for story in stories)


def test_no_fault_is_a_traceback(crawled):
    assert crawled.errors == ""


def test_text_in_another_charset_than_stated_is_read_as_it_was_written(crawled):
    headlines = {article.headline for article, _ in crawled.articles["charset"]}

    assert "دورية مشتركة في ريف المدينة للمرة 2" in headlines


def test_a_date_in_the_future_is_no_date(crawled):
    dates = {version.published_at for _, version in crawled.articles["future"]}

    assert all(moment is None or moment.year < 2099 for moment in dates)


def test_a_gzip_bomb_is_not_unpacked(crawled):
    assert crawled.reports["bombfeed"]["reason"].endswith("too_large")


@pytest.mark.parametrize("name", ["rest", "restdate", "restpage"])
def test_who_says_until_when_is_left_alone_until_then(crawled, name):
    site, run = crawled.sites[name], crawled.runs[name]

    # Two hours, from when it was said.
    assert (site.next_due - run.started_at).total_seconds() > 7000


def test_a_host_that_wants_rest_is_asked_nothing_more_in_that_visit(crawled):
    assert crawled.asked["restpage"][-1] == PAGE
    assert crawled.asked["rest"] == ["/robots.txt", FEED]


def test_a_server_whose_etag_never_changes_is_read_whole_from_then_on(tmp_path, sqlite_url):
    with Newsroom() as newsroom:
        site = newsroom.open("etag")
        site.faults[FEED] = stale_etag
        site.write_site(tmp_path / "sites")
        crawl = Crawl(sqlite_url, tmp_path / "sites")
        crawl.run("etag")
        # One is published behind the same ETag, and is found when the route is read whole.
        site.stories.append(Story(4))
        believed = crawl.run("etag").reports["etag"]
        _age_routes(sqlite_url)
        found = crawl.run("etag").reports["etag"]
        # From then on nothing waits for that.
        site.stories.append(Story(5))
        at_once = crawl.run("etag").reports["etag"]

    assert (believed["not_modified"], believed["new"]) == (1, 0)
    assert (found["new"], at_once["new"]) == (1, 1)


def _age_routes(url):
    engine = open_archive(url)
    with engine.begin() as connection:
        long_ago = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
        connection.execute(update(Route).values(read_at=long_ago))
    engine.dispose()


def test_a_host_that_does_not_exist_and_one_without_tls(tmp_path, sqlite_url):
    with Newsroom() as newsroom:
        for key in ("dns", "tls"):
            newsroom.open(key)
        newsroom.sites["dns"].write_site(
            tmp_path / "sites",
            hosts=["nowhere.invalid"],
            url="http://nowhere.invalid/",
            routes='[[routes]]\ntype = "feed"\nurl = "http://nowhere.invalid/feed/"\n',
        )
        secure = f"https://tls.localhost:{newsroom.port}/feed/"
        newsroom.sites["tls"].write_site(
            tmp_path / "sites", routes=f'[[routes]]\ntype = "feed"\nurl = "{secure}"\n'
        )
        crawled = Crawl(sqlite_url, tmp_path / "sites").start("--sites", "dns", "tls").finish()

    told = {key: (each["outcome"], each["reason"]) for key, each in crawled.reports.items()}
    assert told == {
        "dns": ("failing", "no route works: dns"),
        "tls": ("failing", "no route works: tls"),
    }
    assert crawled.errors == ""


def test_an_outage_uses_up_no_try_of_what_was_announced_before(tmp_path, sqlite_url):
    down = http(status="502 Bad Gateway")
    with Newsroom() as newsroom:
        site = newsroom.open("outage")
        site.write_site(tmp_path / "sites")
        crawl = Crawl(sqlite_url, tmp_path / "sites")
        # Pages alone are down while the host lives: that is a try.
        site.faults.update({story.path: down for story in site.stories})
        crawl.run("outage")
        one_try = _tries(sqlite_url)
        site.faults.update(dict.fromkeys((FEED, "/robots.txt"), down))
        _everything_is_due(sqlite_url)
        report = crawl.run("outage").reports["outage"]

    assert (report["outcome"], report["failed"]) == ("failing", {"robots_http_502": 3})
    assert one_try == _tries(sqlite_url) == [1, 1, 1]


def _tries(url):
    engine = open_archive(url)
    with reading(engine) as db:
        tries = list(db.scalars(select(Address.tries)))
    engine.dispose()
    return tries


def _everything_is_due(url):
    engine = open_archive(url)
    with engine.begin() as connection:
        for table in (Address, Route):
            connection.execute(update(table).values(not_before=None))
    engine.dispose()


def test_a_quiet_site_is_not_polled_and_one_person_may_ask_all_the_same(tmp_path, sqlite_url):
    # Quiet from an hour ago until an hour from now, in the site's zone.
    now = dt.datetime.now(dt.UTC)
    hours = [(now + dt.timedelta(hours=shift)).strftime("%H:%M") for shift in (-1, 1)]
    with Newsroom() as newsroom:
        site = newsroom.open("quiet")
        site.write_site(tmp_path / "sites", quiet="-".join(hours), timezone="UTC")
        crawl = Crawl(sqlite_url, tmp_path / "sites", only=["quiet"])
        waited = crawl.start("--once").finish()
        engine = open_archive(sqlite_url)
        with reading(engine) as db:
            due = db.get_one(Site, "quiet").next_due
        engine.dispose()
        asked = crawl.run("quiet")

    assert waited.reports == {}
    assert dt.timedelta(minutes=58) < due - now <= dt.timedelta(hours=1)
    assert asked.reports["quiet"]["new"] == 3
