import gzip
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from scraper.catalogue import SHIPPED, Site, load, load_file, page, shipped, table
from scraper.discovery import wordpress
from scraper.extraction import themes
from storage.urls import url_key

DOCS = Path(__file__).parents[2] / "docs" / "sites.md"
FILES = sorted(SHIPPED.glob("*.toml"))
ORDER = ["wordpress", "feed", "news_sitemap", "sitemap", "listing"]


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_every_shipped_file_loads_and_states_its_evidence(path: Path):
    site = load_file(path)

    assert site.evidence
    assert site.side
    assert site.language == "ar"
    assert not site.private_network
    assert re.search("[\u0600-\u06ff]", site.name) or site.key == "sy24"


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_routes_stand_cheapest_first_and_none_twice(path: Path):
    routes = load_file(path).routes
    places = [ORDER.index(route.type) for route in routes]

    assert places == sorted(places)
    assert len({route.url for route in routes}) == len(routes)


def test_all_forty_five_sites_are_shipped():
    assert len(shipped()) == 45


def test_no_two_sites_claim_a_host():
    claims = [host for site in shipped().values() for host in site.bare_hosts]

    assert len(set(claims)) == len(claims)


def test_a_site_is_enabled_where_a_route_of_it_is_known_well():
    known_well = {"high", "medium"}

    assert {key: site.enabled for key, site in shipped().items()} == {
        key: site.confidence in known_well for key, site in shipped().items()
    }


def test_every_theme_named_is_one_that_extraction_has():
    named = {site.extract.theme for site in shipped().values()} - {None}

    assert named <= set(themes.shipped())
    assert {"jannah", "sahifa", "elementor", "soledad", "jnews", "avada", "drupal"} <= named


def test_the_docs_table_of_sites_is_the_one_made_from_the_files():
    written = DOCS.read_text("utf-8")

    assert table(shipped()) in written
    assert page(written, shipped()) == written, "python -m scraper.catalogue docs/sites.md"


def test_the_table_is_printed_and_renewed_in_a_file_by_the_module(tmp_path):
    copy = tmp_path / "sites.md"
    copy.write_text(DOCS.read_text("utf-8").replace("| `sana` |", "| `old` |"), encoding="utf-8")
    command = [sys.executable, "-X", "utf8", "-m", "scraper.catalogue"]

    printed = subprocess.run(command, capture_output=True, check=True)
    subprocess.run([*command, str(copy)], check=True)

    assert printed.stdout.decode() == table(shipped())
    assert copy.read_text("utf-8") == DOCS.read_text("utf-8")


# Addresses as they were seen, and whether they are articles.
SEEN = [
    ("enabbaladi", "https://www.enabbaladi.net/800832/خبر-من-دمشق/", True),
    ("enabbaladi", "https://www.enabbaladi.net/archives/700832", True),
    ("enabbaladi", "https://www.enabbaladi.net/category/politics/syria/page/2", False),
    ("syria_tv", "https://www.syria.tv/الجيش-يدخل-مدينة-حلب", True),
    ("syria_tv", "https://www.syria.tv/أخبار-سوريا/محلية", False),
    ("syria_tv", "https://www.syria.tv/تحقيقات_وتقارير", False),
    ("sana", "https://sana.sy/governorates/dayer-al-zoor/2431930/", True),
    ("sana", "https://sana.sy/governorates/dayer-al-zoor/", False),
    ("shaam", "https://shaam.org/news/syria-news/خبر", True),
    ("shaam", "https://shaam.org/reports/economic-reports/تقرير", True),
    ("shaam", "https://shaam.org/news/syria-news?page=4", False),
    ("halabtoday", "https://halabtodaytv.net/archives/282174", True),
    ("halabtoday", "https://halabtodaytv.net/archives/category/news/syrianews/page/2", False),
    ("alhal", "https://7al.net/2025/06/02/slug/author/section/", True),
    ("alhal", "https://7al.net/سياسة/", False),
    ("horanfree", "https://www.horanfree.com/archives/18092", True),
    ("syria_news", "https://syria.news/4246bf09-15091712.html", True),
    ("eqtsad", "https://www.eqtsad.net/news/article/39751/", True),
    ("eqtsad", "https://www.eqtsad.net/news/articles/76/2/", False),
    ("kassioun", "https://kassioun.org/politics/item/83352-2025-06-01-17-58-36", True),
    ("baladi", "https://baladi-news.com/public/index.php/ar/articles/62378/خبر", True),
    ("eyeofeuphrates", "https://eyeofeuphrates.com/ar/news/2023/09/11/9646", True),
    ("hawarnews", "https://hawarnews.com/ar/haber/a-latin-slug-h39307.html", True),
    ("sy24", "https://www.sy-24.com/?p=35804", True),
    ("sy24", "https://www.sy-24.com/?cat=4", False),
    ("shamfm", "http://shamfm.fm/ar/article/75817/خبر.html", True),
    ("aljazeera", "https://www.aljazeera.net/videos/2025/1/24/خبر", True),
]


@pytest.mark.parametrize(("key", "url", "is_article"), SEEN)
def test_a_listing_tells_articles_from_sections(key, url, is_article):
    site = shipped()[key]
    listing = next(route for route in site.routes if route.type == "listing")

    assert site.owns(url)
    assert listing.announces(url) is is_article


# Addresses of one article, as they were seen or follow from what was seen.
SAME = [
    ("sana", "https://sana.sy/locals/2431958/", "https://www.sana.sy/politics/2431958/"),
    ("sana", "https://sana.sy/?p=2218468", "https://sana.sy/governorates/homs/2218468/"),
    ("enabbaladi", "https://www.enabbaladi.net/800832/a/", "https://enabbaladi.net/800832/b/"),
    ("damascusv", "https://damascusv.com/archives/60005", "https://damascusv.com/?p=60005"),
    (
        "baladi",
        "https://baladi-news.com/public/ar/articles/62378/x",
        "https://baladi-news.com/public/index.php/ar/articles/62378/x",
    ),
    (
        "kassioun",
        "https://kassioun.org/politics/item/83352-2025-06-01-17-58-36",
        "https://kassioun.org/syria/item/83352-2025-06-01-17-58-36",
    ),
    (
        "aljazeera",
        "https://www.aljazeera.net/news/2025/1/24/x",
        "https://www.aljazeera.net/news/2025/1/24/x?traffic_source=rss",
    ),
]


def compared(site: Site, url: str) -> str:
    return url_key(url, drop=site.drop_params, number=site.number_pattern)


@pytest.mark.parametrize(("key", "one", "other"), SAME)
def test_the_addresses_of_one_article_are_compared_as_one(key, one, other):
    site = shipped()[key]

    assert compared(site, one) == compared(site, other)


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        ("sana", "https://sana.sy/locals/2431958/", "https://sana.sy/locals/2431959/"),
        ("sana", "https://sana.sy/locals/", "https://sana.sy/politics/"),
        (
            "enabbaladi",
            "https://www.enabbaladi.net/800832/a/",
            "https://www.enabbaladi.net/800833/a/",
        ),
        (
            "rt_ar",
            "https://arabic.rt.com/world/1824104-x/",
            "https://arabic.rt.com/world/1824105-x/",
        ),
    ],
)
def test_the_addresses_of_two_articles_are_compared_as_two(key, one, other):
    site = shipped()[key]

    assert compared(site, one) != compared(site, other)


def test_every_placeholder_of_a_route_is_filled():
    for site in shipped().values():
        for route in site.routes:
            assert "{" not in route.page_url(1)
            if route.type == "wordpress":
                assert "posts" in wordpress.posts_url(route.url, page=1)


def test_files_hold_no_key_that_only_repeats_the_default_of_a_route():
    defaults = {"first_page": 1, "page_step": 1, "max_pages": 5, "fallback": False}
    for path in FILES:
        for route in tomllib.loads(path.read_text("utf-8"))["routes"]:
            assert not defaults.items() & route.items(), path.name


def test_the_shipped_catalogue_is_read_once_and_copied_out():
    shipped().clear()

    assert len(shipped()) == 45
    assert load() == shipped()


DELIVERED = Path(__file__).parents[2] / "../shared/data/urls/syria_news_bot_urls.jsonl.gz"


@pytest.mark.skipif(not DELIVERED.exists(), reason="the addresses of the bot's log are not here")
def test_addresses_really_delivered_fit_the_patterns_of_their_site():
    with gzip.open(DELIVERED, "rt", encoding="utf-8") as lines:
        urls = {json.loads(line)["url"] for line in lines}
    unfit, seen = [], set()
    for site in shipped().values():
        routes = [route for route in site.routes if route.article_url]
        for url in filter(site.owns, urls):
            seen.add(site.key)
            by_route = not routes or any(route.announces(url) for route in routes)
            by_number = site.number_pattern is None or "?p=" in compared(site, url)
            if not (by_route and by_number):
                unfit.append(url)

    assert unfit == []
    assert {"syria_tv", "sana", "alikhbariah", "alwatan", "enabbaladi"} <= seen
