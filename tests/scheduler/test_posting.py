"""What goes into the next message, and when: limits, rest, quiet hours; both databases."""

import threading
import time
from datetime import UTC, datetime, timedelta

import pytest

from scheduler import jobs
from scheduler.channels.errors import ChannelError
from storage import outbox
from storage.database import open_archive, session
from tests.scheduler.peers import smtp, web
from tests.scheduler.test_jobs import (
    RIVER,
    Clock,
    config,
    connect,
    deliveries,
    keep,
    many,
)

MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Mood:
    """A channel that says what it is told to, and remembers what it was sent."""

    def __init__(self, **problem) -> None:
        self.problem, self.tried, self.sent = problem, [], []

    def send(self, message):
        self.tried.append(message)
        if self.problem is not None:
            raise ChannelError("desk: no", **self.problem)
        self.sent.append(message)
        return ()


def test_a_channel_that_is_down_is_tried_with_one_message_a_minute(
    archive, clock, tmp_path, monkeypatch
):
    desk = config(tmp_path)
    channel = Mood()
    connect(monkeypatch, channel)
    many(archive, 6)
    jobs.match_new(archive, [RIVER], desk, clock)

    for _ in range(3):
        for _ in range(5):
            jobs.deliver(archive, desk, clock)
        clock.now += MINUTE

    assert len(channel.tried) == 3
    assert deliveries(archive).count(("pending", "waits with another: desk: no")) == 4


def test_a_channel_that_asks_to_wait_is_not_tried_with_anything_meanwhile(
    archive, clock, tmp_path, monkeypatch
):
    desk = config(tmp_path)
    channel = Mood(retry_after=600)
    connect(monkeypatch, channel)
    many(archive, 6)
    jobs.match_new(archive, [RIVER], desk, clock)

    for _ in range(10):
        jobs.deliver(archive, desk, clock)
        clock.now += MINUTE
    channel.problem = None
    jobs.deliver(archive, desk, clock)

    assert len(channel.tried) == 1 + 6
    assert len(channel.sent) == 6


@pytest.mark.parametrize(("problem", "sizes"), [({"untaken": True}, [1, 5]), ({}, [1, 1, 3, 1])])
def test_what_certainly_did_not_arrive_is_gathered_and_what_may_have_comes_by_itself(
    archive, clock, tmp_path, monkeypatch, problem, sizes
):
    desk = config(tmp_path, max_per_hour=2 + ("untaken" not in problem))
    channel = Mood(**problem)
    connect(monkeypatch, channel)
    many(archive, 6)
    jobs.match_new(archive, [RIVER], desk, clock)
    for _ in range(2):
        jobs.deliver(archive, desk, clock)
        clock.now += MINUTE
    channel.problem = None
    for _ in range(2):
        clock.now += timedelta(hours=1)
        jobs.deliver(archive, desk, clock)

    assert [len(message.alerts) for message in channel.sent] == sizes


def test_a_message_that_gathers_says_so_again_when_it_is_tried_again(
    archive, clock, tmp_path, monkeypatch
):
    desk = config(tmp_path, max_per_hour=1)
    channel = Mood()
    connect(monkeypatch, channel)
    many(archive, 3)
    jobs.match_new(archive, [RIVER], desk, clock)
    jobs.deliver(archive, desk, clock)
    clock.now += MINUTE
    jobs.deliver(archive, desk, clock)

    first, second = channel.tried
    assert "فجُمعت التنبيهات في هذه الرسالة: 3" in first.text
    assert (second.key, second.text) == (first.key, first.text)


def test_what_the_limit_held_back_does_not_go_out_in_quiet_hours(
    archive, clock, tmp_path, monkeypatch
):
    clock.now = datetime(2026, 11, 23, 19, 30, tzinfo=UTC)  # 22:30 in Damascus
    desk = config(tmp_path, max_per_hour=1, quiet="23:00-06:00")
    channel = Mood()
    channel.problem = None
    connect(monkeypatch, channel)
    for number in range(2):
        keep(archive, url=f"https://sana.example/{number}", headline=f"{number} من شرق الفرات")
        jobs.match_new(archive, [RIVER], desk, clock)
        jobs.deliver(archive, desk, clock)
    reasons = [error for _, error in deliveries(archive)]
    for hours in (1, 2, 7):
        clock.now += timedelta(hours=hours)
        jobs.deliver(archive, desk, clock)
        if hours < 7:
            assert len(channel.sent) == 1

    assert reasons == [None, "the limit of an hour, 1, is reached"]
    assert len(channel.sent) == 2


def test_an_alert_that_was_on_its_way_when_quiet_hours_began_waits(
    archive, clock, tmp_path, monkeypatch
):
    clock.now = datetime(2026, 11, 23, 19, 59, 59, tzinfo=UTC)  # a second to eleven
    desk = config(tmp_path, quiet="23:00-06:00")
    channel = Mood()
    channel.problem = None
    connect(monkeypatch, channel)
    keep(archive)
    jobs.match_new(archive, [RIVER], desk, clock)
    clock.now += timedelta(seconds=1)

    jobs.deliver(archive, desk, clock)

    assert channel.sent == []
    assert deliveries(archive) == [("pending", "quiet hours")]


def test_several_that_deliver_at_once_keep_to_the_limit_together(
    archive, archive_url, clock, tmp_path, monkeypatch
):
    take = outbox.lease

    def slowly(*args) -> None:
        # As on a busy machine: between what is next and its lease there is time for others.
        time.sleep(0.1)
        take(*args)

    monkeypatch.setattr(outbox, "lease", slowly)
    with web() as peer:
        url = f"webhook+http://127.0.0.1:{peer.port}/"
        desk = config(tmp_path, url=url, max_per_hour=2)
        many(archive, 12)
        jobs.match_new(archive, [RIVER], desk, clock)
        start = threading.Barrier(4)

        def work() -> None:
            engine = open_archive(archive_url)
            start.wait()
            for _ in range(3):
                jobs.deliver(engine, desk, clock)
            engine.dispose()

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert len(peer.received) <= 2
    told = [alert["id"] for posted in peer.received for alert in posted.json["alerts"]]
    waiting = [state for state, _ in deliveries(archive) if state == "pending"]
    assert len(told) == len(set(told)) == 12 - len(waiting)


def test_every_alert_arrives_or_says_why_not_whatever_the_peer_does(archive, clock, tmp_path):
    """Failing, throttling, timing out, breaking off, answering half: once each, then for good."""
    wait = (429, {"Retry-After": "90"}, b"")
    moods = [500, wait, "cut", "half", (302, {"Location": "/x"}, b""), 404, 200]
    with web(*moods) as peer:
        desk = config(tmp_path, url=f"webhook+http://127.0.0.1:{peer.port}/")
        many(archive, 4)
        jobs.match_new(archive, [RIVER], desk, clock)
        for _ in range(40):
            jobs.deliver(archive, desk, clock)
            for state, error in deliveries(archive):
                assert state == "delivered" or error
            clock.now += MINUTE

    keys = {
        posted.json["message"]: [a["id"] for a in posted.json["alerts"]] for posted in peer.received
    }
    assert all(state == "delivered" for state, _ in deliveries(archive))
    assert {number for numbers in keys.values() for number in numbers} == {1, 2, 3, 4}
    assert len(peer.received) == 4 + 5


def test_a_mail_server_that_breaks_off_gets_the_same_letter_again(archive, clock, tmp_path):
    with smtp("cut") as mailbox:
        url = f"smtp://127.0.0.1:{mailbox.port}?to=desk@desk.example&from=rasid@desk.example"
        desk = config(tmp_path, url=url)
        keep(archive)
        jobs.match_new(archive, [RIVER], desk, clock)
        assert jobs.deliver(archive, desk, clock).postponed == 1
        [(state, reason)] = deliveries(archive)
        mailbox.answer = "250 OK"
        clock.now += MINUTE
        assert jobs.deliver(archive, desk, clock).sent == 1

    assert (state, "broke off" in reason) == ("pending", True)
    first, second = mailbox.received
    assert first["Message-ID"] == second["Message-ID"]


def test_what_is_given_up_says_why_and_may_be_tried_again(archive, clock, tmp_path, monkeypatch):
    with smtp("451 try later") as mailbox:
        url = f"smtp://127.0.0.1:{mailbox.port}?to=desk@desk.example"
        desk = config(tmp_path, url=url)
        keep(archive)
        jobs.match_new(archive, [RIVER], desk, clock)
        monkeypatch.setattr(outbox, "ATTEMPTS", 3)
        for _ in range(5):
            jobs.deliver(archive, desk, clock)
            clock.now += timedelta(hours=1)

        assert deliveries(archive) == [("failed", "mail: 127.0.0.1 refused: 451 try later")]
        assert mailbox.received == []
        mailbox.answer = "250 OK"
        with session(archive) as db:
            assert outbox.retry(db, clock.now) == 1
        assert jobs.deliver(archive, desk, clock).sent == 1

    assert deliveries(archive) == [("delivered", None)]
    assert len(mailbox.received) == 1
