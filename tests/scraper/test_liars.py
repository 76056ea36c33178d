"""Routes that lead nowhere, or round and round: they cost a bounded number of requests."""

import pytest
from aiohttp import web

from tests.scraper import past, rest
from tests.scraper.outlet import Crawl, Outlet, Process

SITEMAP = '[[routes]]\ntype = "sitemap"\nurl = "{url}/a.xml"\n'


@pytest.fixture
def outlet():
    with Outlet(stories=3) as outlet:
        yield outlet
    Process.kill_all()


def index(outlet, *paths):
    rows = "".join(f"<sitemap><loc>{outlet.url}{path}</loc></sitemap>" for path in paths)
    return web.Response(text=f"<sitemapindex>{rows}</sitemapindex>", content_type="text/xml")


def test_indexes_that_name_each_other_are_read_once(sqlite_url, outlet, tmp_path):
    urls = "".join(f"<url><loc>{outlet.url}{story.path}</loc></url>" for story in outlet.stories)
    outlet.answers["/a.xml"] = index(outlet, "/b.xml", "/a.xml")
    outlet.answers["/b.xml"] = index(outlet, "/a.xml", "/c.xml")
    outlet.answers["/c.xml"] = web.Response(
        text=f"<urlset>{urls}</urlset>", content_type="text/xml"
    )
    outlet.write_site(tmp_path / "sites", routes=SITEMAP.format(url=outlet.url))

    report = Crawl(sqlite_url, tmp_path / "sites").run("outlet").reports["outlet"]

    assert report["new"] == 3
    assert sorted(path for path in outlet.paths("/") if path.endswith(".xml")) == [
        "/a.xml",
        "/b.xml",
        "/c.xml",
    ]


@pytest.mark.parametrize("arguments", [("--sites", "outlet"), ("--backfill", past.asked())])
@pytest.mark.long
def test_an_index_that_names_ever_new_ones_ends(sqlite_url, outlet, tmp_path, arguments):
    def ever_new(request):
        number = int(request.query.get("n", "0"))
        return index(outlet, *(f"/a.xml?n={number * 7 + more}" for more in range(1, 8)))

    outlet.answers["/a.xml"] = ever_new
    outlet.write_site(tmp_path / "sites", routes=SITEMAP.format(url=outlet.url))

    process = Crawl(sqlite_url, tmp_path / "sites").start(*arguments)
    told = process.told()

    assert len(outlet.paths("/a.xml")) <= 201
    notes = [*told[-1].get("notes", ()), *told[-1].get("holes", ())]
    assert any("an index in an index" in note or "endless" in note for note in notes)


@pytest.mark.long
def test_rest_that_shows_one_page_for_all_is_a_hole_and_the_next_way_is_walked(
    sqlite_url, outlet, tmp_path
):
    outlet.stories = past.stories(120)
    past.over_sitemaps(outlet)

    def first_page(request):
        answer = rest.posts(outlet, request.clone(rel_url=request.rel_url.update_query(page="1")))
        answer.headers["X-WP-TotalPages"] = "9999"
        return answer

    outlet.answers[rest.POSTS] = first_page
    outlet.write_site(tmp_path / "sites", routes=rest.site(outlet))

    *_, end = past.run(Crawl(sqlite_url, tmp_path / "sites"))

    assert (end["outcome"], end["new"]) == ("done", 120)
    assert [hole.partition(": ")[2] for hole in end["holes"]] == ["repeats"]
    assert len(outlet.paths(rest.POSTS)) == 2
