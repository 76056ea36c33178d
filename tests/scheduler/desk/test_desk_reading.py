"""Articles and search: text with marks, versions, copies, evidence, results, facets, export."""

import json
from datetime import timedelta
from urllib.parse import quote

import pytest

from storage.database import session
from storage.models import Article
from tests.scheduler.desk.conftest import BODY, HEADLINE, NOW, post
from tests.scheduler.desk.test_desk_stream import LONG

HOSTILE = (
    "<script>alert(1)</script> شرق الفرات",
    "<img src=x onerror=alert(1)> شرق الفرات",
    "\N{RIGHT-TO-LEFT OVERRIDE}شرق الفرات \N{LEFT-TO-RIGHT OVERRIDE}gnp.exe",
    "شرق الفرات " + "\N{COMBINING ACUTE ACCENT}" * 3000,
    "شرق الفرات " + "كلمة طويلة " * 100_000,
    '"><svg onload=alert(1)> {{ 7*7 }} شرق الفرات',
)


def test_an_article_shows_its_text_with_the_words_of_every_watch_marked(newsdesk):
    newsdesk.keep(provenance={"headline": "json_ld", "body": "rule"})

    text = newsdesk.owner().get("/articles/1").text

    assert HEADLINE.replace("شرقِ الفراتِ", "<mark>شرقِ الفراتِ</mark>") in text
    assert "ستنسحب من <mark>شرق الفرات</mark> خلال" in text
    assert "<code>json_ld</code>" in text
    assert "أُرسل تنبيه" in text


def test_versions_stand_side_by_side_word_by_word(newsdesk):
    newsdesk.keep(body="قُتل 5 مدنيين في شرق الفرات")
    newsdesk.now += timedelta(hours=1)
    newsdesk.keep(body="قُتل 7 مدنيين في شرق الفرات")

    text = newsdesk.owner().get("/articles/1?from=1&to=2").text

    assert "قُتل <del>5 </del>مدنيين" in text
    assert "قُتل <ins>7 </ins>مدنيين" in text


def test_an_older_version_says_that_it_is_one(newsdesk):
    newsdesk.keep(body="قُتل 5 مدنيين في شرق الفرات")
    newsdesk.keep(body="قُتل 7 مدنيين في شرق الفرات")

    text = newsdesk.owner().get("/articles/1?version=1").text

    assert "هذه النسخة ١ من الخبر" in text


def test_copies_stand_in_order_of_publication(newsdesk):
    for site, hours in (("sana", 2), ("raqqa", 5), ("idlib", 1)):
        newsdesk.keep(
            site=site,
            url=f"https://{site}.example/1",
            body=LONG,
            published_at=NOW - timedelta(hours=hours),
        )

    listed = newsdesk.owner().get("/articles/1").text.partition('id="copies"')[2]

    assert listed.index("موقع raqqa") < listed.index("موقع sana") < listed.index("موقع idlib")


def test_an_article_explains_why_a_query_misses_it(small_desk):
    small_desk.keep()
    client = small_desk.owner()

    said = client.get("/articles/1", params={"explain": '"شرق نهر الفرات"'}).text

    assert "لا يطابق" in said
    assert "شرق موجودة (شرقِ)، نهر غير موجودة" in said
    post(client, "/enter/choice", lang="en")
    assert "نهر is not there" in client.get(f"/articles/1?explain={quote('نهر')}").text
    assert client.get("/articles/1?explain=(").status_code == 200


def test_an_article_without_a_capture_says_so(small_desk):
    small_desk.keep()

    assert "لم يُحفظ أصل" in small_desk.owner().get("/articles/1?verify=1").text


def test_an_article_there_is_none_of(small_desk):
    assert small_desk.owner().get("/articles/7").status_code == 404


@pytest.mark.parametrize("headline", HOSTILE, ids=range(len(HOSTILE)))
def test_what_was_crawled_is_shown_as_text_and_at_a_bounded_length(small_desk, headline):
    small_desk.keep(headline=headline, url="https://sana.example/x")
    client = small_desk.owner()

    for address in ("/", "/articles/1", "/search?q=" + quote("شرق الفرات"), "/alerts/1"):
        said = client.get(address)
        assert said.status_code == 200
        assert "<script>alert" not in said.text
        assert "<img src=x" not in said.text
        assert "<svg onload" not in said.text
        assert len(said.content) < 150_000


def test_an_address_of_script_is_no_link(small_desk):
    small_desk.keep()
    with session(small_desk.engine) as db:
        db.get_one(Article, 1).url = "javascript:alert(1)//sana.example/1"
    client = small_desk.owner()

    for address in ("/", "/articles/1"):
        assert 'href="javascript' not in client.get(address).text


def test_search_finds_what_the_watch_would_and_marks_it(newsdesk):
    newsdesk.keep()
    newsdesk.keep(url="https://sana.example/2", headline="المشرق والفرات", body="")

    text = newsdesk.owner().get("/search?q=" + quote("شرق الفرات")).text

    assert "<mark>شرقِ الفراتِ</mark>" in text
    assert "المشرق" not in text


def test_a_query_that_cannot_be_read_is_said_in_words(small_desk):
    said = small_desk.owner().get("/search?q=" + quote("(شرق"))

    assert said.status_code == 400
    assert 'role="alert"' in said.text
    assert "الحرف ١: القوس المفتوح هنا لم يُغلق" in said.text


@pytest.mark.parametrize("query", ["since=nonsense", "page=999999999999", "site=none", "side=none"])
def test_what_a_search_is_asked_among_may_be_anything(small_desk, query):
    small_desk.keep()

    said = small_desk.owner().get(f"/search?q={quote('شرق الفرات')}&{query}")

    assert said.status_code in (200, 400)


def test_facets_count_the_results_and_lead_to_fewer(newsdesk):
    newsdesk.keep()
    newsdesk.keep(site="raqqa", url="https://raqqa.example/2", headline="في شرق الفرات", body="")
    client = newsdesk.owner()

    for address in ("/search/facets?q=", "/search?facets=1&q="):
        text = client.get(address + quote("شرق الفرات")).text
        assert "نتيجتان" in text
        assert "site=raqqa" in text
        assert "<svg" in text
        assert "تشرين الثاني ٢٠٢٦" in text


@pytest.mark.parametrize("form", ["jsonl", "csv"])
def test_results_are_exported(newsdesk, form):
    newsdesk.keep()

    said = newsdesk.owner().get(f"/search/export.{form}?q=" + quote("شرق الفرات"))

    assert "attachment" in said.headers["content-disposition"]
    if form == "jsonl":
        assert json.loads(said.text)["body"] == BODY
    else:
        assert HEADLINE in said.text


def test_each_paragraph_of_two_versions_runs_in_its_own_direction(small_desk):
    small_desk.keep(body=f"{BODY}\n\nReuters said so on Monday.")
    small_desk.now += timedelta(hours=1)
    small_desk.keep(body=f"{BODY}\n\nReuters said so on Friday.")

    text = small_desk.owner().get("/articles/1").text

    assert '<p dir="ltr">Reuters said so on <del>Monday.</del></p>' in text
    assert '<p dir="ltr">Reuters said so on <ins>Friday.</ins></p>' in text


def test_what_a_correction_changed_runs_as_most_of_it_does(small_desk):
    small_desk.keep(headline=f"CNN: {HEADLINE}")
    small_desk.now += timedelta(hours=1)
    small_desk.keep(headline=f"CNN: {HEADLINE} (محدّث)")

    assert '<p class="change" dir="rtl">' in small_desk.owner().get("/").text
