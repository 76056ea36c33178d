import gzip
from datetime import UTC, datetime

import pytest

from scraper.catalogue import Route, Site
from scraper.discovery import sitemap
from scraper.discovery.errors import RouteError

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
URL = "https://furat.example/sitemap.xml"
ROUTE = Route(type="sitemap", url=URL)
SITE = Site.model_validate(
    {
        "key": "furat",
        "name": "الفرات",
        "url": "https://furat.example/",
        "timezone": "Asia/Damascus",
        "routes": [{"type": "sitemap", "url": URL}],
    }
)


def read(text: str | bytes, route: Route = ROUTE):
    body = text.encode() if isinstance(text, str) else text
    return sitemap.read(body, url=URL, route=route, site=SITE, now=NOW)


def urlset(inside: str) -> str:
    return (
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
        ' xmlns:news="http://www.google.com/schemas/sitemap-news/0.9"'
        f' xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">{inside}</urlset>'
    )


def index(*children: tuple[str, str]) -> str:
    inside = "".join(
        f"<sitemap><loc>https://furat.example/{name}</loc>"
        + (f"<lastmod>{lastmod}</lastmod>" if lastmod else "")
        + "</sitemap>"
        for name, lastmod in children
    )
    return (
        f'<sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{inside}</sitemapindex>'
    )


NEWS = """
<url><loc>https://furat.example/1/</loc>
 <news:news><news:publication><news:name>الفرات</news:name><news:language>ar</news:language>
 </news:publication><news:publication_date>2026-11-23T11:30:00+03:00</news:publication_date>
 <news:title>القواتُ الروسيّةُ</news:title><news:keywords>الفرات، قسد, الفرات</news:keywords>
 </news:news><image:image><image:loc>https://furat.example/1.jpg</image:loc>
 <image:title>صورة</image:title></image:image></url>
"""


def test_a_news_sitemap_gives_time_title_and_keywords():
    found = read(urlset(NEWS))

    [entry] = found.entries
    assert (entry.url, entry.headline) == ("https://furat.example/1/", "القواتُ الروسيّةُ")
    assert entry.published_at == datetime(2026, 11, 23, 8, 30, tzinfo=UTC)
    assert entry.tags == ["الفرات", "قسد"]
    assert found.problems == []


def test_a_sitemap_gives_changes_newest_first_and_no_home_page():
    found = read(
        urlset(
            "<url><loc>https://furat.example/</loc></url>"
            "<url><loc>https://furat.example/old/</loc><lastmod>2026-11-20T00:00:00Z</lastmod></url>"
            "<url><loc> https://furat.example/new/ </loc><lastmod>2026-11-22T10:00Z</lastmod></url>"
            "<url><loc>https://furat.example/undated/</loc></url>"
            "<url><loc>https://furat.example/new/</loc></url>"
        )
    )

    assert [entry.url[22:] for entry in found.entries] == ["new/", "old/", "undated/"]
    assert found.entries[0].modified_at == datetime(2026, 11, 22, 10, 0, tzinfo=UTC)
    assert found.entries[0].published_at is None


def test_a_day_without_an_hour_is_read_as_one():
    entry = read(
        urlset("<url><loc>/a/</loc><lastmod>2026-11-20</lastmod></url>").replace(
            "/a/", "https://furat.example/a/"
        )
    ).entries[0]

    assert entry.modified_at is not None
    assert entry.modified_at.date().isoformat() == "2026-11-20"


def test_only_addresses_that_fit_the_pattern_of_articles_are_taken():
    route = Route(type="sitemap", url=URL, article_url=r"^/\d+/")
    about = "<url><loc>https://furat.example/about/</loc></url>"

    assert [entry.url for entry in read(urlset(about + NEWS), route).entries] == [
        "https://furat.example/1/"
    ]


def test_addresses_on_other_hosts_are_left_out_and_noted():
    found = read(urlset("<url><loc>http://169.254.169.254/x</loc></url><url/>" + NEWS))

    assert len(found.entries) == 1
    assert found.problems == ["an address that is not of this site (2 times)"]


def test_an_index_names_its_sitemaps_newest_first_and_only_those_of_articles():
    found = read(
        index(
            ("post-sitemap.xml", "2026-11-01T00:00:00Z"),
            ("post-sitemap2.xml", "2026-11-22T00:00:00Z"),
            ("page-sitemap.xml", "2026-11-23T00:00:00Z"),
            ("category-sitemap.xml", "2026-11-23T00:00:00Z"),
            ("post_tag-sitemap3.xml", "2026-11-23T00:00:00Z"),
            ("author-sitemap.xml", ""),
            ("wp-sitemap-users-1.xml", ""),
            ("wp-sitemap-taxonomies-category-1.xml", ""),
            ("wp-sitemap-posts-page-1.xml", ""),
        )
    )

    assert [child[22:] for child in found.children] == ["post-sitemap2.xml", "post-sitemap.xml"]
    assert found.entries == []


def test_of_sitemaps_without_a_date_the_highest_number_is_the_newest():
    names = ["wp-sitemap-posts-post-1.xml", "wp-sitemap-posts-post-10.xml"]

    found = read(index(*[(name, "") for name in [*names, "wp-sitemap-posts-post-9.xml"]]))

    assert [child.rpartition("-")[2] for child in found.children] == ["10.xml", "9.xml", "1.xml"]


def test_an_index_of_nothing_but_pages_is_taken_at_its_word():
    assert len(read(index(("sitemap/pages/1.xml", ""))).children) == 1


def test_an_index_that_names_itself_or_other_hosts_leads_nowhere():
    text = index(("sitemap.xml", ""), ("a.xml", "")).replace(
        "https://furat.example/a.xml", "https://b.example/a.xml"
    )

    found = read(text)

    assert found.children == []
    assert found.problems == ["a sitemap without an address here"]


def test_an_endless_index_is_bounded():
    found = read(index(*[(f"s{n}.xml", "") for n in range(5_500)]))

    assert len(found.children) == 5_000
    assert found.children[0] == "https://furat.example/s5499.xml"
    assert found.problems == ["more than 5000 sitemaps; the newest are read"]


def test_a_gzipped_sitemap_is_unpacked_and_a_bomb_is_not():
    assert len(read(gzip.compress(urlset(NEWS).encode())).entries) == 1

    with pytest.raises(RouteError) as caught:
        read(gzip.compress(b"<urlset>" + b" " * (60 * 2**20)))
    assert caught.value.reason == "too_large"


def test_a_bare_ampersand_in_an_address_is_mended():
    found = read(urlset("<url><loc>https://furat.example/?p=1&lang=ar</loc></url>"))

    assert [entry.url for entry in found.entries] == ["https://furat.example/?p=1&lang=ar"]
    assert len(found.problems) == 1


def test_of_a_sitemap_cut_off_no_half_address_is_taken():
    text = urlset(NEWS + "<url><loc>https://furat.example/123456/</loc></url>")

    found = read(text[: text.index("3456")])

    assert [entry.url for entry in found.entries] == ["https://furat.example/1/"]


def test_an_empty_news_sitemap_is_normal():
    found = read(urlset(""))

    assert (found.entries, found.problems) == ([], [])


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"", "empty"),
        (b"<html><body>404</body></html>", "not_a_sitemap"),
        (b"<rss><channel/></rss>", "not_a_sitemap"),
        (b"https://furat.example/1/", "not_a_sitemap"),
        (b'<!DOCTYPE x [<!ENTITY a "b">]><urlset><url><loc>&a;</loc></url></urlset>', "entities"),
    ],
)
def test_what_is_no_sitemap_is_refused_with_its_reason(body, reason):
    with pytest.raises(RouteError) as caught:
        read(body)

    assert caught.value.reason == reason
