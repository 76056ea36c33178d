import asyncio
import gzip
import itertools
import json
import secrets
import subprocess
import sys
import threading
import zlib
from pathlib import Path

import pytest
from aiohttp import web
from sqlalchemy import func, select

from storage import checks
from storage.database import open_archive, reading
from storage.models import Address, Article, Capture, Route, Run, Site, Version
from tests.scraper.outlet import PARAGRAPHS, Crawl, Outlet, Process, Story


@pytest.fixture(autouse=True)
def _leave_no_process():
    yield
    Process.kill_all()


@pytest.fixture
def outlet():
    with Outlet() as outlet:
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


def closes(report):
    accounted = report["known"] + report["fetched"] + report["left"]
    accounted += sum(report["refused"].values()) + sum(report["failed"].values())
    return report["discovered"] == accounted


def test_a_first_crawl_keeps_every_article_of_the_feed(archive_url, outlet, sites):
    outlet.write_site(sites)

    crawled = Crawl(archive_url, sites).run("outlet")

    report = crawled.reports["outlet"]
    assert (crawled.status, report["outcome"], report["new"]) == (0, "ok", 5)
    assert closes(report)
    headlines = [article.headline for article in rows(archive_url, select(Article))]
    assert sorted(headlines) == sorted(story.headline for story in outlet.stories)


def test_a_second_crawl_of_an_unchanged_site_asks_for_no_page(archive_url, outlet, sites):
    outlet.write_site(sites)
    crawl = Crawl(archive_url, sites)
    crawl.run("outlet")
    outlet.requests.clear()

    report = crawl.run("outlet").reports["outlet"]

    assert outlet.paths() == []
    assert outlet.statuses("/feed/") == [304]
    assert (report["not_modified"], report["fetched"]) == (1, 0)


def test_a_feed_without_validators_that_says_the_same_is_not_read_again(sqlite_url, outlet, sites):
    outlet.answers["/feed/"] = lambda _: web.Response(text=outlet.feed())
    outlet.write_site(sites)
    crawl = Crawl(sqlite_url, sites)
    crawl.run("outlet")

    report = crawl.run("outlet").reports["outlet"]

    assert (report["not_modified"], report["discovered"]) == (1, 0)


def test_only_the_new_article_is_fetched_when_the_feed_grows(archive_url, outlet, sites):
    outlet.write_site(sites)
    crawl = Crawl(archive_url, sites)
    crawl.run("outlet")
    outlet.stories.append(Story(6))
    outlet.requests.clear()

    report = crawl.run("outlet").reports["outlet"]

    assert outlet.paths() == ["/news/6/"]
    assert (report["known"], report["new"]) == (5, 1)
    assert closes(report)


def test_a_changed_article_becomes_version_2_and_the_first_is_kept(archive_url, outlet, sites):
    outlet.write_site(sites)
    crawl = Crawl(archive_url, sites)
    crawl.run("outlet")
    outlet.stories[0].headline += ": تصحيح"
    outlet.stories[0].body[0] = "نفى المجلس المحلي ما نُشر سابقاً عن تسيير الدورية في الريف الشرقي."

    report = crawl.run("outlet").reports["outlet"]

    assert (report["revised"], report["known"]) == (1, 4)
    versions = rows(
        archive_url,
        select(Version)
        .join(Article, Article.id == Version.article_id)
        .where(Article.version_number == 2)
        .order_by(Version.number),
    )
    assert [version.number for version in versions] == [1, 2]
    assert "نفى المجلس" in versions[1].body
    assert "نفى المجلس" not in versions[0].body


def test_every_address_is_accounted_for_whatever_becomes_of_it(archive_url, outlet, sites):
    outlet.stories = [Story(number) for number in range(1, 9)]
    outlet.answers["/robots.txt"] = web.Response(text="User-agent: *\nDisallow: /news/2/\n")
    outlet.answers["/news/3/"] = web.Response(status=404)
    outlet.answers["/news/4/"] = web.Response(status=500)
    outlet.answers["/news/5/"] = web.Response(body=b"%PDF-1.4", content_type="application/pdf")
    outlet.answers["/news/6/"] = web.Response(
        text="<html><body></body></html>", content_type="text/html"
    )
    outlet.answers["/news/7/"] = web.Response(
        status=302, headers={"Location": "http://elsewhere.example/"}
    )
    outlet.write_site(sites)

    report = Crawl(archive_url, sites).run("outlet").reports["outlet"]

    assert closes(report)
    assert report["new"] == 2
    assert report["failed"] == {"http_500": 1}
    refused = report["refused"]
    assert {"robots", "http_404", "not_html", "offsite"} < refused.keys()
    assert sum(refused.values()) == 5
    [run] = rows(archive_url, select(Run))
    assert run.refused == refused
    states = {row.reason: row.state for row in rows(archive_url, select(Address))}
    assert states["http_500"] == "seen"  # tried again later
    assert states["http_404"] == "refused"


def test_a_feed_that_is_html_steps_down_to_the_section_pages(sqlite_url, outlet, sites):
    outlet.answers["/feed/"] = web.Response(text="<html><body>أهلاً</body></html>")
    links = "".join(
        f'<h2><a href="{story.path}">{story.headline}</a></h2>' for story in outlet.stories
    )
    outlet.answers["/latest/"] = web.Response(
        text=f"<html><body>{links}</body></html>", content_type="text/html"
    )
    outlet.write_site(
        sites,
        routes=f'[[routes]]\ntype = "feed"\nurl = "{outlet.url}/feed/"\n'
        f'[[routes]]\ntype = "listing"\nurl = "{outlet.url}/latest/"\nlinks = "h2 a"\n',
    )

    report = Crawl(sqlite_url, sites).run("outlet").reports["outlet"]

    assert (report["outcome"], report["new"]) == ("ok", 5)
    assert any("not_a_feed" in note for note in report["notes"])
    states = {route.type: route.state for route in rows(sqlite_url, select(Route))}
    assert states == {"feed": "failing", "listing": "ok"}


def test_an_empty_feed_is_a_failing_route_and_the_run_says_so(sqlite_url, outlet, sites):
    outlet.stories = []
    outlet.write_site(sites)

    crawled = Crawl(sqlite_url, sites).run("outlet")

    report = crawled.reports["outlet"]
    assert (crawled.status, report["outcome"]) == (1, "failing")
    assert "empty" in report["reason"]


def test_a_feed_with_a_bare_ampersand_and_a_control_character_is_read(sqlite_url, outlet, sites):
    outlet.stories[0].headline = "اجتماع روسيا & تركيا"
    outlet.stories[1].headline = "بيان\x0b جديد"
    outlet.write_site(sites)

    report = Crawl(sqlite_url, sites).run("outlet").reports["outlet"]

    assert (report["outcome"], report["new"]) == ("ok", 5)
    headlines = {article.headline for article in rows(sqlite_url, select(Article))}
    assert "اجتماع روسيا & تركيا" in headlines
    assert not any("\x0b" in headline for headline in headlines)


def test_a_site_that_does_not_want_us_is_refused_and_asked_again_later(archive_url, outlet, sites):
    outlet.answers["/feed/"] = web.Response(
        status=403, text="<title>Just a moment...</title>", content_type="text/html"
    )
    outlet.write_site(sites)

    crawled = Crawl(archive_url, sites).run("outlet")

    assert (crawled.status, crawled.reports["outlet"]["outcome"]) == (1, "refused")
    [site] = rows(archive_url, select(Site).where(Site.key == "outlet"))
    assert (site.state, site.failures) == ("refused", 1)
    assert "challenge" in site.state_reason
    assert site.next_due is not None
    assert site.lease_owner is None


def test_a_dead_site_does_not_keep_the_others_from_being_crawled(sqlite_url, outlet, sites):
    outlet.write_site(sites)
    dead = Outlet("dead")
    dead.port = 1  # nobody listens there
    dead.write_site(sites)

    crawled = Crawl(sqlite_url, sites).run("dead", "outlet")

    assert crawled.status == 1
    assert crawled.reports["dead"]["outcome"] == "failing"
    assert crawled.reports["outlet"]["new"] == 5
    assert crawled.errors == ""  # it is in the report, not in a traceback


def test_where_pages_are_refused_the_article_is_kept_as_the_feed_tells_it(
    sqlite_url, outlet, sites
):
    told = " ".join(outlet.stories[0].body)
    feed = outlet.feed().replace("<pubDate>", f"<description>{told}</description><pubDate>")
    outlet.answers["/feed/"] = web.Response(text=feed)
    for story in outlet.stories:
        outlet.answers[story.path] = web.Response(status=403)
    outlet.write_site(sites)

    report = Crawl(sqlite_url, sites).run("outlet").reports["outlet"]

    assert (report["outcome"], report["new"]) == ("ok", 5)
    assert any("http_403" in note for note in report["notes"])
    version = rows(sqlite_url, select(Version))[0]
    assert "route:feed" in version.provenance.values()


def test_a_page_that_unpacks_to_200_megabytes_is_refused(sqlite_url, outlet, sites):
    packer = zlib.compressobj(wbits=31)
    bomb = b"".join(packer.compress(b"\0" * 1_000_000) for _ in range(200)) + packer.flush()
    outlet.answers["/news/1/"] = lambda _: web.Response(
        body=bomb, headers={"Content-Encoding": "gzip", "Content-Type": "text/html"}
    )
    outlet.write_site(sites)

    report = Crawl(sqlite_url, sites).run("outlet").reports["outlet"]

    assert report["refused"] == {"too_large": 1}
    assert report["new"] == 4
    assert closes(report)


def test_a_page_whose_length_is_a_lie_fails_and_is_tried_again(sqlite_url, outlet, sites):
    async def lie(request):
        response = web.StreamResponse(headers={"Content-Length": "100000"})
        await response.prepare(request)
        await response.write(b"<html>")
        request.transport.close()
        return response

    outlet.answers["/news/1/"] = lie
    outlet.write_site(sites)

    report = Crawl(sqlite_url, sites).run("outlet").reports["outlet"]

    assert sum(report["failed"].values()) == 1
    assert report["new"] == 4


def test_a_loopback_site_is_out_of_reach_unless_its_file_allows_it(sqlite_url, outlet, sites):
    outlet.write_site(sites, private_network=False)

    report = Crawl(sqlite_url, sites).run("outlet").reports["outlet"]

    assert report["outcome"] == "refused"
    assert "private_address" in report["reason"]
    assert outlet.requests == []


@pytest.mark.parametrize("host", ["127.0.0.1", "0x7f000001", "2130706433", "localhost"])
def test_no_spelling_of_a_private_address_is_reached(sqlite_url, outlet, sites, host):
    outlet.write_site(
        sites,
        hosts=[host],
        url=f"http://{host}:{outlet.port}/",
        private_network=False,
        routes=f'[[routes]]\ntype = "feed"\nurl = "http://{host}:{outlet.port}/feed/"\n',
    )

    report = Crawl(sqlite_url, sites).run("outlet").reports["outlet"]

    assert "private_address" in report["reason"]
    assert outlet.requests == []


def test_the_crawl_delay_of_robots_txt_is_obeyed(sqlite_url, outlet, sites):
    outlet.stories = outlet.stories[:3]
    outlet.answers["/robots.txt"] = web.Response(text="User-agent: *\nCrawl-delay: 1\n")
    outlet.write_site(sites)

    Crawl(sqlite_url, sites).run("outlet")

    moments = [moment for moment, path, _ in outlet.requests if path != "/robots.txt"]
    gaps = [later - earlier for earlier, later in itertools.pairwise(moments)]
    # Jittered by 30 %.
    assert min(gaps) > 0.6


def test_a_site_without_a_delay_is_asked_for_one_page_at_a_time(sqlite_url, outlet, sites):
    busy = set()
    together = []

    async def slowly(request):
        busy.add(request.path)
        together.append(len(busy))
        await asyncio.sleep(0.05)
        busy.remove(request.path)
        return outlet.page(next(story for story in outlet.stories if story.path == request.path))

    outlet.answers |= {story.path: slowly for story in outlet.stories}
    outlet.write_site(sites, delay_seconds=0)

    report = Crawl(sqlite_url, sites).run("outlet").reports["outlet"]

    assert report["new"] == len(outlet.stories) == len(together)
    assert set(together) == {1}


def test_a_site_that_says_when_to_come_back_is_not_asked_before(archive_url, outlet, sites):
    outlet.answers["/feed/"] = web.Response(status=429, headers={"Retry-After": "86400"})
    outlet.write_site(sites)

    Crawl(archive_url, sites).run("outlet")

    [site] = rows(archive_url, select(Site).where(Site.key == "outlet"))
    assert (site.next_due - site.state_since).total_seconds() > 86_000


def test_a_site_that_asks_to_be_left_alone_for_an_age_is_asked_again_tomorrow(
    sqlite_url, outlet, sites
):
    outlet.answers["/feed/"] = web.Response(status=429, headers={"Retry-After": "9" * 20})
    outlet.write_site(sites)

    Crawl(sqlite_url, sites).run("outlet")

    [site] = rows(sqlite_url, select(Site).where(Site.key == "outlet"))
    assert site.lease_owner is None
    assert 86_000 < (site.next_due - site.state_since).total_seconds() < 87_000


def test_a_sitemap_grows_under_an_index_that_stays_the_same(sqlite_url, outlet, sites):
    def sitemap(_request):
        places = "".join(f"<url><loc>{outlet.url}{s.path}</loc></url>" for s in outlet.stories)
        return web.Response(text=f"<urlset>{places}</urlset>", content_type="application/xml")

    outlet.answers["/posts.xml"] = sitemap
    outlet.answers["/index.xml"] = web.Response(
        text="<sitemapindex><sitemap><loc>/posts.xml</loc></sitemap></sitemapindex>".replace(
            "/posts.xml", f"{outlet.url}/posts.xml", 1
        ),
        content_type="application/xml",
        headers={"ETag": '"1"'},
    )
    outlet.write_site(
        sites, routes=f'[[routes]]\ntype = "sitemap"\nurl = "{outlet.url}/index.xml"\n'
    )
    crawl = Crawl(sqlite_url, sites)
    assert crawl.run("outlet").reports["outlet"]["new"] == 5
    outlet.stories.append(Story(6))

    assert crawl.run("outlet").reports["outlet"]["new"] == 1


def test_an_address_too_long_for_a_database_to_index_is_refused_and_costs_the_others_nothing(
    archive_url, outlet, sites
):
    long = f"<item><title>ط</title><link>{outlet.url}/{secrets.token_hex(1400)}/</link></item>"
    outlet.answers["/long/"] = lambda _: web.Response(
        text=outlet.feed().replace("</channel>", f"{long}</channel>")
    )
    outlet.write_site(sites, routes=f'[[routes]]\ntype = "feed"\nurl = "{outlet.url}/long/"\n')

    report = Crawl(archive_url, sites).run("outlet").reports["outlet"]

    assert closes(report)
    assert (report["new"], report["refused"]) == (5, {"long_address": 1})


def test_a_busy_hour_behind_a_short_feed_is_read_page_by_page_until_a_known_article(
    sqlite_url, outlet, sites
):
    def feed(request):
        page = int(request.query.get("paged", "1"))
        newest = list(reversed(stories))[(page - 1) * 10 : page * 10]
        if not newest:
            return web.Response(status=404)
        # An article of last week is pinned to the top of the first page.
        pinned = [stories[0]] if page == 1 and stories[0] not in newest else []
        outlet.stories = [*reversed(newest), *pinned]
        text = outlet.feed()
        outlet.stories = stories
        return web.Response(text=text)

    stories = outlet.stories = [Story(number) for number in range(1, 6)]
    outlet.answers["/paged/"] = feed
    outlet.write_site(
        sites,
        routes=f'[[routes]]\ntype = "feed"\nurl = "{outlet.url}/paged/?paged={{page}}"\nmax_pages = 10\n',
    )
    crawl = Crawl(sqlite_url, sites)
    crawl.run("outlet")
    stories.extend(Story(number) for number in range(6, 66))

    report = crawl.run("outlet").reports["outlet"]

    assert (report["new"], report["outcome"]) == (60, "ok")
    assert closes(report)


def test_what_became_an_article_is_captured_and_found_again(archive_url, outlet, sites, tmp_path):
    from storage import captures

    outlet.answers["/news/1/"] = lambda _: web.Response(
        body=gzip.compress(outlet.page(outlet.stories[0]).body),
        headers={"Content-Encoding": "gzip", "Content-Type": "text/html"},
    )
    outlet.write_site(sites)
    Crawl(archive_url, sites, captures=str(tmp_path / "captures")).run("outlet")

    found = rows(archive_url, select(Capture).order_by(Capture.url))
    # And robots.txt, once.
    assert len(found) == 6
    body = captures.read(tmp_path / "captures", found[0].warc, found[0].offset)
    assert outlet.stories[0].headline in gzip.decompress(body).decode()


def test_a_capture_says_where_it_came_from_and_what_allowed_it(sqlite_url, outlet, sites, tmp_path):
    outlet.answers["/robots.txt"] = web.Response(text="User-agent: *\nDisallow: /private/")
    outlet.answers["/news/1/"] = web.HTTPMovedPermanently("/news/1/moved/")
    outlet.answers["/news/1/moved/"] = outlet.page(outlet.stories[0])
    outlet.write_site(sites)
    Crawl(sqlite_url, sites, captures=str(tmp_path / "captures")).run("outlet")

    found = {row.url.partition("/news/")[2]: row for row in rows(sqlite_url, select(Capture))}
    moved = found["1/moved/"]
    assert [url.partition("/news/")[2] for url in moved.redirects] == ["1/"]
    [robots] = [row for row in found.values() if row.url.endswith("/robots.txt")]
    assert moved.robots == {
        "verdict": "allowed",
        "status": 200,
        "sha256": robots.sha256,
        "warc": robots.warc,
        "offset": robots.offset,
        "length": robots.length,
        "record_sha256": robots.record_sha256,
    }
    assert (moved.address, moved.tls, found["2/"].redirects) == ("127.0.0.1", None, [])


def test_a_robots_txt_that_stays_the_same_is_kept_once(sqlite_url, outlet, sites, tmp_path):
    outlet.answers["/robots.txt"] = web.Response(text="User-agent: *\nDisallow: /private/")
    outlet.write_site(sites)
    crawl = Crawl(sqlite_url, sites, captures=str(tmp_path / "captures"))
    crawl.run("outlet")
    outlet.stories.append(Story(99))
    crawl.run("outlet")

    asked = select(Capture).where(Capture.url.endswith("robots.txt")).order_by(Capture.id)
    first, second = rows(sqlite_url, asked)
    assert first.original is None
    assert (second.original["warc"], second.original["offset"]) == (first.warc, first.offset)
    assert second.sha256 == first.sha256


def test_what_is_kept_as_its_route_tells_it_is_proved_by_the_routes_answer(
    sqlite_url, outlet, sites, tmp_path
):
    told = f"{PARAGRAPHS[0]} {PARAGRAPHS[1]}"
    feed = outlet.feed().replace("<pubDate>", f"<description>{told}</description><pubDate>")
    outlet.answers["/feed/"] = web.Response(text=feed)
    outlet.answers["/news/1/"] = web.Response(status=403)
    outlet.write_site(sites)
    Crawl(sqlite_url, sites, captures=str(tmp_path / "captures")).run("outlet")

    asked = (
        select(Capture.url, Capture.status)
        .join(Version, Version.capture_id == Capture.id)
        .join(Article, Article.id == Version.article_id)
        .where(Article.url.endswith("/news/1/"))
    )
    engine = open_archive(sqlite_url)
    with reading(engine) as db:
        [(url, status)] = db.execute(asked).all()
    engine.dispose()
    assert (url.endswith("/feed/"), status) == (True, 200)


def small_disk(place, *, kilobytes, script='exec "$@"'):
    """Return the command that runs the one behind it with *place* on a disk of its own."""
    apart = ["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"]
    mount = f'mount -t tmpfs -o size={kilobytes}k tmpfs "$0"'
    if subprocess.run([*apart, mount, str(place)], check=False, capture_output=True).returncode:
        pytest.skip("no small disk can be made here without rights")
    return [*apart, f"{mount} && {script}", str(place)]


def crawled_on(small, crawl):
    """Run a worker of *crawl* on a small disk to its end."""
    told = ["--config-json", json.dumps(crawl.orders), "--sites", "outlet"]
    command = [*small, sys.executable, "-m", "scraper.worker", *told]
    return subprocess.run(command, check=False, capture_output=True, text=True)


def test_a_full_disk_stops_the_worker_and_loses_nothing(sqlite_url, outlet, sites, tmp_path):
    folder = tmp_path / "captures"
    folder.mkdir()
    small = small_disk(folder, kilobytes=4)
    outlet.write_site(sites)
    crawl = Crawl(sqlite_url, sites, captures=str(folder))

    full = crawled_on(small, crawl)

    assert full.returncode == 1
    assert "the disk is full; free some space, then start again" in full.stderr
    assert json.loads(full.stdout)["outcome"] == "stopped"
    assert "Traceback" not in full.stderr
    [site] = rows(sqlite_url, select(Site).where(Site.key == "outlet"))
    assert (site.state, site.lease_owner) == ("new", None)

    after = crawl.run("outlet")
    assert (after.status, len(rows(sqlite_url, select(Article)))) == (0, 5)
    assert all(version.capture_id for version in rows(sqlite_url, select(Version)))


def test_a_database_on_a_full_disk_stops_the_worker_and_stays_sound(
    sqlite_url, outlet, sites, tmp_path
):
    disk, after = tmp_path / "disk", tmp_path / "after"
    disk.mkdir()
    empty = Path(sqlite_url.removeprefix("sqlite:///"))
    # On the disk there is room for the archive as it is, and for a page or two.
    kept = f'cp {empty} "$0/rasid.db" && "$@"; status=$?; cp -r "$0" {after}; exit $status'
    small = small_disk(disk, kilobytes=empty.stat().st_size // 1024 + 200, script=kept)
    outlet.write_site(sites)
    crawl = Crawl(f"sqlite:///{disk}/rasid.db", sites)

    full = crawled_on(small, crawl)

    assert full.returncode == 1
    assert "the archive: the disk is full; free some space, then start again" in full.stderr
    assert "Traceback" not in full.stderr
    engine = open_archive(f"sqlite:///{after}/rasid.db")
    with reading(engine) as db:
        assert [found for found in checks.check(db) if found.wrong] == []
    engine.dispose()


def test_what_an_interrupted_run_left_is_fetched_by_the_next(archive_url, outlet, sites):
    outlet.write_site(sites)
    outlet.answers["/news/4/"] = web.Response(status=503)
    crawl = Crawl(archive_url, sites)
    crawl.run("outlet")
    del outlet.answers["/news/4/"]
    engine = open_archive(archive_url)
    with engine.begin() as connection:
        connection.execute(Address.__table__.update().values(not_before=None))
    engine.dispose()

    report = crawl.run("outlet").reports["outlet"]

    assert (report["discovered"], report["new"], report["not_modified"]) == (1, 1, 1)
    assert rows(archive_url, select(func.count()).select_from(Article)) == [5]


def test_an_article_that_cannot_be_kept_is_named_and_the_crawl_goes_on(
    sqlite_url, outlet, sites, tmp_path
):
    outlet.write_site(sites)
    captures = tmp_path / "captures"
    gone = threading.Event()

    def feed(_request):
        # The folder goes away under the writer, as an unplugged disk does.
        captures.rmdir()
        gone.set()
        return web.Response(text=outlet.feed())

    outlet.answers["/feed/"] = feed
    process = Crawl(sqlite_url, sites, captures=str(captures)).start("--sites", "outlet")

    report = process.finish().reports["outlet"]

    assert gone.is_set()
    assert report["failed"] == {"not_kept": 5}
    assert closes(report)


def test_a_folder_for_captures_that_cannot_be_made_is_one_line(sqlite_url, outlet, sites, tmp_path):
    outlet.write_site(sites)
    (tmp_path / "file").write_text("")

    crawled = Crawl(sqlite_url, sites, captures=str(tmp_path / "file" / "captures")).run("outlet")

    assert crawled.status == 2
    assert "the folder cannot be made" in crawled.errors
    assert len(crawled.errors.splitlines()) == 1


def test_an_unknown_site_is_one_line_with_the_nearest_name(sqlite_url, outlet, sites):
    outlet.write_site(sites)

    crawled = Crawl(sqlite_url, sites).run("outlt")

    assert crawled.status == 2
    assert crawled.errors.strip() == "outlt: no such site; did you mean 'outlet'?"


def test_scrapy_itself_crawls_a_site_without_an_archive(outlet, sites, tmp_path):
    import json
    import os
    import subprocess
    import sys

    outlet.write_site(sites)
    out = tmp_path / "out.jsonl"

    done = subprocess.run(
        [sys.executable, "-m", "scrapy", "crawl", "outlet", "-O", str(out)],
        env={**os.environ, "RASID_SITES": str(sites)},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 0, done.stderr
    articles = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    assert len(articles) == 5
    assert articles[0]["published_at"] == "2026-11-20T09:00:00+00:00"
