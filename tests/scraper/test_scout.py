"""`rasid sites check URL` and `sites add URL`: an unknown site on loopback."""

import json
import os

import pytest
from aiohttp import web

from scheduler.cli import app
from scheduler.newsroom import demonstration
from scheduler.newsroom.server import opened_now, serving
from scraper import catalogue
from tests.scraper import rest
from tests.scraper.outlet import Outlet


@pytest.fixture
def outlet(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rasid.toml").write_text('sites = ["sites/"]\n', "utf-8")
    with Outlet(stories=4) as site:
        yield site


def home(outlet, head=""):
    links = "".join(
        f'<article><h2 class="entry-title"><a href="{s.path}">{s.headline}</a></h2></article>'
        for s in outlet.stories
    )
    text = f'<html lang="ar"><head><title>موقع النهر - الرئيسية</title>{head}</head><body>{links}</body></html>'
    outlet.answers["/"] = web.Response(text=text, content_type="text/html")


def test_a_site_is_added_with_the_routes_that_work_and_can_be_read(outlet, tmp_path, capsys):
    home(outlet)
    rest.serve(outlet)

    status = app.run(["sites", "add", f"{outlet.url}/", "--key", "nahr", "--private-network"])

    assert status == 0, capsys.readouterr().err
    site = catalogue.load_file(tmp_path / "sites" / "nahr.toml")
    assert site.name == "موقع النهر"
    assert [route.type for route in site.routes] == ["wordpress", "feed", "listing"]
    assert site.routes[2].article_url == r"^/news/\d+"


def test_a_feed_is_found_where_the_home_page_says(outlet, capsys):
    outlet.answers["/strange/place"] = lambda _: web.Response(text=outlet.feed())
    outlet.answers["/feed/"] = web.Response(status=404)
    home(outlet, '<link rel="alternate" type="application/rss+xml" href="/strange/place">')

    app.run(["sites", "check", f"{outlet.url}/", "--private-network", "--json"])

    report = json.loads(capsys.readouterr().out)
    works = {r["url"] for r in report["routes"] if r["type"] == "feed" and r["outcome"] == "ok"}
    assert works == {f"{outlet.url}/strange/place"}
    assert report["proposal"]["routes"][0]["url"] == f"{outlet.url}/strange/place"


@pytest.fixture(scope="module")
def newsroom():
    with serving(opened_now()) as served:
        yield served


@pytest.mark.long
@pytest.mark.parametrize(
    ("key", "name", "types", "counted", "theme"),
    [
        ("alqalaa", "تلفزيون القلعة", ["feed", "sitemap", "listing"], "/page/{page}/", "elementor"),
        ("tadmor", "شبكة تدمر", ["listing"], "/?page={page}", "drupal"),
        ("alufuq", "أفق الشام", ["news_sitemap", "sitemap", "listing"], None, None),
        ("alnawaeer", "صحيفة النواعير", ["listing"], "/?page={page}", None),
    ],
)
def test_sites_of_every_make_are_added_with_their_theme_and_how_they_count_pages(
    newsroom, tmp_path, monkeypatch, key, name, types, counted, theme
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rasid.toml").write_text('sites = ["sites/"]\n', "utf-8")
    for name_, value in demonstration.offline(os.environ).items():
        monkeypatch.setenv(name_, value)
    base = newsroom.outlet(key).base

    assert app.run(["sites", "add", f"{base}/", "--private-network"]) == 0

    [file] = (tmp_path / "sites").glob("*.toml")
    site = catalogue.load_file(file)
    assert (site.name, site.extract.theme) == (name, theme)
    assert [route.type for route in site.routes] == types
    lists = [route.url for route in site.routes if route.type == "listing"]
    assert lists == [f"{base}{counted or '/'}"]


@pytest.mark.long
def test_sitemaps_that_robots_txt_does_not_name_are_looked_for_where_they_use_to_be(outlet, capsys):
    home(outlet)
    news = "http://www.google.com/schemas/sitemap-news/0.9"
    rows = "".join(
        f"<url><loc>{outlet.url}{story.path}</loc><n:news><n:publication_date>"
        f"{story.published_at.isoformat()}</n:publication_date></n:news></url>"
        for story in outlet.stories
    )
    outlet.answers["/news-sitemap.xml"] = web.Response(
        text=f'<urlset xmlns:n="{news}">{rows}</urlset>', content_type="text/xml"
    )

    app.run(["sites", "check", f"{outlet.url}/", "--private-network", "--json"])

    report = json.loads(capsys.readouterr().out)
    proposed = {route["type"]: route["url"] for route in report["proposal"]["routes"]}
    assert proposed["news_sitemap"] == f"{outlet.url}/news-sitemap.xml"
    asked = outlet.paths("/")
    assert {"/sitemap-news.xml", "/sitemap_index.xml", "/wp-sitemap.xml"} <= set(asked)


def test_a_private_address_is_not_probed_unless_that_is_allowed(outlet, tmp_path, capsys):
    home(outlet)

    assert app.run(["sites", "add", f"{outlet.url}/"]) == 2

    assert "no route works (home page: private_address)" in capsys.readouterr().err
    assert outlet.requests == []
