"""What was taken down: everywhere said since when and why, nowhere what it said."""

import json

import pytest

from scheduler import jobs
from storage import takedowns
from storage.database import session
from tests.scheduler.desk.conftest import BODY, HEADLINE
from tests.scheduler.desk.test_desk_api import program

WHY = "حكم محكمة"
ELSEWHERE = "https://raqqa.example/1"
# Words of the text that are not those of the watch.
SAID = ("الروسيّةُ", "مصادر")


@pytest.fixture
def desk(newsdesk):
    """A desk with an article in two versions and a copy of it; the article was taken down."""
    newsdesk.keep()
    newsdesk.keep(site="raqqa", url=ELSEWHERE)
    newsdesk.keep(body=BODY + " وأضافت مصادر أخرى تفاصيل.")
    with session(newsdesk.engine) as db:
        assert takedowns.add(db, "https://sana.example/1", WHY, newsdesk.now) == 1
    return newsdesk


@pytest.mark.parametrize(
    "address",
    [
        "/",
        "/?state=all",
        "/alerts/1",
        "/alerts/new?after=0",
        "/articles/1",
        "/articles/1?version=1&whole=1",
        "/articles/1?from=1&to=2",
        "/articles/1?explain=مصادر",
        "/api/v1/alerts",
        "/api/v1/alerts/1",
        "/api/v1/articles/1",
        "/alerts.atom",
        "/watches/1.atom",
    ],
)
def test_what_was_taken_down_is_told_of_but_not_shown(desk, address):
    said = desk.owner().get(address).text
    said = json.dumps(json.loads(said), ensure_ascii=False) if said.startswith("{") else said

    assert not [
        word
        for word in SAID
        if word in said.replace("explain=مصادر", "").replace('value="مصادر"', "")
    ]
    assert WHY in said or ("سُحب" in said and "atom" in address)


@pytest.mark.parametrize("rest", ["versions", "matches", "explain?q=مصادر"])
def test_the_api_gives_nothing_of_its_text_away(desk, rest):
    said = json.dumps(program(desk).get(f"/api/v1/articles/1/{rest}").json(), ensure_ascii=False)

    assert not [word for word in ("الروسيّةُ", "وأضافت") if word in said]


def test_what_changed_in_it_is_refused_with_the_reason(desk):
    answer = program(desk).get("/api/v1/articles/1/changes")

    assert answer.status_code == 400
    assert "taken down" in answer.json()["detail"]


def test_a_copy_that_was_taken_down_is_counted_and_not_quoted(newsdesk):
    newsdesk.keep()
    newsdesk.keep(site="raqqa", url=ELSEWHERE)
    with session(newsdesk.engine) as db:
        takedowns.add(db, ELSEWHERE, WHY, newsdesk.now)

    [copy] = program(newsdesk).get("/api/v1/alerts/1").json()["copies"]

    assert (copy["site"], copy["headline"], copy["url"]) == ("raqqa", "", "")
    assert "/articles/2" not in newsdesk.owner().get("/articles/1").text


def test_an_alert_that_was_not_sent_yet_says_that_the_article_was_taken_down(desk):
    jobs.deliver(desk.engine, desk.config, lambda: desk.now)

    sent = (desk.config.watches.parent / "out.jsonl").read_text("utf-8")

    assert not [word for word in SAID if word in sent]
    assert WHY in sent


def test_taken_off_the_list_it_is_shown_again(desk):
    with session(desk.engine) as db:
        takedowns.remove(db, "https://sana.example/1")

    assert HEADLINE[:12] in desk.owner().get("/articles/1").text
