import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.urls import canonical_url, credible_canonical, url_key

PAIRS = Path(__file__).parents[2] / "../shared/data/url_pairs.jsonl"

ARTICLE = "https://example.org/%D8%B4%D8%B1%D9%82-%D8%A7%D9%84%D9%81%D8%B1%D8%A7%D8%AA/"


@pytest.mark.parametrize(
    "other",
    [
        "http://example.org/شرق-الفرات",
        "https://EXAMPLE.org:443/شرق-الفرات/#respond",
        "http://example.org:80//شرق-الفرات//",
        "https://www.example.org/%d8%b4%d8%b1%d9%82-%d8%a7%d9%84%d9%81%d8%b1%d8%a7%d8%aa",
        "https://m.example.org./شرق-الفرات?utm_source=x&fbclid=IwAR0&at_medium=RSS&at_campaign=r",
        "https://amp.example.org/شرق-الفرات/?amp",
        "https://example.org/شرق-الفرات/amp/?usqp=mq331AQ",
        "https://example.org/amp/شرق-الفرات/",
        "https://example.org/شرق-الفرات/feed/?amp=1",
        "https://example.org/شرق-الفرات/comment-page-2/#comment-7",
        "https://example.org/شرق-الفرات/?share=jetpack-whatsapp&nb=1",
        "https://example.org/شرق-الفرات/?srsltid=AfmB&gad_source=1&pk_campaign=x&ns_source=y#/",
        "https://example.org/شرق-الفرات/?replytocom=412&traffic_source=rss&outputType=amp",
        "https://example.org/شرق-الفرات/index.html?print=1&ref",
        "https://example.org/./sport/../شرق-الفرات/;jsessionid=AB12",
        "https://example-org.cdn.ampproject.org/c/s/example.org/شرق-الفرات/amp/",
        "https://www.google.com/amp/s/www.example.org/شرق-الفرات/amp/",
        "\u200f https://example.org/شرق-الفرات/\u200e\n",
    ],
)
def test_every_dress_of_a_page_has_the_key_of_the_page(other):
    assert url_key(other) == url_key(ARTICLE)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("https://example.org/news.php?id=1", "https://example.org/news.php?id=2"),
        ("https://example.org/?newsid=1&cat=3", "https://example.org/?newsid=2&cat=3"),
        ("https://example.org/view?sid=1", "https://example.org/view?sid=2"),
        ("https://example.org/view?share=71", "https://example.org/view?share=72"),
        ("https://example.org/view?ref=71", "https://example.org/view?ref=72"),
        ("https://example.org/view?print=71", "https://example.org/view?print=72"),
        ("https://example.org/read/?page=1", "https://example.org/read/?page=2"),
        ("https://example.org/slug/", "https://example.org/slug-2/"),
        ("https://example.org/ar/7", "https://example.org/en/7"),
        ("https://example.org/Az3", "https://example.org/az3"),
        ("https://example.org/a%2Fb", "https://example.org/a/b"),
        ("https://archive.example.org/?p=7", "https://example.org/?p=7"),
        ("https://example.org:8080/7", "https://example.org/7"),
        ("https://example.org/feed", "https://example.org/"),
        ("https://example.org/?feed=rss2", "https://example.org/"),
        ("https://example.org/%C7%E1", "https://example.org/%C7%E2"),
        ("https://example.org/?q=%C7%E1", "https://example.org/?q=%C7%E2"),
        ("https://example.org/view?ns_id=1", "https://example.org/view?ns_id=2"),
        ("https://example.org/view?pk_id=1", "https://example.org/view?pk_id=2"),
        ("https://example.org/#!/news/7", "https://example.org/#!/news/8"),
        ("https://example.org/#/news/7", "https://example.org/"),
    ],
)
def test_addresses_of_two_articles_keep_two_keys(one, other):
    assert url_key(one) != url_key(other)


def test_the_order_of_parameters_and_the_way_they_are_escaped_do_not_matter():
    one = url_key("https://example.org/?cat=حلب 1&id=7")

    assert url_key("https://example.org/?id=7&amp;cat=%d8%ad%d9%84%d8%a8+1") == one


def test_composed_and_decomposed_letters_have_one_key():
    assert url_key("https://example.org/\u0623") == url_key("https://example.org/\u0627\u0654")


def test_an_arabic_host_and_its_ascii_form_have_one_key():
    assert url_key("https://أخبار.سوريا/1") == url_key("https://xn--igbicxr.xn--mgbtf8fl/1")


def test_a_site_names_further_parameters_that_choose_nothing():
    assert url_key("https://example.org/7?weekly=3", drop=["Weekly"]) == "https://example.org/7"


def test_a_numbered_article_keeps_its_key_when_the_site_moves_its_addresses():
    pattern = r"(?:[?&]p=|/)(\d{5,})(?:[/&]|$)"
    keys = {
        url_key(url, number=pattern)
        for url in (
            "https://sana.sy/?p=2218468",
            "https://www.sana.sy/governorates/homs/2218468/",
            "https://sana.sy/locals/2218468/amp/",
        )
    }

    assert keys == {"https://sana.sy/?p=2218468"}


def test_numbers_of_two_languages_are_two_articles():
    pattern = r"/(\d+)/?$"

    assert url_key("https://example.org/ar/news/7", number=pattern) != url_key(
        "https://example.org/en/news/7", number=pattern
    )


def test_a_staging_host_is_the_site_only_where_the_site_says_so():
    staged = "https://staging.example.org/7"

    assert url_key(staged) != url_key("https://example.org/7")
    assert url_key(staged, mirrors={"staging.example.org": "www.example.org"}) == url_key(
        "https://example.org/7"
    )


@pytest.mark.parametrize(
    "no_page", ["", "شرق الفرات", "/relative/7", "mailto:a@example.org", "http://", "http://h:x/"]
)
def test_what_is_no_address_of_a_page_is_refused(no_page):
    with pytest.raises(ValueError, match=r"."):
        url_key(no_page)
    with pytest.raises(ValueError, match=r"."):
        canonical_url(no_page)


def test_the_canonical_form_keeps_what_is_needed_to_fetch_it():
    assert (
        canonical_url("http://user@www.Example.org:80/أ/?b=2&utm_source=x&a=1#top")
        == "http://www.example.org/%D8%A3/?a=1&b=2"
    )


@given(
    st.lists(st.text(min_size=1), max_size=4),
    st.lists(st.tuples(st.text(max_size=9), st.text(max_size=9)), max_size=3),
)
def test_both_forms_are_stable_when_taken_again(segments, pairs):
    query = "&".join(f"{name}={value}" for name, value in pairs)
    url = f"https://example.org/{'/'.join(segments)}?{query}"

    assert canonical_url(canonical_url(url)) == canonical_url(url)
    assert url_key(canonical_url(url)) == url_key(url)
    assert url_key(url_key(url)) == url_key(url)


@pytest.mark.parametrize(
    ("page", "stated"),
    [
        ("https://example.org/?p=12", "https://www.example.org/a-long-slug/"),
        ("https://example.org/?p=12", "https://example.org/politics/a-long-slug/"),
        ("https://m.example.org/a-long-slug/amp/?weekly", "https://example.org/a-long-slug/"),
        ("https://example.org/حلب-في-يوم-ماطر?x=3", "https://example.org/حلب-في-يوم-ماطر"),
        ("https://example.org/news/12345?high=3", "https://example.org/news/12345"),
        ("https://staging.example.org/news/12345?v=3", "https://example.org/news/12345/slug-of-it"),
        ("https://ar.example.co.uk/?p=12", "https://example.co.uk/a-long-slug/"),
        ("https://example.org/800832/a-long-slug/", "https://example.org/800832/"),
    ],
)
def test_a_canonical_address_that_names_the_article_is_believed(page, stated):
    assert credible_canonical(page, stated)


@pytest.mark.parametrize(
    ("page", "stated"),
    [
        ("https://example.org/a-long-slug/", "https://example.org/"),
        ("https://example.org/a-long-slug/", "https://example.org/ar/"),
        ("https://example.org/?p=12", "https://example.org/category/سياسة/"),
        ("https://example.org/?p=12", "https://example.org/politics/"),
        ("https://example.org/politics/12-slug/", "https://example.org/politics"),
        ("https://example.org/2025/06/02/a-long-slug/", "https://example.org/2025/06/"),
        ("https://example.org/a-long-slug/", "https://agency.example/a-long-slug/"),
        ("https://one.co.uk/a-long-slug/", "https://other.co.uk/a-long-slug/"),
        ("https://example.org/news/12", "https://example.org/news/13"),
        ("https://example.org/news.php?id=12", "https://example.org/news.php?id=13"),
        ("https://example.org/news.php?id=12", "https://example.org/news.php"),
        ("https://example.org/a-long-slug/?page=2", "https://example.org/a-long-slug/"),
        ("https://example.org/خبر-عاجل-2/", "https://example.org/خبر-عاجل/"),
        ("https://example.org/ar/news/12", "https://example.org/en/news/12"),
        ("https://example.org/a-long-slug/", "about:blank"),
    ],
)
def test_a_canonical_address_that_would_join_articles_is_not_believed(page, stated):
    assert not credible_canonical(page, stated)


@pytest.mark.skipif(not PAIRS.exists(), reason="the shared pairs of addresses are not here")
def test_no_pair_of_real_addresses_is_judged_wrongly():
    wrong = [
        (pair["kind"], pair["a"], pair["b"])
        for pair in map(json.loads, PAIRS.read_text("utf-8").splitlines())
        if (url_key(pair["a"]) == url_key(pair["b"])) != (pair["label"] == "same")
    ]

    assert wrong == []
