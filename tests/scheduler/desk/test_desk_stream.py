"""The stream of alerts: what its cards say, and what is done with them."""

from datetime import timedelta

import pytest

from scheduler.watchlists import Watch, added
from tests.scheduler.desk.conftest import BODY, HEADLINE, NOW, post

LONG = "\n\n".join(f"الفقرة {n} من خبر طويل عن شرق الفرات وما جرى فيه يوم {n}" for n in range(9))


def test_a_card_shows_the_headline_as_published_with_its_words_marked(newsdesk):
    newsdesk.keep()

    text = newsdesk.owner().get("/").text

    assert HEADLINE.replace("شرقِ الفراتِ", "<mark>شرقِ الفراتِ</mark>") in text
    assert "ستنسحب من <mark>شرق الفرات</mark> خلال" in text
    assert "موقع sana" in text


def test_the_page_is_arabic_from_right_to_left_and_english_by_choice(small_desk):
    client = small_desk.owner()
    assert '<html lang="ar" dir="rtl"' in client.get("/").text

    post(client, "/enter/choice", lang="en", back="/")

    assert '<html lang="en" dir="ltr"' in client.get("/").text
    assert ">Alerts<" in client.get("/").text


@pytest.mark.parametrize(("digits", "said"), [("arab", "قبل ٧ دقائق"), ("latn", "قبل 7 دقائق")])
def test_digits_are_the_readers_choice(small_desk, digits, said):
    small_desk.keep()
    small_desk.now = NOW + timedelta(minutes=7)
    client = small_desk.owner()

    post(client, "/enter/choice", digits=digits)

    assert said in client.get("/").text


def test_copies_are_counted_and_named_on_the_card(newsdesk):
    for site in ("sana", "raqqa", "idlib"):
        newsdesk.keep(site=site, url=f"https://{site}.example/1", body=LONG)

    text = newsdesk.owner().get("/").text

    assert "نشره ٣ مواقع" in text
    assert "موقع idlib" in text
    assert text.count('<article class="card') == 1


def test_an_article_that_changed_after_its_alert_says_so(newsdesk):
    newsdesk.keep()
    newsdesk.now += timedelta(hours=1)
    newsdesk.keep(body=BODY + " وأضافت أن العدد ٧ مدنيين.")

    assert "تغيّر نصّه بعد ذلك" in newsdesk.owner().get("/?state=all").text


def test_what_was_done_is_shown_with_who_and_when(newsdesk):
    newsdesk.keep()
    newsdesk.person("chief", "admin")
    samer, rima = newsdesk.person("سامر", "editor"), newsdesk.person("ريما", "editor")

    post(samer, "/alerts/1", deed="ack", back="/")
    post(rima, "/alerts/1", deed="note", text="تأكدت منه <b>هاتفياً</b>", back="/")

    text = samer.get("/").text
    assert "اطّلع <bdi>سامر</bdi>" in text
    assert "كتب <bdi>ريما</bdi>" in text
    assert "تأكدت منه &lt;b&gt;هاتفياً&lt;/b&gt;" in text


def test_what_is_so_already_is_not_done_twice(newsdesk):
    newsdesk.keep()
    client = newsdesk.owner()

    for _ in range(3):
        post(client, "/alerts/1", deed="star")

    assert client.get("/").text.count("ميّز <bdi>") == 1


def test_dismissed_alerts_leave_the_stream_and_come_back(newsdesk):
    newsdesk.keep()
    client = newsdesk.owner()

    post(client, "/alerts/1", deed="dismiss")
    assert "card" not in client.get("/").text.partition('id="stream"')[2].partition("</section>")[0]
    assert HEADLINE[:12] in client.get("/?state=dismissed").text
    post(client, "/alerts/1", deed="restore")

    assert HEADLINE[:12] in client.get("/").text


def test_several_alerts_are_handled_at_once(newsdesk):
    for number in range(3):
        newsdesk.keep(url=f"https://sana.example/{number}", headline=f"شرق الفرات {number} خبر")
    client = newsdesk.owner()

    post(client, "/alerts", alert=["1", "3", "x"], deed="ack", back="/?state=waiting")

    waiting = client.get("/?state=waiting").text
    assert 'id="alert-2"' in waiting
    assert 'id="alert-1"' not in waiting


@pytest.mark.parametrize(
    ("filters", "shown"),
    [
        ("?watch=شرق الفرات", {1, 2}),
        ("?watch=غيرها", set()),
        ("?site=raqqa", {2}),
        ("?side=independent", {2}),
        ("?side=official&site=raqqa", set()),
        ("?priority=high", set()),
        ("?time=24h", {1, 2}),
        ("?state=waiting", {2}),
        ("?state=starred", {1}),
        ("?state=nonsense&priority=nonsense&time=nonsense", {1, 2}),
        ("?before=2", {1}),
        ("?before=nonsense", {1, 2}),
    ],
)
def test_the_stream_is_filtered(newsdesk, filters, shown):
    (newsdesk.config.sites[0] / "raqqa.toml").write_text(
        'key = "raqqa"\nname = "الرقة"\nurl = "https://raqqa.example/"\nside = "independent"\n'
        '[[routes]]\ntype = "feed"\nurl = "https://raqqa.example/feed/"\n',
        "utf-8",
    )
    newsdesk.keep(headline="في شرق الفرات اليوم")
    newsdesk.keep(
        site="raqqa", url="https://raqqa.example/2", headline="من شرق الفرات أمس", body=""
    )
    client = newsdesk.owner()
    post(client, "/alerts/1", deed="ack")
    post(client, "/alerts/1", deed="star")

    text = client.get(f"/{filters}").text

    assert {n for n in (1, 2, 3) if f'id="alert-{n}"' in text} == shown


def test_a_view_keeps_the_filters_for_its_person(newsdesk):
    newsdesk.person("chief", "admin")
    samer, rima = newsdesk.person("samer", "viewer"), newsdesk.person("rima", "viewer")

    post(samer, "/views", name="لم أره", back="/?state=waiting")

    assert 'href="/?state=waiting"><bdi>لم أره</bdi>' in samer.get("/").text
    assert "لم أره" not in rima.get("/").text
    post(rima, "/views/1")
    assert "لم أره" in samer.get("/").text
    post(samer, "/views/1")
    assert "لم أره" not in samer.get("/").text


def test_older_alerts_are_a_page_further(newsdesk):
    newsdesk.config.watches.write_text(
        added("", [Watch(name="خبر", query="خبر", priority="high")]), "utf-8"
    )
    for number in range(32):
        newsdesk.keep(url=f"https://sana.example/{number}", headline=f"خبر {number}", body="")
    client = newsdesk.owner()

    first = client.get("/").text
    second = client.get("/?before=3").text

    assert first.count('<article class="card') == 30
    assert 'href="/?before=3"' in first
    assert second.count('<article class="card') == 2


def test_new_alerts_are_given_to_a_page_that_is_open(small_desk):
    small_desk.keep()
    client = small_desk.owner()
    small_desk.keep(url="https://sana.example/2", headline="خبر من شرق الفرات", body="")

    said = client.get("/alerts/new?after=1", headers={"HX-Request": "true"}).text

    assert 'data-last="2" data-count="1" data-said="واحدة جديدة"' in said
    assert said.count('<article class="card') == 1
    assert client.get("/alerts/said?n=3").text == "٣ جديدة"


def test_an_alert_there_is_none_of_is_said_to_be_none(newsdesk):
    client = newsdesk.owner()

    assert client.get("/alerts/7").status_code == 404
    assert post(client, "/alerts/7", deed="ack").status_code == 404
    assert client.get("/alerts/99999999999999999999").status_code == 404


def test_a_deed_there_is_none_of_is_refused_in_words(small_desk):
    small_desk.keep()
    client = small_desk.owner()

    assert post(client, "/alerts/1", deed="explode").status_code == 400
    assert post(client, "/alerts/1", deed="note", text="  ").status_code == 400
