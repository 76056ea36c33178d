import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest

from scraper.extraction.article import extract, from_entry
from scraper.extraction.authors import persons
from scraper.extraction.encoding import decode
from scraper.extraction.errors import NoArticle
from scraper.extraction.explain import REASONS, explain
from scraper.extraction.json_ld import nodes
from scraper.extraction.language import language

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PROSE = "أفادت مصادر محلية بأن الورشات أنهت إصلاح الخط الرئيس، وأن المياه عادت إلى أحياء المدينة."
BODY = f"<div class='txt'><p>{PROSE}</p><p>وقال {PROSE}</p></div>"


@dataclass
class Rules:
    theme: str | None = None
    title: str | None = None
    body: str | None = None
    author: str | None = None
    date: str | None = None
    section: str | None = None
    remove: list[str] = field(default_factory=list)


def read(page, *, url="https://example.org/1/", rules=None, zone="Asia/Damascus", charset=None):
    body = page if isinstance(page, bytes) else page.encode()
    return extract(body, url=url, site="s", rules=rules, timezone=zone, now=NOW, charset=charset)


# Encodings


@pytest.mark.parametrize(
    ("encoding", "label"),
    [
        ("utf-8", "utf-8"),
        ("utf-8", "windows-1256"),
        ("windows-1256", "utf-8"),
        ("windows-1256", "windows-1256"),
        ("windows-1256", "iso-8859-1"),
        ("windows-1256", "windows-1252"),
        ("windows-1256", None),
        ("utf-8", None),
        ("utf-8", "no-such-thing"),
        ("utf-16", "utf-8"),
    ],
)
def test_arabic_is_read_right_whatever_the_label_says(encoding, label):
    assert decode(PROSE.encode(encoding), label) == PROSE


def test_a_broken_byte_in_utf_8_does_not_make_the_page_windows_1256():
    page = (PROSE * 20).encode()

    assert decode(page[:-1], "utf-8").startswith(PROSE)


def test_other_alphabets_keep_their_label():
    assert decode("Новости дня".encode("windows-1251"), "windows-1251") == "Новости дня"


# JSON-LD


@pytest.mark.parametrize(
    "script",
    [
        '{"@type":"NewsArticle","headline":"خبر"}',
        '[{"@type":"NewsArticle","headline":"خبر"}]',
        '{"@graph":[{"@type":"WebSite"},{"@type":"NewsArticle","headline":"خبر"}]}',
        '<!-- {"@type":"NewsArticle","headline":"خبر"} -->',
        '//<![CDATA[\n{"@type":"NewsArticle","headline":"خبر"}\n//]]>',
        '{"@type":"NewsArticle","headline":"خبر",}',
        '{"@type":"NewsArticle","headline":"خبر"};',
        '{"@type":"WebSite"}{"@type":"NewsArticle","headline":"خبر"}',
        '{"@type":"NewsArticle","headline":"خبر","description":"سطر\nوسطر\tآخر"}',
        '{"@type":"NewsArticle","headline":"خبر","description":"قال "نعم" ومضى"}',
        '{"@type":"NewsArticle","headline":"خبر","path":"C:\\dir"}',
        "{&quot;@type&quot;:&quot;NewsArticle&quot;,&quot;headline&quot;:&quot;خبر&quot;}",
        '{"@type":"NewsArticle","headline":"خبر","author":{"name":"',
    ],
)
def test_json_ld_is_read_as_far_as_it_can_be(script):
    [article] = [node for node in nodes([script]) if node.get("@type") == "NewsArticle"]

    assert article["headline"] == "خبر"


# Headline


@pytest.mark.parametrize(
    "title",
    [
        "فيضان الفرات يغمر القرى | المحرر",
        "فيضان الفرات يغمر القرى - المحرر",
        "المحرر – فيضان الفرات يغمر القرى",
        "المحرر :: فيضان الفرات يغمر القرى",
        "فيضان الفرات يغمر القرى » المحرر",
    ],
)
def test_the_name_of_the_site_is_no_part_of_the_headline(title):
    page = f"<title>{title}</title><meta property='og:site_name' content='المحرر'><div>{BODY}</div>"

    assert read(page).headline == "فيضان الفرات يغمر القرى"


def test_a_name_the_page_states_nowhere_is_told_by_what_the_title_adds_to_the_heading():
    page = f"<meta property=og:title content='أخبار البلد - فيضان الفرات يغمر القرى'><h1>فيضان الفرات يغمر القرى</h1>{BODY}"

    assert read(page).headline == "فيضان الفرات يغمر القرى"


def test_a_dash_inside_a_headline_stays():
    page = f"<title>حلب - دمشق: الطريق سالك</title><h1>حلب - دمشق: الطريق سالك</h1>{BODY}"

    assert read(page).headline == "حلب - دمشق: الطريق سالك"


def test_a_shortened_headline_is_read_from_the_heading():
    page = f"<meta property=og:title content='فيضان الفرات يغمر القرى في ...'><h1>فيضان الفرات يغمر القرى في ريف الرقة</h1>{BODY}"

    assert read(page).headline == "فيضان الفرات يغمر القرى في ريف الرقة"


def test_controls_that_are_no_text_go_and_marks_stay():
    page = f"<h1>شرقِ\N{RIGHT-TO-LEFT MARK} الفُراتِ\N{ZERO WIDTH NO-BREAK SPACE}\N{START OF HEADING} يفيض</h1>{BODY}"

    assert read(page).headline == "شرقِ الفُراتِ يفيض"


# Authors


@pytest.mark.parametrize(
    ("stated", "said"),
    [
        (["آسيا العتروس"], ["آسيا العتروس"]),
        (["بقلم: آسيا العتروس"], ["آسيا العتروس"]),
        (["إعداد: سلمى الحاج، خالد العبود"], ["سلمى الحاج", "خالد العبود"]),
        (["دمشق - رويترز"], []),
        (["سلمى الحاج - دمشق"], ["سلمى الحاج"]),
        (["إسطنبول - متابعات"], []),
        (["admin"], []),
        (["محرر"], []),
        (["وكالة الأناضول"], []),
        (["https://www.facebook.com/someone"], []),
        (["desk@example.org"], []),
        (["عنب بلدي"], []),
        (["Ziad Sankary"], ["Ziad Sankary"]),
        (["By Jane Doe and John Roe"], ["Jane Doe", "John Roe"]),
        (["رويترز + أ ف ب"], []),
        (["دمشق-سانا"], []),
        (["إعداد وتحرير: سلمى الحاج"], ["سلمى الحاج"]),
        (["مراسل عنب بلدي: سلمى الحاج"], ["سلمى الحاج"]),
        (["سلمى الحاج-العبود"], ["سلمى الحاج-العبود"]),
    ],
)
def test_authors_are_persons(stated, said):
    assert persons(stated, outlet=["عنب بلدي"]) == said


# Dates


def test_a_false_z_is_read_in_the_zone_of_the_site():
    page = (
        "<meta property='article:published_time' content='2020-08-24T09:23:13Z'>"
        f"<h1>وفد أممي يزور المخيم</h1><div class=date>الإثنين، 24 أغسطس 2020 09:23 ص</div>{BODY}"
    )
    item = read(page, zone="Africa/Cairo")

    assert item.published_at == datetime(2020, 8, 24, 7, 23, 13, tzinfo=UTC)
    assert item.published_raw == "2020-08-24T09:23:13Z"


def test_a_true_z_stays():
    page = (
        "<meta property='article:published_time' content='2020-08-24T06:23:13Z'>"
        f"<h1>وفد أممي يزور المخيم</h1><div class=date>الإثنين، 24 أغسطس 2020 09:23 ص</div>{BODY}"
    )

    assert read(page).published_at == datetime(2020, 8, 24, 6, 23, 13, tzinfo=UTC)


def test_a_date_after_the_last_change_gives_way_to_the_one_displayed_by_rule():
    page = (
        "<meta property='article:published_time' content='2026-11-20T10:00:00+03:00'>"
        "<meta property='article:modified_time' content='2025-06-19T10:00:00+03:00'>"
        f"<h1>وفد أممي يزور المخيم</h1><b id=d>19 حزيران 2025</b>{BODY}"
    )

    assert read(page, rules=Rules(date="#d")).published_raw == "19 حزيران 2025"


def test_the_date_of_another_article_is_not_taken():
    page = f"<h1>وفد أممي يزور المخيم</h1>{BODY}<aside><h3>اقرأ</h3><time datetime='2018-01-01'>2018</time></aside>"

    item = read(page)

    assert (item.published_at, item.date_source) == (None, None)


# Rules


def test_a_rule_of_the_site_finds_what_the_page_does_not_state():
    page = (
        "<title>الموقع</title><div id=t>فيضان الفرات يغمر القرى</div><i id=a data-n='هدى علي'></i>"
        f"<u id=d>19-حزيران-2025</u><div id=b>{BODY}<p class=ad2>نص لا علاقة له بالمقال إطلاقاً.</p></div>"
    )
    rules = Rules(
        title="#t", author="#a::attr(data-n)", date="#d::text", body="#b", remove=[".ad2"]
    )

    item = read(page, rules=rules)

    assert (item.headline, item.authors) == ("فيضان الفرات يغمر القرى", ["هدى علي"])
    assert (item.date_source, item.provenance["body"]) == ("site:date", "site:body")
    assert item.body == f"{PROSE}\n\nوقال {PROSE}"


def test_embedded_posts_and_tables_are_text_and_captions_are_not():
    page = (
        f"<h1>فيضان الفرات</h1><div><p>{PROSE}</p><figure class='wp-block-embed is-provider-twitter'><div>"
        "<blockquote class='twitter-tweet'><p>غمر الفرات القرى</p></blockquote></div></figure>"
        "<figure class='wp-block-table'><table><tr><td>الرقة</td><td>12</td></tr></table>"
        "<figcaption>جدول</figcaption></figure><figure><img src=/i.jpg><figcaption>صورة القرية</figcaption></figure>"
        f"<p>وقال {PROSE}</p></div>"
    )

    assert read(page).body.split("\n\n") == [PROSE, "غمر الفرات القرى", "الرقة 12", f"وقال {PROSE}"]


# Entries of routes


def entry(**given):
    stated = {"url": "https://example.org/1/", "headline": "فيضان", "published_at": NOW, "modified_at": None,
              "content": f"<p>{PROSE}</p>", "authors": ["admin", "هدى علي"], "section": "محليات", "tags": ["الفرات"],
              "aliases": ["https://example.org/?p=1"], "summary": None}  # fmt: skip
    return SimpleNamespace(**{**stated, **given})


def test_an_entry_that_carries_the_text_is_an_article():
    content = f"<p>{PROSE}</p><p>اقرأ أيضاً: <a href=/2>خبر آخر</a></p><p>The post appeared first on X.</p>"
    item = from_entry(
        entry(content=content), site="s", rules=None, timezone="UTC", now=NOW, route_type="feed"
    )

    assert item.body == PROSE
    assert (item.authors, item.published_at, item.date_source) == (["هدى علي"], NOW, "route:feed")
    assert set(item.provenance.values()) == {"route:feed"}


def test_the_lines_of_an_entry_without_markup_are_its_paragraphs():
    item = from_entry(
        entry(content=f"{PROSE}\n\nوقال {PROSE}"),
        site="s",
        rules=None,
        timezone="UTC",
        now=NOW,
        route_type="feed",
    )

    assert item.body == f"{PROSE}\n\nوقال {PROSE}"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"content": None}, "no_body"),
        ({"content": "<p> </p>"}, "no_body"),
        ({"headline": " "}, "no_headline"),
    ],
)
def test_an_entry_without_text_or_headline_is_none(given, said):
    with pytest.raises(NoArticle) as refused:
        from_entry(entry(**given), site="s", rules=None, timezone="UTC", now=NOW, route_type="feed")

    assert refused.value.reason == said


# Language, explanation


def test_the_language_is_told_by_content():
    assert language("القوات الروسية تهدد بالانسحاب") == "ar"
    assert language("نیروهای روسیه تهدید به عقب\u200cنشینی می\u200cکنند و گفتند که") == "fa"
    assert language("The forces said that they will leave") == "en"
    assert language("123") is None


def test_an_explanation_lists_what_was_chosen_from():
    page = f"<title>فيضان الفرات - المحرر</title><meta property=og:title content='فيضان الفرات'><h1>فيضان الفرات</h1>{BODY}"
    found = explain(page.encode(), url="https://example.org/2025/06/19/x/", site="s", rules=None,
                    timezone="Asia/Damascus", now=NOW)  # fmt: skip

    assert [(one.source, one.chosen) for one in found.of("headline")] == [
        ("og", True),
        ("generic", False),
        ("title", False),
    ]
    assert [one.source for one in found.of("published_at") if one.chosen] == ["url"]
    assert found.item is not None
    assert found.refused is None


def test_an_explanation_of_a_refused_page_says_why():
    found = explain(b"<h1>404</h1>", url="https://example.org/", site="s", rules=None,
                    timezone="Asia/Damascus", now=NOW)  # fmt: skip

    assert (found.item, found.refused) == (None, "not_found")
    assert found.why == "it says that there is no such page"


def test_every_reason_to_refuse_has_its_sentence():
    stated = set(re.findall(r"`(\w+)`", NoArticle.__doc__ or ""))

    assert stated == set(REASONS)


def test_an_explanation_marks_the_byline_of_the_text_and_the_hour_that_won():
    page = (
        "<meta property=og:title content='فيضان الفرات'><meta name=date content='2025-06-19'>"
        "<meta name=pubdate content='2025-06-19T10:00:00+03:00'><h1>فيضان الفرات</h1>"
        f"<article><p>بقلم: آسيا العتروس</p><p>{PROSE}</p><p>وقال {PROSE}</p></article>"
    )
    found = explain(page.encode(), url="https://example.org/x/", site="s", rules=None,
                    timezone="Asia/Damascus", now=NOW)  # fmt: skip

    assert [one.source for one in found.of("authors") if one.chosen] == ["byline"]
    [believed] = [one.value for one in found.of("published_at") if one.chosen]
    assert believed.startswith("2025-06-19T10:00:00+03:00 ")


def test_the_text_of_the_record_is_read_where_the_page_shows_none():
    text = " ".join([PROSE] * 6)
    page = (
        f'<script type="application/ld+json">{{"@type":"NewsArticle","headline":"فيضان الفرات","articleBody":"{text}\\n{PROSE} ثم"}}</script>'
        "<h1>فيضان الفرات</h1><div id=app></div>"
    )

    item = read(page)

    assert item.body == f"{text}\n\n{PROSE} ثم"
    assert item.provenance["body"] == "json-ld"


# Dates beside the headline


@pytest.mark.parametrize(
    ("shown", "day"),
    [
        ("<span>منذ يومين</span>", "2026-11-21"),
        ("<span title='2025-06-12T10:15:00+03:00'>منذ سنة</span>", "2025-06-12"),
        ("<span class='today'>الإثنين 23 تشرين الثاني 2026</span>", None),
        ("<p>قبل يومين من انطلاق المؤتمر</p>", None),
    ],
)
def test_a_date_beside_the_headline_is_the_article_s_and_not_the_visit_s(shown, day):
    item = read(page=f"<h1>فيضان الفرات يغمر القرى في ريف الرقة</h1>{shown}{BODY}")

    assert (item.published_at and item.published_at.date().isoformat()) == day
