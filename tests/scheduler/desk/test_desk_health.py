"""Whether everything works, in words."""

from datetime import timedelta

import pytest

from scheduler.desk.rooms import sites
from storage.database import session
from storage.models import Delivery, Match, Route, Run, Site
from tests.scheduler.desk.conftest import NOW, post


def test_sites_say_how_they_are_those_in_trouble_first(newsdesk):
    newsdesk.keep()
    with session(newsdesk.engine) as db:
        db.get_one(Site, "sana").state = "ok"
        db.add(Site(key="raqqa", name="موقع الرقة", state="refused", state_reason="robots <b>"))

    text = newsdesk.owner().get("/health").text

    assert text.index("موقع الرقة") < text.index("موقع sana")
    assert "يرفضنا" in text
    assert "robots &lt;b&gt;" in text
    assert "الحسابات مغلقة" in text


@pytest.mark.parametrize("state", sites.STATES)
@pytest.mark.parametrize("lang", ["ar", "en"])
def test_every_state_is_shown(small_desk, state, lang):
    with session(small_desk.engine) as db:
        off = state == "off"
        said = "ok" if off else state
        db.add(Site(key="raqqa", name="الرقة", state=said, enabled=not off, state_since=NOW))
    client = small_desk.owner()
    post(client, "/enter/choice", lang=lang)

    assert client.get("/health").status_code == 200


def test_a_gap_of_any_stage_is_told_in_words(newsdesk):
    newsdesk.keep()
    with session(newsdesk.engine) as db:
        run = Run(site_key="sana", worker="w", started_at=NOW, ended_at=NOW, outcome="ok")
        run.discovered = 3
        db.add(run)
        db.get_one(Match, 1).outcome = "lost"
        db.get_one(Delivery, 1).state = "astray"

    text = newsdesk.owner().get("/health").text

    for said in ("٣ عناوين لا يُعرف مآلها", "مطابقة واحدة لا يُعرف", "رسالة واحدة لا يُعرف"):
        assert said in text
    assert text.count('<span class="flag bad">') == 3
    assert "الحسابات مغلقة" not in text


def test_routes_and_yields_are_shown_with_their_site(newsdesk):
    newsdesk.keep()
    with session(newsdesk.engine) as db:
        site = db.get_one(Site, "sana")
        site.state, site.yields = "degraded", {"article": [0.3, 0.95, 400.0]}
        db.add(
            Route(site_key="sana", type="feed", url="https://sana.example/feed", state="failing")
        )

    text = newsdesk.owner().get("/health").text

    assert "يُقرأ ناقصاً" in text
    assert '<span class="bad">أخبار ٣٠٪</span>' in text
    assert "خلاصة: متعطّلة" in text


def test_the_days_card_says_how_much_was_read_in_the_readers_language(newsdesk):
    newsdesk.keep()
    client = newsdesk.owner()

    for address in ("/health?card=1", "/health/card"):
        assert "المراقبات: ١" in client.get(address).text
    post(client, "/enter/choice", lang="en")
    assert "Watches: 1" in client.get("/health/card").text


def test_a_watch_list_that_cannot_be_read_is_on_the_card(small_desk):
    small_desk.config.watches.write_text("[[", "utf-8")

    assert "قائمة المراقبات لا تُقرأ" in small_desk.owner().get("/health/card").text


def test_a_channel_nothing_was_sent_to_is_there_all_the_same(small_desk):
    text = small_desk.owner().get("/health").text

    assert "<bdi>newsroom</bdi>: لم يُرسل شيء" in text


def test_a_site_nobody_visits_is_late(small_desk):
    with session(small_desk.engine) as db:
        due = NOW - timedelta(minutes=40)
        db.add(Site(key="raqqa", name="الرقة", state="ok", next_due=due))

    assert "تأخّر ٤٠ دقيقة" in small_desk.owner().get("/health").text
