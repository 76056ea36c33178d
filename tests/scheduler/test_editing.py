"""Copies that come late, and corrections, against a bot's server on loopback; both databases."""

from datetime import timedelta

import pytest

from scheduler import jobs, upkeep
from storage.database import session
from storage.models import Delivery
from tests.scheduler.peers import telegram_no, telegram_yes, web
from tests.scheduler.test_jobs import BODY, RIVER, Clock, config, deliveries, keep

MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def bot(folder, peer, **options):
    url = f"telegram://123:S3CRET@42?api=http://127.0.0.1:{peer.port}"
    return config(folder, url=url, **{"card": "", **options})


def copy(engine, name: str) -> None:
    keep(engine, body=BODY, site=name, url=f"https://{name}.example/1")


def work(engine, desk, clock) -> jobs.Delivered:
    jobs.match_new(engine, [RIVER], desk, clock)
    return jobs.deliver(engine, desk, clock)


def calls(peer) -> list[tuple[str, int | None]]:
    """The methods that were called, with the message each was about."""
    return [(post.path.rpartition("/")[2], post.json.get("message_id")) for post in peer.received]


def test_copies_that_come_late_are_edited_into_the_message_that_told(archive, clock, tmp_path):
    with web(telegram_yes(77)) as peer:
        desk = bot(tmp_path, peer)
        keep(archive, body=BODY)
        work(archive, desk, clock)
        copy(archive, "late")
        copy(archive, "later")
        for _ in range(3):
            assert work(archive, desk, clock).problems == []

    assert calls(peer) == [("sendMessage", None), ("editMessageText", 77)]
    assert "نسخ أخرى" not in peer.received[0].json["text"]
    assert (
        peer.received[1]
        .json["text"]
        .endswith(f"نسخ أخرى: 2\n= late: {RIVER_HEADLINE}\n= later: {RIVER_HEADLINE}")
    )
    assert deliveries(archive) == [("delivered", None)]


RIVER_HEADLINE = "القواتُ الروسيّةُ تهدّدُ “قسدَ” بالانسحابِ من شرقِ الفراتِ .. والسببُ؟"


def test_a_message_is_changed_at_most_once_a_minute(archive, clock, tmp_path):
    with web(telegram_yes(77)) as peer:
        desk = bot(tmp_path, peer)
        keep(archive, body=BODY)
        work(archive, desk, clock)
        for number in range(4):
            copy(archive, f"s{number}")
            work(archive, desk, clock)
            clock.now += MINUTE / 2

    assert [method for method, _ in calls(peer)].count("editMessageText") == 2


@pytest.mark.parametrize("reason", ["message to edit not found", "message can't be edited"])
def test_what_cannot_be_edited_any_more_is_told_with_the_card(archive, clock, tmp_path, reason):
    no = telegram_no(400, f"Bad Request: {reason}")
    with web(telegram_yes(77), no, telegram_yes(78)) as peer:
        desk = bot(tmp_path, peer, card="14:00")
        keep(archive, body=BODY)
        work(archive, desk, clock)
        copy(archive, "late")
        work(archive, desk, clock)
        clock.now += timedelta(days=1)
        for _ in range(2):
            upkeep.send_cards(archive, [RIVER], desk, clock)
            jobs.deliver(archive, desk, clock)

    assert [method for method, _ in calls(peer)] == [
        "sendMessage",
        "editMessageText",
        "sendMessage",
    ]
    card = peer.received[2].json["text"]
    assert "نسخ جديدة لتنبيهات سابقة: 1\n+1 · " in card
    assert "(#1): late" in card


def test_a_change_that_is_not_taken_is_tried_when_the_channel_says(archive, clock, tmp_path):
    wait = telegram_no(429, "Too Many Requests: retry after 700", retry_after=700)
    with web(telegram_yes(77), wait, telegram_yes(77)) as peer:
        desk = bot(tmp_path, peer)
        keep(archive, body=BODY)
        work(archive, desk, clock)
        copy(archive, "late")
        assert "copies wait" in work(archive, desk, clock).problems[0]
        clock.now += timedelta(seconds=699)
        assert work(archive, desk, clock).problems == []
        clock.now += timedelta(seconds=1)
        work(archive, desk, clock)

    assert [method for method, _ in calls(peer)].count("editMessageText") == 2


def test_a_change_that_was_made_and_not_recorded_is_no_trouble(archive, clock, tmp_path):
    same = telegram_no(400, "Bad Request: message is not modified: specified new message content")
    with web(telegram_yes(77), same) as peer:
        desk = bot(tmp_path, peer)
        keep(archive, body=BODY)
        work(archive, desk, clock)
        copy(archive, "late")
        assert work(archive, desk, clock).problems == []
        clock.now += timedelta(hours=1)
        work(archive, desk, clock)

    assert len(peer.received) == 2


def test_a_correction_answers_the_message_it_corrects(archive, clock, tmp_path):
    with web(telegram_yes(77), telegram_yes(78)) as peer:
        desk = bot(tmp_path, peer)
        for headline in (RIVER_HEADLINE, "القوات الروسية تنسحب من شرق الفرات"):
            keep(archive, headline=headline)
            work(archive, desk, clock)

    first, second = peer.received
    assert "reply_parameters" not in first.json
    assert second.json["reply_parameters"] == {
        "message_id": 77,
        "allow_sending_without_reply": True,
    }


def test_a_channel_that_cannot_edit_names_late_copies_with_its_card_once(archive, clock, tmp_path):
    desk = config(tmp_path, card="08:00", mode="instant")
    keep(archive, body=BODY)
    work(archive, desk, clock)
    copy(archive, "late")
    work(archive, desk, clock)
    said = []
    for _ in range(2):
        clock.now += timedelta(days=1)
        upkeep.send_cards(archive, [RIVER], desk, clock)
        with session(archive) as db:
            post = jobs.posting.next_post(db, desk, clock.now, forced=[], troubled=[])
            said.append(jobs.posting.worded(db, post, desk, taken=(), again=False).message.text)
        jobs.deliver(archive, desk, clock)

    assert "+1 · " in said[0]
    assert "+1 · " not in said[1]


def test_a_long_message_goes_on_where_it_broke_off_though_copies_came_meanwhile(
    archive, clock, tmp_path
):
    no = telegram_no(429, "Too Many Requests", retry_after=30)
    with web(telegram_yes(1), no, telegram_yes(2)) as peer:
        desk = bot(tmp_path, peer, mode="hourly")
        for number in range(12):
            headline = f"الخبر رقم {number} من شرق الفرات {'وما بعده ' * 60}"
            body = BODY if number == 11 else f"متن {number}"
            keep(archive, headline=headline, url=f"https://sana.example/{number}", body=body)
        jobs.match_new(archive, [RIVER], desk, clock)
        clock.now += timedelta(hours=1)
        jobs.deliver(archive, desk, clock)
        keep(archive, headline=headline, body=BODY, site="late", url="https://late.example/1")
        jobs.match_new(archive, [RIVER], desk, clock)
        clock.now += timedelta(seconds=30)
        assert jobs.deliver(archive, desk, clock).sent == 12

    texts = [post.json["text"] for post in peer.received]
    assert texts.pop(1) == texts[1]
    assert len(texts) == len(set(texts)) > 1
    together = "\n".join(texts)
    assert all(f"#{number}" in together for number in range(1, 13))
    assert "= late: " in together
    assert all(state == "delivered" for state, _ in deliveries(archive))


def test_marks_another_kind_of_channel_left_stop_nobody(archive, clock, tmp_path):
    with web(telegram_yes(77)) as peer:
        desk = bot(tmp_path, peer)
        keep(archive)
        jobs.match_new(archive, [RIVER], desk, clock)
        with session(archive) as db:
            [delivery] = db.query(Delivery)
            delivery.parts = ["3fe0a91b22cd"]
        assert jobs.deliver(archive, desk, clock).sent == 1
