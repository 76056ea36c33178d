"""`python -m scraper.worker --check`: what works of a site, asked of a real one on loopback."""

import json

import pytest
from aiohttp import web

from scheduler.cli import app
from tests.scraper.outlet import Crawl, Outlet


@pytest.fixture
def outlet():
    with Outlet(stories=4) as site:
        yield site


@pytest.fixture
def check(outlet, tmp_path):
    """Write the site file with *routes* and check it; return the status and the report."""

    def run(routes: str | None = None, **fields):
        key = outlet.write_site(tmp_path / "sites", routes=routes, **fields)
        crawl = Crawl("sqlite:///none.db", tmp_path / "sites")
        done = crawl.start("--check", key).finish()
        return done.status, done.reports[key]

    return run


def route(kind: str, url: str) -> str:
    return f'[[routes]]\ntype = "{kind}"\nurl = "{url}"\n'


def test_every_route_is_asked_also_behind_one_that_works(outlet, check):
    status, report = check(
        route("feed", f"{outlet.url}/feed/") + route("sitemap", f"{outlet.url}/sitemap.xml")
    )

    assert (status, report["outcome"]) == (0, "ok")
    feed, sitemap = report["routes"]
    assert (feed["type"], feed["outcome"], feed["items"], feed["requests"]) == ("feed", "ok", 4, 1)
    assert feed["newest"] == max(story.published_at for story in outlet.stories).isoformat()
    assert feed["full_text"] is False
    assert (sitemap["outcome"], sitemap["reason"]) == ("refused", "http_404")


def test_one_page_is_read_and_says_where_each_field_came_from(outlet, check):
    _, report = check()

    assert len(outlet.paths()) == 1
    newest = outlet.stories[-1]
    assert report["sample"]["article"]["headline"] == newest.headline
    assert report["sample"]["fields"]["headline"]["source"] == "og"
    assert report["sample"]["fields"]["published_at"]["source"] == "og"
    assert report["requests"] == 3  # robots.txt, the feed, the page


def test_a_feed_that_carries_as_much_as_the_page_has_the_full_text(outlet, check):
    text = outlet.feed().replace(
        "<rss ", '<rss xmlns:content="http://purl.org/rss/1.0/modules/content/" '
    )
    for story in outlet.stories:
        link = f"<link>{outlet.url}{story.path}</link>"
        body = "".join(f"<p>{paragraph}</p>" for paragraph in story.body)
        text = text.replace(link, f"{link}<content:encoded><![CDATA[{body}]]></content:encoded>")
    outlet.answers["/feed/"] = web.Response(text=text, content_type="application/rss+xml")
    outlet.answers["/short/"] = web.Response(
        text=text.replace(outlet.stories[-1].body[1], ""), content_type="application/rss+xml"
    )

    _, report = check(route("feed", f"{outlet.url}/feed/") + route("feed", f"{outlet.url}/short/"))

    assert [one["full_text"] for one in report["routes"]] == [True, False]


def test_a_site_of_which_no_route_works_is_status_1(outlet, check):
    outlet.answers["/feed/"] = web.Response(status=403, text="no")

    status, report = check()

    assert (status, report["outcome"]) == (1, "failing")
    assert report["routes"][0]["reason"] == "http_403"
    assert report["sample"] is None


def test_robots_txt_is_obeyed(outlet, check):
    outlet.answers["/robots.txt"] = web.Response(text="User-agent: *\nDisallow: /feed/\n")

    status, report = check()

    assert status == 1
    assert report["routes"][0]["reason"] == "robots"
    assert outlet.paths("/feed/") == []


def test_a_private_host_is_out_of_reach_unless_the_site_says_so(outlet, check):
    _, report = check(private_network=False)

    assert report["routes"][0]["outcome"] != "ok"
    assert outlet.requests == []


def test_the_newest_sitemap_of_an_index_is_read(outlet, check):
    urls = "".join(f"<url><loc>{outlet.url}{s.path}</loc></url>" for s in outlet.stories)
    space = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
    outlet.answers["/sitemap.xml"] = web.Response(
        text=f"<sitemapindex {space}><sitemap><loc>{outlet.url}/posts.xml</loc></sitemap></sitemapindex>",
        content_type="application/xml",
    )
    outlet.answers["/posts.xml"] = web.Response(
        text=f"<urlset {space}>{urls}</urlset>", content_type="application/xml"
    )

    _, report = check(route("sitemap", f"{outlet.url}/sitemap.xml"))

    assert (report["routes"][0]["items"], report["routes"][0]["requests"]) == (4, 2)


def test_a_page_that_is_no_article_is_passed_over(outlet, check):
    outlet.answers[outlet.stories[-1].path] = web.Response(
        text="<h1>404</h1>", content_type="text/html"
    )

    _, report = check()

    assert report["sample"]["article"]["headline"] == outlet.stories[-2].headline


def test_the_command_line_shows_routes_and_the_page(outlet, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rasid.toml").write_text('sites = ["sites/"]\n', "utf-8")
    key = outlet.write_site(tmp_path / "sites")

    status = app.run(["sites", "check", key])

    out = capsys.readouterr().out
    assert status == 0
    assert "\tok\t4\t" in out
    assert f"headline\tog\t{outlet.stories[-1].headline}" in out
    assert not (tmp_path / "rasid.db").exists()


def test_for_a_file_the_command_line_explains(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "gone.html").write_text("<h1>404</h1>", "utf-8")

    assert app.run(["sites", "check", "gone.html", "--json"]) == 1

    assert json.loads(capsys.readouterr().out)["refused"] == "not_found"


def test_a_key_that_is_none_is_one_line_and_status_2(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)

    assert app.run(["sites", "check", "enabbalady"]) == 2

    assert "did you mean 'enabbaladi'?" in capsys.readouterr().err
