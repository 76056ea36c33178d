"""The replica newsroom: what its sites publish, and how they answer."""

import json
import re
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import combinations
from urllib.parse import unquote, urlsplit

import feedparser
import pytest

from scheduler.matching import Document, WatchQuery, compile_watches
from scheduler.newsroom import content
from scheduler.newsroom.content import Gold
from scheduler.newsroom.outlet import Answer, Ask, validated
from scheduler.newsroom.server import Newsroom
from scraper.catalogue import Site, load
from scraper.extraction.article import extract
from scraper.items import ArticleItem
from storage.copies import Text, compare
from storage.errors import InputError
from storage.fingerprint import bands, folded

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
HEADLINE = "القواتُ الروسيّةُ تهدّدُ “قسدَ” بالانسحابِ من شرقِ الفراتِ .. والسببُ؟"
WATCH = compile_watches([WatchQuery(name="شرق الفرات", query="شرق الفرات")])
SITES = [outlet for outlet in Newsroom(NOW).keys if outlet != "alsour"]


@pytest.fixture(scope="module")
def newsroom():
    return Newsroom(NOW)


@pytest.fixture(scope="module")
def catalogue(newsroom, tmp_path_factory) -> dict[str, Site]:
    folder = tmp_path_factory.mktemp("sites")
    newsroom.write_sites(folder)
    return load([folder], with_shipped=False)


def ask(newsroom: Newsroom, site: str, path: str, **headers: str) -> Answer:
    """What *site* says to a GET of *path*, which may have a query."""
    path, _, query = path.partition("?")
    pairs = dict(pair.partition("=")[::2] for pair in query.split("&")) if query else {}
    asked = Ask(path, pairs, {name.replace("_", "-"): value for name, value in headers.items()})
    return validated(asked, newsroom.outlet(site).answer(asked))


def page(newsroom: Newsroom, gold: Gold) -> Answer:
    return ask(newsroom, gold.site, unquote(urlsplit(gold.url).path))


@pytest.fixture(scope="module")
def items(newsroom, catalogue) -> dict[str, ArticleItem]:
    """What extraction makes of every page that may be read, by article; made once."""
    return {
        gold.article_id: read(newsroom, catalogue, gold)
        for gold in newsroom.golds()
        if gold.reachable
    }


def reachable(newsroom: Newsroom, site: str | None = None) -> list[Gold]:
    return [gold for gold in newsroom.golds(site) if gold.reachable]


def read(newsroom: Newsroom, catalogue: dict[str, Site], gold: Gold) -> ArticleItem:
    site = catalogue[gold.site]
    return extract(
        page(newsroom, gold).body,
        url=gold.url,
        site=gold.site,
        rules=site.extract,
        timezone=site.timezone,
        now=NOW,
        charset="utf-8",
    )


def posts(newsroom: Newsroom, query: str) -> list[dict]:
    return json.loads(ask(newsroom, "almanara", f"/wp-json/wp/v2/posts?{query}").body)


# What is there


def test_there_are_ten_sites_with_more_than_120_articles(newsroom):
    golds = newsroom.golds()

    assert len(newsroom.keys) == 10
    assert len(reachable(newsroom)) >= 120
    assert len({gold.url for gold in golds}) == len(golds)


def test_the_site_files_are_a_catalogue(newsroom, catalogue):
    assert sorted(catalogue) == sorted(newsroom.keys)
    assert all(site.private_network for site in catalogue.values())
    kinds = {route.type for site in catalogue.values() for route in site.routes}
    assert kinds == {"wordpress", "feed", "news_sitemap", "sitemap", "listing"}


def test_the_sample_stands_on_the_jannah_site_as_published(newsroom):
    gold = newsroom.gold_of("rus-threat")

    assert gold.site == "almanara"
    assert gold.headline == HEADLINE
    assert len(gold.body) == 9
    assert newsroom.gold(gold.site, gold.url) == gold


@pytest.mark.parametrize("site", SITES)
def test_pages_are_read_as_their_authors_wrote_them(newsroom, items, site):
    for gold in reachable(newsroom, site):
        item = items[gold.article_id]

        assert item.headline == gold.headline
        assert item.body == "\n\n".join(gold.body)
        assert item.section == gold.section


@pytest.mark.parametrize("site", SITES)
def test_dates_are_as_true_as_the_site_prints_them(newsroom, items, site):
    for gold in reachable(newsroom, site):
        item = items[gold.article_id]
        if gold.published_at is None:
            assert item.published_at is None
        else:
            assert item.published_at is not None
            assert abs(item.published_at - gold.published_at) <= gold.tolerance, gold.url


def test_no_page_matches_by_the_boxes_beside_its_text(newsroom, items):
    trapped = 0
    for gold in reachable(newsroom):
        own = bool(WATCH.match(Document(gold.headline, "\n\n".join(gold.body))))
        item = items[gold.article_id]
        assert bool(WATCH.match(Document(item.headline, item.body))) == own, gold.url
        html = page(newsroom, gold).body.decode("cp1256" if gold.site == "alnawaeer" else "utf-8")
        trapped += not own and bool(WATCH.match(Document("", re.sub("<[^>]+>", " ", html))))
    assert trapped > 80


def test_copies_are_copies_and_moulds_are_not(newsroom):
    golds = newsroom.golds()
    keys = {
        gold.article_id: set(bands(folded(gold.headline, "\n\n".join(gold.body)))) for gold in golds
    }
    joined = {
        frozenset((one.article_id, two.article_id))
        for one, two in combinations(golds, 2)
        # As the archive does: only what shares a band is compared.
        if keys[one.article_id] & keys[two.article_id]
        and compare(text(one), text(two)).relation in {"exact", "duplicate"}
    }
    stems = Counter(min(pair, key=len) for pair in joined)

    assert stems["bukamal-gate"] == 6
    assert stems["rus-threat"] == 3
    moulds = ("weather", "rate", "toll")
    assert not [pair for pair in joined if any(one.startswith(moulds) for one in pair)]


def text(gold: Gold) -> Text:
    return Text(gold.headline, "\n\n".join(gold.body), gold.published_at, gold.site)


# How WordPress sites answer


def test_rest_gives_whole_posts_with_totals_and_the_next_page(newsroom):
    answer = ask(newsroom, "almanara", "/wp-json/wp/v2/posts?per_page=5")
    total = len(newsroom.golds("almanara"))

    assert len(json.loads(answer.body)) == 5
    assert answer.headers["X-WP-Total"] == str(total)
    assert answer.headers["X-WP-TotalPages"] == str(-(-total // 5))
    assert 'rel="next"' in answer.headers["Link"]


def test_rest_writes_the_sample_as_wordpress_does(newsroom):
    [post] = [
        one for one in posts(newsroom, "per_page=100&_embed=1") if "قسدَ" in one["title"]["rendered"]
    ]
    gold = newsroom.gold_of("rus-threat")

    assert "&#8220;قسدَ&#8221;" in post["title"]["rendered"]
    assert post["link"] == gold.url
    assert datetime.fromisoformat(post["date_gmt"] + "+00:00") == gold.published_at
    assert post["_embedded"]["wp:term"][0][0]["name"] == gold.section


def test_rest_fields_and_bounds_are_heeded(newsroom):
    bound = (NOW - timedelta(hours=10)).strftime("%Y-%m-%dT%H:%M:%SZ")

    assert {frozenset(post) for post in posts(newsroom, "_fields=id,title.rendered")} == {
        frozenset({"id", "title"})
    }
    assert len(posts(newsroom, f"after={bound}")) == 2
    assert posts(newsroom, f"modified_after={bound}") == posts(newsroom, f"after={bound}")


def test_a_rest_page_past_the_end_is_an_error_object(newsroom):
    answer = ask(newsroom, "almanara", "/wp-json/wp/v2/posts?page=99")

    assert answer.status == 400
    assert json.loads(answer.body)["code"] == "rest_post_invalid_page_number"


@pytest.mark.parametrize(
    "query", ["per_page=101", "per_page=0", "after=yesterday", "modified_after=22-11-2026"]
)
def test_rest_parameters_it_cannot_read_are_an_error_object(newsroom, query):
    answer = ask(newsroom, "almanara", f"/wp-json/wp/v2/posts?{query}")

    assert answer.status == 400
    assert json.loads(answer.body)["code"] == "rest_invalid_param"


@pytest.mark.parametrize(("site", "status"), [("barada", 401), ("alqalaa", 403)])
def test_a_closed_rest_refuses_in_json(newsroom, site, status):
    answer = ask(newsroom, site, "/wp-json/wp/v2/posts")

    assert answer.status == status
    assert json.loads(answer.body)["data"] == {"status": status}


def test_the_agency_feed_carries_whole_texts(newsroom):
    parsed = feedparser.parse(ask(newsroom, "barada", "/feed/").body)

    assert not parsed.bozo
    assert len(parsed.entries) == 10
    for entry in parsed.entries:
        gold = newsroom.gold("barada", entry.link)
        assert all(
            paragraph in entry.content[0].value for paragraph in gold.body if '"' not in paragraph
        )


def test_the_excerpt_feed_has_no_text_and_goes_on_by_pages(newsroom):
    pages = [feedparser.parse(ask(newsroom, "alqalaa", f"/feed/?paged={n}").body) for n in (1, 2)]
    entries = [entry for parsed in pages for entry in parsed.entries]

    assert {entry.link for entry in entries} == {gold.url for gold in newsroom.golds("alqalaa")}
    assert not any("content" in entry for entry in entries)
    assert ask(newsroom, "alqalaa", "/feed/?paged=3").status == 404


def test_wordpress_escapes_are_lower_case_and_slugs_are_cut(newsroom):
    url = newsroom.gold_of("rus-threat").url
    slug = urlsplit(url).path.strip("/")

    assert slug == slug.lower()
    assert len(slug) <= 200
    assert unquote(slug).startswith("القواتُ-الروسيّةُ")


def test_drupal_escapes_are_upper_case(newsroom):
    path = urlsplit(newsroom.gold_of("camp-rukban").url).path

    assert path == path.upper()


def test_a_number_leads_to_the_permalink(newsroom):
    article = newsroom.outlet("almanara").article("rus-threat")
    answer = ask(newsroom, "almanara", f"/?p={article.number}")

    assert answer.status == 301
    assert answer.headers["Location"] == newsroom.gold_of("rus-threat").url


# Validators


@pytest.mark.parametrize(
    ("site", "path"),
    [
        ("barada", "/feed/"),
        ("alufuq", "/sitemap-news.xml"),
        ("alghouta", "/sitemap_index.xml"),
    ],
)
def test_what_has_not_changed_is_answered_304(newsroom, site, path):
    first = ask(newsroom, site, path)

    assert ask(newsroom, site, path, If_None_Match=first.headers["ETag"]).status == 304
    assert ask(newsroom, site, path, If_Modified_Since=first.headers["Last-Modified"]).status == 304
    assert ask(newsroom, site, path, If_None_Match='"other"').status == 200


def test_a_page_is_answered_304_until_it_is_corrected():
    newsroom = Newsroom(NOW)
    gold = newsroom.gold_of("damascus-metro")
    path = unquote(urlsplit(gold.url).path)
    etag = page(newsroom, gold).headers["ETag"]

    assert ask(newsroom, "barada", path, If_None_Match=etag).status == 304
    newsroom.correct("damascus-metro")
    assert ask(newsroom, "barada", path, If_None_Match=etag).status == 200


def test_a_site_that_counts_readers_gives_no_validators(newsroom):
    answer = page(newsroom, newsroom.gold_of("sugar-factory"))

    assert "ETag" not in answer.headers
    assert "Last-Modified" not in answer.headers


# Other kinds


def test_old_pages_are_windows_1256_under_two_false_names(newsroom):
    answer = page(newsroom, newsroom.gold_of("norias-repair"))

    assert answer.content_type == "text/html; charset=UTF-8"
    assert b"charset=iso-8859-1" in answer.body
    assert "ورش الترميم تعيد أربع نواعير" in answer.body.decode("cp1256")


def test_fresh_dates_are_ages_and_older_ones_figures(newsroom):
    shown = {
        article_id: page(newsroom, newsroom.gold_of(article_id)).body.decode("cp1256")
        for article_id in ("norias-repair", "salamiya-library", "hama-textile", "masyaf-fires")
    }

    assert "منذ 13 ساعة" in shown["norias-repair"]
    assert "منذ يوم واحد" in shown["salamiya-library"]
    assert "منذ يومين" in shown["hama-textile"]
    assert ">16/11/2026 16:00<" in shown["masyaf-fires"]


def test_a_news_sitemap_holds_two_days(newsroom):
    xml = ask(newsroom, "alufuq", "/sitemap-news.xml").body.decode()

    listed = set(re.findall("<url><loc>([^<]+)", xml))
    fresh = {
        gold.url
        for gold in newsroom.golds("alufuq")
        if gold.published_at and NOW - gold.published_at < timedelta(days=2)
    }
    assert listed == fresh
    assert len(fresh) < len(newsroom.golds("alufuq"))


@pytest.mark.parametrize("path", ["/", "/robots.txt", "/feed/", "/news/page/1/"])
def test_the_challenged_site_refuses_whatever_is_asked(newsroom, path):
    answer = ask(newsroom, "alsour", path)

    assert answer.status == 403
    assert b"<title>Just a moment...</title>" in answer.body


def test_one_site_asks_for_patience_and_one_closes_a_section_it_lists(newsroom):
    closed = newsroom.gold_of("private-leak")

    assert b"Crawl-delay: 1" in ask(newsroom, "almanara", "/robots.txt").body
    assert b"Disallow: /private/" in ask(newsroom, "alyasmin", "/robots.txt").body
    assert not closed.reachable
    assert (
        closed.url
        in ask(newsroom, "alyasmin", "/syria-news?page=1").body.decode()
        + ask(newsroom, "alyasmin", "/syria-news?page=2").body.decode()
    )


@pytest.mark.parametrize(
    ("site", "path", "first", "step"),
    [
        ("tadmor", "/latest?page={}", 0, 1),
        ("alyasmin", "/syria-news?page={}", 1, 1),
        ("alnawaeer", "/news/articles/?page={}", 1, 1),
        ("alasi", "/politics?start={}", 0, 10),
    ],
)
def test_list_pages_lead_to_every_article(newsroom, site, path, first, step):
    html = "".join(
        ask(newsroom, site, path.format(first + step * page)).body.decode("utf-8", "replace")
        for page in range(3)
    )

    for gold in newsroom.golds(site):
        assert gold.url in html or f'"{urlsplit(gold.url).path}"' in html


def test_menus_lead_to_sections(newsroom):
    for key in SITES:
        outlet = newsroom.outlet(key)
        html = page(newsroom, newsroom.golds(key)[0]).body.decode(
            "cp1256" if key == "alnawaeer" else "utf-8"
        )
        menu = re.findall(r'menu-item-object-category"><a href="([^"]+)"', html)

        assert len(set(menu)) == len(outlet.profile.sections)
        assert {ask(newsroom, key, unquote(urlsplit(url).path)).status for url in menu} == {200}


def test_the_page_for_telephones_names_the_one_it_stands_for(newsroom):
    gold = newsroom.gold_of("old-homs")
    answer = ask(newsroom, "alufuq", unquote(urlsplit(gold.url).path) + "/amp")

    assert f'<link rel="canonical" href="{gold.url}"/>' in answer.body.decode()


# Growing and putting right


def test_a_site_grows_when_told():
    newsroom = Newsroom(NOW)
    before, held = len(newsroom.golds()), newsroom.held

    [gold] = newsroom.grow()

    assert len(newsroom.golds()) == before + 1
    assert newsroom.held == held - 1
    assert gold.published_at == NOW
    assert page(newsroom, gold).status == 200
    assert len(newsroom.grow(1000)) == held - 1
    assert newsroom.grow() == []


def test_a_site_grows_by_its_schedule():
    newsroom = Newsroom(NOW)

    assert newsroom.advance(NOW) == []
    [first] = newsroom.advance(NOW + timedelta(seconds=45))
    assert first.article_id == "ferry-sink"
    assert first.published_at == NOW + timedelta(seconds=40)
    assert newsroom.advance(NOW + timedelta(seconds=45)) == []
    assert len(newsroom.advance(NOW + timedelta(hours=1))) == 10


def test_articles_can_be_held_back_by_name():
    newsroom = Newsroom(NOW, hold={"rus-threat": timedelta(seconds=5)})

    with pytest.raises(InputError, match="rus-threat"):
        newsroom.gold_of("rus-threat")
    [gold] = newsroom.advance(NOW + timedelta(seconds=6))
    assert gold.headline == HEADLINE


def test_a_correction_changes_the_page_and_the_time_it_was_modified():
    later = NOW + timedelta(minutes=30)
    newsroom = Newsroom(NOW, clock=lambda: later)
    before = newsroom.gold_of("lira-fall")

    after = newsroom.correct("lira-fall")

    assert after.url == before.url
    assert after.headline != before.headline
    assert after.published_at == before.published_at
    [post] = posts(newsroom, f"modified_after={NOW:%Y-%m-%dT%H:%M:%SZ}")
    assert post["link"] == after.url
    assert post["modified_gmt"] == f"{later:%Y-%m-%dT%H:%M:%S}"


def test_an_article_can_be_given_other_words():
    newsroom = Newsroom(NOW)

    gold = newsroom.correct("raqqa-bridge", headline="عنوان آخر", body=("نص آخر.",))

    assert (gold.headline, gold.body) == ("عنوان آخر", ("نص آخر.",))
    with pytest.raises(InputError, match="no correction prepared"):
        newsroom.correct("rus-threat")


def test_an_article_of_ones_own_can_be_published():
    newsroom = Newsroom(NOW)
    draft = content.Draft("mine", "tadmor", "خبر عاجل من دير الزور", ("نص الخبر.",), "سوريا")

    gold = newsroom.publish(draft)

    assert gold.published_at == NOW
    assert page(newsroom, gold).status == 200


def test_two_articles_of_one_headline_have_two_addresses():
    newsroom = Newsroom(NOW)
    drafts = [
        content.Draft(name, "almanara", "طقس اليوم", ("صحو.",), "محليات") for name in ("one", "two")
    ]

    urls = [newsroom.publish(draft).url for draft in drafts]

    assert urls[1] == urls[0].removesuffix("/") + "-2/"


def test_terms_keep_their_numbers_while_a_site_grows():
    newsroom = Newsroom(NOW)

    def tags() -> list[dict]:
        return json.loads(ask(newsroom, "almanara", "/wp-json/wp/v2/tags?per_page=100").body)

    before = tags()
    newsroom.grow(1000)

    assert tags()[: len(before)] == before
    assert len(tags()) > len(before)
