from datetime import UTC, datetime

import pytest

from scraper.extraction.article import extract
from scraper.extraction.errors import NoArticle

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
PARAGRAPH = "أفادت مصادر محلية بأن قوات العدو انسحبت من مناطق شرق الفرات، وذلك بعد اجتماع عقد أمس."


def article(page: str, *, url="https://example.org/1/", rules=None):
    return extract(
        page.encode(), url=url, site="example", rules=rules, timezone="Asia/Damascus", now=NOW
    )


def test_the_headline_and_body_keep_their_marks_and_lose_the_name_of_the_site():
    item = article(
        "<title>القواتُ تهدّدُ بالانسحابِ - المحرر</title><meta property=og:site_name content=المحرر>"
        f"<article><h1>القواتُ تهدّدُ بالانسحابِ</h1><p>{PARAGRAPH}</p><p>هدّدت {PARAGRAPH}</p></article>"
    )

    assert item.headline == "القواتُ تهدّدُ بالانسحابِ"
    assert item.body == f"{PARAGRAPH}\n\nهدّدت {PARAGRAPH}"


def test_every_field_says_where_it_came_from():
    item = article(
        "<script type='application/ld+json'>{'@type':'NewsArticle','headline':'انسحاب من شرق الفرات',"
        "'datePublished':'2026-11-20T10:00:00+03:00'}</script>".replace("'@", '"@')
        .replace("':'", '":"')
        .replace("','", '","')
        .replace("{'", '{"')
        .replace("'}", '"}')
        + f"<h1>انسحاب من شرق الفرات</h1><div><p>{PARAGRAPH}</p><p>ثم {PARAGRAPH}</p></div>"
    )

    assert item.provenance["headline"] == "json-ld"
    assert item.provenance["published_at"] == item.date_source == "json-ld"
    assert item.published_at == datetime(2026, 11, 20, 7, tzinfo=UTC)


@pytest.mark.parametrize(
    ("page", "reason"),
    [
        (" \n", "empty"),
        ("plain words", "not_html"),
        (
            "<h1>الصفحة غير موجودة</h1><p>عذراً، لم يتم العثور على هذه الصفحة في الموقع.</p>",
            "not_found",
        ),
        ("<h1>خبر بلا نص</h1>", "no_body"),
    ],
)
def test_a_page_that_is_no_article_is_refused_with_its_reason(page, reason):
    with pytest.raises(NoArticle) as refused:
        article(page)

    assert refused.value.reason == reason
