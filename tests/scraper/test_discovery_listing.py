from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scraper.catalogue import Route, Site
from scraper.discovery import listing
from scraper.discovery.errors import RouteError

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
URL = "https://furat.example/news?page=1"
ROUTE = Route(
    type="listing",
    url="https://furat.example/news?page={page}",
    links="div.card a",
    article_url=r"^/news/\d+",
)
SITE = Site.model_validate(
    {
        "key": "furat",
        "name": "الفرات",
        "url": "https://furat.example/",
        "routes": [{"type": "listing", "url": "https://furat.example/", "links": "a"}],
    }
)
CARDS = """
<nav><a href="/news/9">في القائمة</a></nav>
<div class="card"><a href="/news/2"><img src="2.jpg"></a>
  <h2><a href="/news/2?utm=x#top">القواتُ الروسيّةُ تهدّدُ</a></h2><a href="/news/2">المزيد</a></div>
<div class="card"><a href="/news/1">خبر <b>ثان</b></a><a href="/tags/3">وسم</a></div>
"""


def read(text: str | bytes, url: str = URL, route: Route = ROUTE, **kwargs):
    body = text.encode() if isinstance(text, str) else text
    return listing.read(body, url=url, route=route, site=SITE, now=NOW, **kwargs)


def test_links_are_those_selected_that_fit_in_the_order_of_the_page():
    found = read(CARDS)

    assert [(entry.url, entry.headline) for entry in found.entries] == [
        ("https://furat.example/news/2", "المزيد"),
        ("https://furat.example/news/2?utm=x", "القواتُ الروسيّةُ تهدّدُ"),
        ("https://furat.example/news/1", "خبر ثان"),
    ]
    assert found.problems == []


def test_of_several_links_to_one_article_the_longest_text_is_its_headline():
    found = read(CARDS.replace("?utm=x#top", ""))

    assert [(entry.url[-1], entry.headline) for entry in found.entries] == [
        ("2", "القواتُ الروسيّةُ تهدّدُ"),
        ("1", "خبر ثان"),
    ]


def test_without_a_selector_all_links_that_fit_are_taken():
    route = Route(type="listing", url=URL, article_url=r"^/news/\d+$")

    assert [entry.url[-1] for entry in read(CARDS, route=route).entries] == ["9", "2", "x", "1"]


@pytest.mark.parametrize(
    ("selector", "page"),
    [
        ("h3", '<a href="/news/1"><h3>خبر</h3></a>'),
        ("div.card", '<div class="card"><p><a href="/news/1">خبر</a></p></div>'),
        ("a.card", '<a class="card" href="/news/1"><h3>خبر</h3><p>خلاصة طويلة</p></a>'),
        ("h3 a::attr(href)", '<h3><a href="/news/1">خبر</a></h3>'),
        ("a", '<a href="/news/1" title="خبر"><img src="x"></a>'),
    ],
)
def test_a_selector_may_mean_the_link_what_is_in_it_or_what_is_around_it(selector, page):
    route = Route(type="listing", url=URL, links=selector)

    assert [(e.url, e.headline) for e in read(page, route=route).entries] == [
        ("https://furat.example/news/1", "خبر")
    ]


def test_a_selector_that_a_new_theme_has_broken_is_noted_and_the_pattern_serves():
    found = read(CARDS.replace('class="card"', 'class="box"'))

    assert {entry.url[-1] for entry in found.entries} == {"9", "2", "x", "1"}
    assert found.problems == ["'links' selects nothing; links that fit 'article_url' are taken"]


def test_a_page_past_the_end_lists_nothing_and_its_menu_is_not_followed():
    found = read('<nav><a href="/news/9">في القائمة</a></nav>', url=URL.replace("=1", "=40"))

    assert (found.entries, found.next_url, found.problems) == ([], None, [])


def test_times_and_counters_in_a_card_do_not_change_what_is_listed():
    card = '<div class="card"><a href="/news/1">خبر <span class="post-date">{}</span></a></div>'

    [early] = read(card.format("منذ دقيقة")).entries
    [late] = read(card.format("منذ ساعة")).entries

    assert early.headline == "خبر"
    assert early.listed_hash == late.listed_hash


def test_relative_links_are_seen_from_the_pages_base():
    page = '<head><base href="https://furat.example/ar/"></head><div class="card">'
    route = Route(type="listing", url=URL, links="a")

    [entry] = read(page + '<a href="news/1">خبر</a></div>', route=route).entries

    assert entry.url == "https://furat.example/ar/news/1"


def test_arabic_addresses_are_taken_escaped_or_not():
    route = Route(type="listing", url=URL, article_url="^/أخبار/[^/]+/$")
    page = '<a href="/أخبار/خبر أول/">١</a><a href="/%d8%a3%d8%ae%d8%a8%d8%a7%d8%b1/2/">٢</a>'

    assert [entry.url for entry in read(page, route=route).entries] == [
        "https://furat.example/أخبار/خبر%20أول/",
        "https://furat.example/%d8%a3%d8%ae%d8%a8%d8%a7%d8%b1/2/",
    ]


@pytest.mark.parametrize(
    "href", ["javascript:void(0)", "#", "mailto:a@b.example", "http://[", "//b.example/news/1", ""]
)
def test_what_leads_to_no_page_of_the_site_is_no_link(href):
    route = Route(type="listing", url=URL, links="a")

    assert read(f'<a href="{href}">خبر</a><a>x</a>', route=route).entries == []


def test_a_page_in_windows_1256_is_read_whatever_its_label_says():
    page = '<meta charset="utf-8"><div class="card"><a href="/news/1">الجيش يدخل حلب</a></div>'

    [entry] = read(page.encode("windows-1256"), charset="utf-8").entries

    assert entry.headline == "الجيش يدخل حلب"


def test_the_next_page_is_counted_as_the_site_counts():
    joomla = Route(
        type="listing", url="https://furat.example/x?start={page}", links="a", first_page=0, page_step=10
    )  # fmt: skip
    page = '<a href="/1">خبر</a>'

    assert read(CARDS).next_url == "https://furat.example/news?page=2"
    assert read(page, url="http://www.furat.example/x?start=20", route=joomla).next_url == (
        "https://furat.example/x?start=30"
    )


def test_an_address_without_a_number_is_the_first_page():
    assert read(CARDS, url="https://furat.example/news").next_url == (
        "https://furat.example/news?page=2"
    )


def test_no_page_follows_where_none_is_counted_or_nothing_was_found():
    uncounted = Route(type="listing", url="https://furat.example/", links="a")

    assert read(CARDS, route=uncounted).next_url is None
    found = read("<html><body><p>لا أخبار</p></body></html>")
    assert (found.entries, found.next_url) == ([], None)
    assert "no link on the page is one to an article" in found.problems


@pytest.mark.parametrize(
    ("body", "reason"),
    [(b"", "empty"), (b" \n", "empty"), (b'{"a": 1}', "not_html"), (b" " * (51 * 2**20), "empty")],
)
def test_what_is_no_page_is_refused_with_its_reason(body, reason):
    with pytest.raises(RouteError) as caught:
        read(body)

    assert caught.value.reason == reason


@pytest.mark.parametrize(
    "text",
    [
        "<div class=card>" * 50_000 + "<a href=/news/1>x</a>",
        "<a href=/news/1>" * 20_000 + "x",
        '<div class="card"><a href="/news/1">' + "<span>" * 5_000 + "x",
        "".join(f'<div class="card"><a href="/news/{n}">x</a></div>' for n in range(5_000)),
        "<\x00a\x00 href=/news/1>",
        "<!--" * 1_000,
        "<",
        "<>",
        "<!DOCTYPE html>",
    ],
    ids=range(9),
)
def test_a_hostile_page_ends_in_entries_or_in_a_route_error(text):
    try:
        found = read(text).entries
    except RouteError:
        found = []

    assert len(found) <= 2000


@given(
    st.lists(st.sampled_from([*CARDS.split("<"), "\x00", "&#0;", "a href='", "base href='//['>"]))
)
def test_no_shuffled_page_raises_anything_else(parts):
    try:
        found = read("<".join(parts)).entries
    except RouteError:
        found = []

    assert all(SITE.owns(entry.url) for entry in found)
