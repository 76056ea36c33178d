"""Watches at the desk: listed, looked at, written, muted; packs; trends."""

import csv
import io
import re
from datetime import timedelta
from urllib.parse import quote

import pytest

from scheduler import listfile
from scheduler.watchlists import Case, Watch, added
from storage import models
from storage.database import reading, session
from storage.models import Alert, Match
from tests.scheduler.desk.conftest import HEADLINE, NOW, post

NAME = "شرق الفرات"
ONE = "/watches/one?name=" + quote(NAME)


def write(desk, *watches):
    desk.config.watches.write_text(added("", watches), "utf-8")


def listed(desk):
    return {watch.name: watch for watch in listfile.watches(desk.config.watches)}


def state(page):
    return re.search(r'name="state" value="(\w*)"', page)[1]


def sent(client, desk, **said):
    """Send the editor's form, as it stands with the list of now."""
    form = {"do": "save", "known": "", "fields": ["headline", "body"], "number": "on", "gap": "0"}
    form |= {"mode": "inflected", "priority": "normal", "proper_name": "auto"}
    return post(
        client, "/watches/edit", **{**form, "state": listfile.state(desk.config.watches), **said}
    )


def test_watches_are_listed_with_their_rhythm_and_what_they_found_last(newsdesk):
    newsdesk.keep()
    write(newsdesk, Watch(name=NAME, query=NAME, priority="high"), Watch(name="إدلب", query="إدلب"))

    text = newsdesk.owner().get("/watches").text

    assert text.index(NAME) < text.index("إدلب")
    assert "خبر واحد في ثلاثين يوماً" in text
    assert "لم تجد شيئاً بعد" in text
    assert 'class="flag high"' in text
    assert 'href="/?watch=' + quote(NAME, safe="").replace("%20", "+") in text
    assert '<svg class="plot"' in text


@pytest.mark.parametrize(
    ("asked", "order"),
    [
        ("", ["ب", "أ", "ت"]),
        ("?sort=name", ["أ", "ب", "ت"]),
        ("?sort=priority", ["ت", "ب", "أ"]),
        ("?sort=nonsense", ["ب", "أ", "ت"]),
        ("?find=ت", ["ت"]),
    ],
)
def test_watches_are_sorted_and_found(small_desk, asked, order):
    write(
        small_desk,
        Watch(name="ب", query="ب1"),
        Watch(name="أ", query="أ1"),
        Watch(name="ت", query="ت1", priority="high"),
    )

    text = small_desk.owner().get("/watches" + asked).text

    assert re.findall(r"<h2><a [^>]*><bdi>(.)</bdi>", text) == order


def test_a_watch_that_left_the_list_is_shown_as_that(small_desk):
    small_desk.keep()
    write(small_desk, Watch(name="إدلب", query="إدلب"))
    small_desk.keep(url="https://sana.example/2", headline="خبر", body="")

    text = small_desk.owner().get("/watches").text

    assert "خارج القائمة" in text
    assert text.index("إدلب") < text.index(NAME)


def test_a_list_that_cannot_be_read_is_told_of_and_its_watches_are_shown(small_desk):
    small_desk.keep()
    small_desk.config.watches.write_text("[[watch]\n", "utf-8")
    client = small_desk.owner()

    text = client.get("/watches").text

    assert "ليس TOML سليماً" in text
    assert NAME in text
    assert sent(client, small_desk, name="جديدة", query="إدلب").status_code == 400


def test_a_watch_shows_what_it_found_and_how_its_cases_stand(small_desk):
    cases = Case(text="من شرقِ الفراتِ"), Case(text="المشرق والفرات")
    write(small_desk, Watch(name=NAME, query="شرق  الفرات", should_match=cases))
    small_desk.keep()

    text = small_desk.owner().get(ONE).text

    assert '<code class="plain" dir="rtl">&#34;شرق الفرات&#34;</code>' in text
    assert HEADLINE.replace("شرقِ الفراتِ", "<mark>شرقِ الفراتِ</mark>") in text
    assert "<bdi>من <mark>شرقِ الفراتِ</mark></bdi>" in text
    assert text.count('class="flag good"') == 1
    assert text.count('class="flag bad"') == 1


def test_a_watch_there_is_none_of_is_said_to_be_none(small_desk):
    client = small_desk.owner()

    assert client.get("/watches/one?name=غيرها").status_code == 404
    assert client.get("/watches/edit?name=غيرها").status_code == 404
    assert post(client, "/watches/mute", name="غيرها", until="8h").status_code == 404


def test_a_search_becomes_a_watch_whose_past_is_listed_without_an_alert(newsdesk):
    newsdesk.keep()
    newsdesk.keep(url="https://sana.example/2", headline="غارات على إدلب", body="")
    client = newsdesk.owner()
    search = client.get("/search?q=" + quote("إدلب | ادلب")).text
    place = re.search(r'href="(/watches/edit\?[^"]+)"', search)[1].replace("&amp;", "&")

    form = client.get(place).text
    said = sent(client, newsdesk, name="إدلب", query="إدلب OR ادلب", state=state(form))

    assert "غارات على <mark>إدلب</mark>" in form
    assert ">إدلب OR ادلب</textarea>" in form
    assert said.status_code == 303
    assert listed(newsdesk)["إدلب"] == Watch(name="إدلب", query="إدلب OR ادلب")
    newsdesk.app.state.desk.chores.wait()
    with reading(newsdesk.engine) as db:
        assert [row.outcome for row in db.query(Match).order_by(Match.id)] == ["alerted", "listed"]
        assert db.query(Alert).count() == 1
    assert "أُدرج بلا تنبيه" in client.get(said.headers["location"]).text


def test_what_the_watch_finds_is_shown_while_it_is_written(small_desk):
    small_desk.keep(headline="قتلى في إدلب", body="غارة على ريف ادلب")
    client = small_desk.owner()

    said = post(client, "/watches/forecast", query="إدلب", fields=["headline", "body"]).text

    assert "يطابق خبر واحد من أصل ١" in said
    assert '<bdi>إدلب</bdi></label> <span class="n">٢</span>' in said
    assert "قتلى في <mark>إدلب</mark>" in said
    assert 'class="plot chart"' in said


def test_forms_that_were_ticked_are_left_out_of_the_query(small_desk):
    small_desk.keep(headline="في حماة", body="")
    small_desk.keep(url="https://sana.example/2", headline="من حماة وإليها", body="")
    small_desk.keep(url="https://sana.example/3", headline="وحماة تنتظر", body="")
    client = small_desk.owner()
    form = {"fields": ["headline", "body"], "query": "حماة"}
    first = post(client, "/watches/forecast", **form).text
    [exclude] = [
        each
        for each in re.findall(r'name="without" id="[^"]+" value="([^"]+)"', first)
        if "و" in each
    ]

    then = post(client, "/watches/forecast", **form, without=exclude).text
    sent(client, small_desk, name="حماة", query="حماة", without=exclude)

    assert "يطابق خبران" in then
    assert listed(small_desk)["حماة"].query == "حماة EXCEPT +وحماة"


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"query": "(شرق"}, 'الحرف ١: <bdi dir="auto">القوس'),
        ({"query": ""}, "لا يُترك فارغاً"),
        ({"query": "@no_such_pack"}, "no_such_pack"),
        ({"name": ""}, "لا يُترك فارغاً"),
        ({"name": NAME}, "في القائمة مراقبة بهذا الاسم"),
        ({"name": "ا" * 201}, "أطول من اللازم"),
        ({"gap": "many"}, "هذه القيمة لا تصحّ"),
        ({"fields": []}, "لا يُترك فارغاً"),
        ({"sites": ["nowhere"]}, "لا يُعرف"),
        ({"channels": ["nobody"]}, "لا يُعرف"),
        ({"exclude": "(شرق"}, "(شرق"),
    ],
)
def test_what_is_wrong_with_a_watch_stands_at_its_field_and_nothing_is_written(
    small_desk, wrong, said
):
    client, before = small_desk.owner(), small_desk.config.watches.read_text("utf-8")

    answer = sent(client, small_desk, **{"name": "جديدة", "query": "إدلب", **wrong})

    assert answer.status_code == 400
    assert f'id="fault-{next(iter(wrong))}"' in answer.text
    assert said in answer.text
    assert small_desk.config.watches.read_text("utf-8") == before


def test_a_watch_that_is_changed_keeps_its_place_and_tells_what_was_changed(small_desk):
    small_desk.config.watches.write_text(
        f"# الأولى\n{added('', [Watch(name=NAME, query=NAME)])}# سببها\n\n"
        f"{added('', [Watch(name='إدلب', query='إدلب')])}",
        "utf-8",
    )
    small_desk.person("chief", "admin")
    samer = small_desk.person("سامر", "editor")

    said = sent(samer, small_desk, known=NAME, query='"شرق نهر الفرات"', note="لأن")

    assert said.status_code == 303
    assert list(listed(small_desk)) == [NAME, "إدلب"]
    assert small_desk.config.watches.read_text("utf-8").startswith("# الأولى\n[[watch]]\n# سببها\n")
    text = samer.get(ONE).text
    assert "غيّرها <bdi>سامر</bdi>" in text
    assert "<del>شرق الفرات</del>" in text
    assert "<ins>&#34;شرق نهر الفرات&#34;</ins>" in text


def test_a_watch_is_not_written_over_a_list_that_was_changed_meanwhile(small_desk):
    client = small_desk.owner()
    old = state(client.get("/watches/edit?name=" + quote(NAME)).text)
    write(small_desk, Watch(name=NAME, query="الفرات"))

    said = sent(client, small_desk, known=NAME, query="دير الزور", state=old)

    assert said.status_code == 409
    assert listed(small_desk)[NAME].query == "الفرات"
    assert ">دير الزور</textarea>" in said.text
    assert '<code class="plain" dir="auto">الفرات</code>' in said.text
    assert (
        sent(client, small_desk, known=NAME, query="دير الزور", state=state(said.text)).status_code
        == 303
    )


def test_cases_are_tried_before_they_are_saved(small_desk):
    form = {"name": "", "query": "شرق الفرات", "should_match": ["من شرقِ الفراتِ", ""]}

    said = sent(
        small_desk.owner(), small_desk, do="test", **form, should_not_match="المشرق والفرات"
    )

    assert said.status_code == 200
    assert said.text.count('class="flag good"') == 2
    assert "من <mark>شرقِ الفراتِ</mark>" in said.text
    assert "جديدة" in said.text


def test_a_watch_is_muted_for_a_while_and_speaks_again(small_desk):
    client = small_desk.owner()

    post(client, "/watches/mute", name=NAME, do="mute", until="8h")
    small_desk.keep()
    muted = client.get(ONE).text
    post(client, "/watches/mute", name=NAME, do="unmute")

    assert "صامتة حتى ٢٣ تشرين الثاني ٢٠٢٦، ٢٣:٠٠" in muted
    assert "كانت المراقبة صامتة" in muted
    assert "صامتة حتى ٢٣" not in client.get("/watches").text
    assert "أعاد صوتها" in client.get(ONE).text
    assert post(client, "/watches/mute", name=NAME, until="99y").status_code == 400


def test_a_watch_is_taken_off_the_list_and_what_it_found_stays(small_desk):
    small_desk.keep()
    client = small_desk.owner()

    said = post(client, "/watches/remove", name=NAME, state=state(client.get(ONE).text))

    assert said.status_code == 303
    assert listed(small_desk) == {}
    assert "أزالها" in client.get(ONE).text
    assert HEADLINE[:12] in client.get(ONE).text
    assert post(client, "/watches/remove", name=NAME, state="").status_code == 400
    again = client.get("/watches/edit?again=" + quote(NAME)).text
    assert f">{NAME}</textarea>" in again
    assert sent(client, small_desk, name=NAME, query=NAME, state=state(again)).status_code == 303
    assert list(listed(small_desk)) == [NAME]


@pytest.mark.parametrize("address", ["edit", "forecast", "mute", "remove", "earlier"])
def test_watches_are_changed_by_editors_only(small_desk, address):
    small_desk.person("chief", "admin")
    viewer = small_desk.person("rima", "viewer")

    assert post(viewer, f"/watches/{address}", name=NAME).status_code == 403
    assert viewer.get("/watches/edit").status_code == 403
    assert viewer.get(ONE).status_code == 200
    for page in ("/watches", ONE, "/watches/packs"):
        assert "/watches/edit" not in viewer.get(page).text


def test_what_is_written_in_a_watch_is_shown_as_text(small_desk):
    hostile = '"><script>alert(1)</script> \N{RIGHT-TO-LEFT OVERRIDE}{{ 7*7 }}'
    client = small_desk.owner()

    said = sent(client, small_desk, name=hostile, query="قسد", note=hostile, should_match=hostile)

    address = said.headers["location"]
    for page in (address, address.replace("one", "edit"), "/watches", "/trends", "/"):
        answer = client.get(page)
        assert answer.status_code == 200
        assert "<script>alert" not in answer.text
    assert "{{ 7*7 }}" in client.get(address).text


def test_packs_show_their_wordings_and_lead_to_a_watch(small_desk):
    client = small_desk.owner()

    every, found = client.get("/watches/packs"), client.get("/watches/packs?find=أسايش").text

    assert len(every.content) < 150_000
    assert found.count('<li class="card') == 1
    assert "وحدات حماية الشعب" in found
    assert "query=%40ypg" in found
    assert "لا حزمة فيها هذا" in client.get("/watches/packs?find=ليس فيها").text


def trends_of(desk):
    (desk.config.sites[0] / "raqqa.toml").write_text(
        'key = "raqqa"\nname = "الرقة"\nurl = "https://raqqa.example/"\nside = "independent"\n'
        '[[routes]]\ntype = "feed"\nurl = "https://raqqa.example/feed/"\n',
        "utf-8",
    )
    long = "\n\n".join(f"الفقرة {n} من خبر طويل عن شرق الفرات وما جرى فيه" for n in range(9))
    desk.keep(body=long, published_at=NOW - timedelta(days=2))
    desk.keep(site="raqqa", url="https://raqqa.example/1", body=long, published_at=NOW)
    desk.keep(
        site="raqqa",
        url="https://raqqa.example/2",
        headline="شرق الفرات اليوم",
        body="",
        # The evening before, in UTC: in Damascus it is the day itself.
        published_at=NOW.replace(hour=22) - timedelta(days=1),
    )
    return desk.owner()


def test_trends_count_by_day_of_the_desk_with_copies_apart(newsdesk):
    client = trends_of(newsdesk)

    rows = list(csv.DictReader(io.StringIO(client.get("/trends.csv").text.lstrip("\ufeff"))))

    assert [tuple(row.values()) for row in rows] == [
        (NAME, "2026-11-21", "sana", "government", "1", "0"),
        (NAME, "2026-11-23", "raqqa", "independent", "1", "1"),
    ]


def test_trends_are_of_the_period_site_and_side_that_are_asked_for(small_desk):
    client = trends_of(small_desk)

    def said(asked):
        text = client.get("/trends" + asked).text
        return re.search(r"<p>(.+?)\. ", text)[1]

    assert said("") == said("?days=365") == "خبران، ونسخة واحدة"
    assert said("?site=sana") == "خبر واحد"
    assert said("?side=independent") == "خبر واحد، ونسخة واحدة"
    assert said("?since=2026-11-22&until=2026-11-23") == "خبر واحد، ونسخة واحدة"
    assert said("?watch=غيرها") == "لا أخبار"


def test_a_surge_is_marked_on_its_day(small_desk):
    client = trends_of(small_desk)
    with session(small_desk.engine) as db:
        alert = db.query(Alert).first()
        alert.kind, alert.facts = "surge", {"count": 30, "usual": 2.0}

    text = client.get("/trends").text

    assert '<path class="surge"' in text
    assert "٣٠ خبراً، والمعتاد ٢٫٠" in text
    assert '<path class="surge"' in client.get(ONE).text


def test_what_trends_are_asked_for_may_be_anything(small_desk):
    client = small_desk.owner()

    for asked in ("since=nonsense", "since=0001-01-01", "until=9999-12-31", "days=x"):
        assert client.get(f"/trends?{asked}").status_code in (200, 400)


def test_a_watch_keeps_what_it_found_and_what_points_to_it_under_another_name(newsdesk):
    newsdesk.keep()
    samer = newsdesk.person("samer", "editor")
    sent(samer, newsdesk, known=NAME, name=NAME, query=NAME, note="لأن")
    post(samer, "/views", name="رؤيتي", back="/?watch=" + quote(NAME) + "&state=all")
    assert NAME in samer.get("/trends").text
    newsdesk.now += timedelta(minutes=1)

    said = sent(samer, newsdesk, known=NAME, name="الفرات: شرقه", query=NAME, note="لأن")

    page = samer.get(said.headers["location"]).text
    assert list(listed(newsdesk)) == ["الفرات: شرقه"]
    assert "خبر واحد في ثلاثين يوماً" in page
    assert page.count("samer") >= 2
    assert f"<del>{NAME}" in page or "<del>" in page
    # The view is of the same alert.
    stream = samer.get("/").text
    assert (
        'href="/?watch=' + quote("الفرات: شرقه", safe="").replace("%20", "+") + "&amp;state=all"
        in stream
    )
    assert "الفرات: شرقه" in samer.get("/alerts/1").text
    # Matched again, it finds nothing twice.
    newsdesk.keep()
    with reading(newsdesk.engine) as db:
        assert [watch.name for watch in db.query(models.Watch)] == ["الفرات: شرقه"]


def test_a_watch_may_not_take_the_name_of_another(newsdesk):
    write(newsdesk, Watch(name=NAME, query=NAME), Watch(name="إدلب", query="إدلب"))
    newsdesk.keep()
    write(newsdesk, Watch(name=NAME, query=NAME), Watch(name="حلب", query="حلب"))
    newsdesk.keep(url="https://sana.example/2")
    client = newsdesk.owner()

    assert sent(client, newsdesk, known=NAME, name="حلب", query=NAME).status_code == 400
    gone = sent(client, newsdesk, known=NAME, name="إدلب", query=NAME)

    assert gone.status_code == 400
    assert "باقٍ تحته" in gone.text
    assert list(listed(newsdesk)) == [NAME, "حلب"]


def test_what_was_done_to_a_watch_is_told_under_all_its_names(small_desk):
    client = small_desk.owner()
    for old, new in ((NAME, "ب"), ("ب", "ج"), ("ج", NAME)):
        assert sent(client, small_desk, known=old, name=new, query=NAME).status_code == 303

    page = client.get(ONE).text

    assert page.count('<div class="change"><span class="soft">الاسم:') == 3
