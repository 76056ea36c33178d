"""Passes over a real archive, on both databases."""

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from scheduler import jobs, listing
from scheduler.channels.errors import ChannelError
from scheduler.config import Channel, Config
from scheduler.watchlists import Watch
from scraper.items import ArticleItem
from storage import archive as kept
from storage import outbox, watches
from storage.database import reading, session
from storage.errors import WatchError
from storage.models import Alert, Delivery, Match, Site, Version

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
HEADLINE = "القواتُ الروسيّةُ تهدّدُ “قسدَ” بالانسحابِ من شرقِ الفراتِ .. والسببُ؟"
RIVER = Watch(name="شرق الفرات", query="شرق الفرات")
BODY = "\n\n".join(
    f"الفقرة رقم {n} من خبر عن الاجتماع الذي عقد بين الوفود {word} وانتهى دون اتفاق معلن حتى مساء اليوم"
    for n, word in enumerate(("الأول", "الثاني", "الثالث", "الرابع", "الخامس"))
)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def config(folder: Path, url: str = "jsonl:alerts.jsonl", **channel) -> Config:
    channels = {"desk": Channel(url=SecretStr(url), **channel)}
    return Config(channels=channels, watches=folder / "watches.toml")


def keep(
    engine, *, headline=HEADLINE, body="قصير", url="https://sana.example/1", site="sana", **facts
):
    alerting = facts.pop("alerting", True)
    page = ArticleItem(
        site=site, url=url, headline=headline, body=body, **{"published_at": NOW, **facts}
    )
    with session(engine) as db:
        if db.get(Site, site) is None:
            db.add(Site(key=site, name=site))
            db.flush()
        return kept.keep(db, page, now=NOW, alerting=alerting)


def lines(folder: Path) -> list[dict]:
    path = folder / "alerts.jsonl"
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def count(engine, column) -> int:
    with reading(engine) as db:
        return db.scalar(select(func.count()).select_from(column))


def deliveries(engine) -> list[tuple[str, str | None]]:
    with reading(engine) as db:
        return [(d.state, d.last_error) for d in db.scalars(select(Delivery).order_by(Delivery.id))]


def test_a_vocalised_headline_alerts_once_with_its_words_as_published(archive, clock, tmp_path):
    desk = config(tmp_path)
    keep(archive)

    first = jobs.match_new(archive, [RIVER], desk, clock)
    again = jobs.match_new(archive, [RIVER], desk, clock)
    jobs.deliver(archive, desk, clock)
    jobs.deliver(archive, desk, clock)

    assert (first.versions, first.outcomes) == (1, {"alerted": 1})
    assert again.versions == 0
    [alert] = lines(tmp_path)
    [span] = alert["spans"]
    assert alert["headline"][span["start"] : span["end"]] == "شرقِ الفراتِ"
    assert alert["watch"] == "شرق الفرات"


def test_copies_on_other_sites_add_a_line_and_no_alert(archive, clock, tmp_path):
    desk = config(tmp_path)
    for number in range(4):
        keep(archive, body=BODY, site=f"site{number}", url=f"https://s{number}.example/{number}")

    done = jobs.match_new(archive, [RIVER], desk, clock)
    jobs.deliver(archive, desk, clock)

    assert done.outcomes == {"alerted": 1, "copy": 3}
    [alert] = lines(tmp_path)
    assert [copy["site"] for copy in alert["copies"]] == ["site1", "site2", "site3"]


def test_matches_are_accounted_for(archive, clock, tmp_path):
    desk = config(tmp_path)
    keep(archive, url="https://sana.example/1")
    keep(
        archive,
        url="https://sana.example/2",
        headline="قديم من شرق الفرات",
        published_at=NOW - timedelta(days=9),
    )
    keep(archive, url="https://sana.example/3", headline="مستورد من شرق الفرات", alerting=False)
    keep(archive, url="https://sana.example/4", headline="المشرق والفرات")

    done = jobs.match_new(archive, [RIVER], desk, clock)

    assert done.versions == 4
    assert done.matches == 3
    assert done.counts() == {"alerted": 1, "copy": 0, "too_old": 1, "listed": 1}
    assert count(archive, Match) == 3


def test_a_small_batch_misses_nothing(archive, clock, tmp_path):
    for number in range(7):
        keep(
            archive, url=f"https://sana.example/{number}", headline=f"الخبر {number} من شرق الفرات"
        )

    done = jobs.match_new(archive, [RIVER], config(tmp_path), clock, batch=2)

    assert (done.versions, done.matches) == (7, 7)


def test_nothing_is_half_written_when_matching_breaks_off(archive, clock, tmp_path, monkeypatch):
    keep(archive)

    def broken(*_args):
        raise RuntimeError("power cut")

    monkeypatch.setattr(watches, "mark_matched", broken)
    with pytest.raises(RuntimeError):
        jobs.match_new(archive, [RIVER], config(tmp_path), clock)
    monkeypatch.undo()

    assert count(archive, Alert) == 0
    assert jobs.match_new(archive, [RIVER], config(tmp_path), clock).outcomes == {"alerted": 1}


def test_two_processes_matching_at_once_raise_one_alert(archive, clock, tmp_path):
    desk = config(tmp_path)
    for number in range(20):
        keep(
            archive, url=f"https://sana.example/{number}", headline=f"الخبر {number} من شرق الفرات"
        )
    done = []
    threads = [
        threading.Thread(
            target=lambda: done.append(jobs.match_new(archive, [RIVER], desk, clock, batch=3))
        )
        for _ in range(3)
    ]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sum(each.matches for each in done) == 20
    assert count(archive, Alert) == count(archive, Delivery) == 20


def test_the_whole_archive_is_listed_and_alerts_nobody(archive, clock, tmp_path):
    desk = config(tmp_path)
    keep(archive, url="https://sana.example/1", alerting=False)
    keep(archive, url="https://sana.example/2", headline="خبر ثان من شرق الفرات")
    steps: list[int] = []

    done = jobs.match_all(archive, [RIVER], clock, advance=steps.append, batch=1)

    assert done.outcomes == {"listed": 2}
    assert sum(steps) == 2
    assert count(archive, Alert) == 0
    # What may alert still does, in its turn; what was imported to be listed never does.
    assert jobs.match_new(archive, [RIVER], desk, clock).outcomes == {"alerted": 1}
    assert jobs.match_all(archive, [RIVER], clock).matches == 0


def test_one_watch_may_be_matched_against_the_archive_alone(archive, clock):
    keep(archive)
    other = Watch(name="قسد", query="قسد")

    assert jobs.match_all(archive, [RIVER, other], clock, only=[other]).matches == 1


def test_a_watch_taken_off_the_list_matches_no_more(archive, clock, tmp_path):
    desk = config(tmp_path)
    keep(archive)
    jobs.match_new(archive, [RIVER], desk, clock)
    keep(archive, url="https://sana.example/2", headline="خبر ثان من شرق الفرات")

    assert jobs.match_new(archive, [], desk, clock).matches == 0
    assert count(archive, Match) == 1


class Failing:
    """A channel that fails so often, then takes what it is given."""

    def __init__(self, failures: int) -> None:
        self.failures = failures
        self.sent = []

    def send(self, message) -> None:
        if self.failures:
            self.failures -= 1
            raise ChannelError("desk: 503")
        self.sent.append(message)


def connect(monkeypatch, channel):
    monkeypatch.setattr(jobs, "opened", lambda *_args, **_options: channel)


def test_a_channel_that_fails_is_tried_again_later_and_nothing_is_lost(
    archive, clock, tmp_path, monkeypatch
):
    desk = config(tmp_path)
    channel = Failing(2)
    connect(monkeypatch, channel)
    keep(archive)
    jobs.match_new(archive, [RIVER], desk, clock)

    done = jobs.deliver(archive, desk, clock)
    assert (done.sent, done.postponed, done.problems) == (0, 1, ["desk: desk: 503; 1 alerts wait"])
    assert deliveries(archive) == [("pending", "desk: 503")]
    assert jobs.deliver(archive, desk, clock).problems == []

    clock.now += timedelta(minutes=1)
    assert jobs.deliver(archive, desk, clock).postponed == 1
    clock.now += timedelta(minutes=2)
    assert jobs.deliver(archive, desk, clock).sent == 1
    assert deliveries(archive) == [("delivered", None)]
    assert len(channel.sent) == 1


def test_a_channel_that_fails_does_not_hold_up_the_others(archive, clock, tmp_path):
    good = Channel(url=SecretStr("jsonl:alerts.jsonl"))
    bad = Channel(url=SecretStr("jsonl:missing/alerts.jsonl"))
    desk = Config(channels={"bad": bad, "good": good}, watches=tmp_path / "watches.toml")
    for number in range(5):
        keep(
            archive, url=f"https://sana.example/{number}", headline=f"الخبر {number} من شرق الفرات"
        )
    jobs.match_new(archive, [RIVER], desk, clock)

    done = jobs.deliver(archive, desk, clock)

    assert (done.sent, done.postponed) == (5, 1)
    assert len(lines(tmp_path)) == 5


def test_a_channel_taken_out_of_the_configuration_is_reported(archive, clock, tmp_path):
    keep(archive)
    jobs.match_new(archive, [RIVER], config(tmp_path), clock)

    done = jobs.deliver(archive, Config(channels={}, watches=tmp_path / "w.toml"), clock)

    assert "there is no such channel" in done.problems[0]


def test_a_process_that_died_while_sending_is_followed_by_another(archive, clock, tmp_path):
    desk = config(tmp_path)
    keep(archive)
    jobs.match_new(archive, [RIVER], desk, clock)
    with session(archive) as db:
        outbox.lease([outbox.due(db, NOW)], NOW)

    assert jobs.deliver(archive, desk, clock).sent == 0
    clock.now += outbox.LEASE
    assert jobs.deliver(archive, desk, clock).sent == 1


@pytest.mark.parametrize(
    ("place", "arrived"),
    [
        ("outbox.lease", 1),
        ("jobs._worded", 1),
        ("jobs._send", 1),
        # Between sending and recording nobody can know; the id says that it is the same alert.
        ("outbox.held", 2),
        ("outbox.delivered", 2),
    ],
)
def test_a_delivery_that_breaks_off_anywhere_arrives_and_is_recorded(
    archive, clock, tmp_path, monkeypatch, place, arrived
):
    desk = config(tmp_path)
    keep(archive)
    jobs.match_new(archive, [RIVER], desk, clock)

    def broken(*_args, **_options):
        raise RuntimeError("power cut")

    monkeypatch.setattr(f"scheduler.jobs.{place}".replace("jobs.jobs", "jobs"), broken)
    with pytest.raises(RuntimeError):
        jobs.deliver(archive, desk, clock)
    monkeypatch.undo()
    clock.now += outbox.LEASE
    jobs.deliver(archive, desk, clock)
    jobs.deliver(archive, desk, clock)

    assert [line["id"] for line in lines(tmp_path)] == [lines(tmp_path)[0]["id"]] * arrived
    assert deliveries(archive) == [("delivered", None)]


def test_two_processes_delivering_at_once_send_each_alert_once(archive, clock, tmp_path):
    desk = config(tmp_path)
    for number in range(12):
        keep(
            archive, url=f"https://sana.example/{number}", headline=f"الخبر {number} من شرق الفرات"
        )
    jobs.match_new(archive, [RIVER], desk, clock)
    threads = [threading.Thread(target=jobs.deliver, args=(archive, desk, clock)) for _ in range(3)]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(line["id"] for line in lines(tmp_path)) == sorted(
        {line["id"] for line in lines(tmp_path)}
    )
    assert len(lines(tmp_path)) == 12


def test_quiet_hours_hold_alerts_until_they_end(archive, clock, tmp_path):
    clock.now = datetime(2026, 11, 23, 21, 0, tzinfo=UTC)  # midnight in Damascus
    desk = config(tmp_path, quiet="23:00-06:00")
    keep(archive)
    jobs.match_new(archive, [RIVER], desk, clock)

    assert jobs.deliver(archive, desk, clock).sent == 0
    clock.now = datetime(2026, 11, 24, 2, 59, tzinfo=UTC)
    assert jobs.deliver(archive, desk, clock).sent == 0
    clock.now = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
    assert jobs.deliver(archive, desk, clock).sent == 1


@pytest.mark.parametrize(
    ("mode", "due"),
    [
        ("hourly", datetime(2026, 11, 23, 13, 0, tzinfo=UTC)),
        ("daily 08:00", datetime(2026, 11, 24, 5, 0, tzinfo=UTC)),
    ],
)
def test_a_digest_is_one_message_in_its_time(archive, clock, tmp_path, monkeypatch, mode, due):
    desk = config(tmp_path, mode=mode)
    channel = Failing(0)
    connect(monkeypatch, channel)
    for number in range(3):
        keep(
            archive, url=f"https://sana.example/{number}", headline=f"الخبر {number} من شرق الفرات"
        )
    jobs.match_new(archive, [RIVER], desk, clock)

    clock.now = due - timedelta(seconds=1)
    assert jobs.deliver(archive, desk, clock).sent == 0
    clock.now = due
    assert jobs.deliver(archive, desk, clock).sent == 3

    [message] = channel.sent
    assert len(message.alerts) == 3


def test_a_digest_can_be_had_before_its_time_and_instant_alerts_are_left_to_theirs(
    archive, clock, tmp_path, monkeypatch
):
    desk = config(tmp_path, mode="daily 08:00")
    channel = Failing(0)
    connect(monkeypatch, channel)
    keep(archive)
    jobs.match_new(archive, [RIVER], desk, clock)

    assert jobs.deliver(archive, desk, clock, digests_now=True).sent == 1
    assert jobs.deliver(archive, desk, clock, digests_now=True).sent == 0


def test_a_watch_of_low_priority_waits_for_the_morning(archive, clock, tmp_path, monkeypatch):
    desk = config(tmp_path)
    channel = Failing(0)
    connect(monkeypatch, channel)
    low = Watch(name="الطقس", query="شرق الفرات", priority="low")
    for number in range(2):
        keep(
            archive, url=f"https://sana.example/{number}", headline=f"الخبر {number} من شرق الفرات"
        )
    jobs.match_new(archive, [low], desk, clock)

    assert jobs.deliver(archive, desk, clock).sent == 0
    clock.now = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)
    assert jobs.deliver(archive, desk, clock).sent == 2
    assert len(channel.sent) == 1


def test_a_watch_may_have_its_own_channels_and_several(archive, clock, tmp_path):
    channels = {
        name: Channel(url=SecretStr(f"jsonl:{name}.jsonl")) for name in ("one", "two", "three")
    }
    desk = Config(channels=channels, watches=tmp_path / "watches.toml")
    keep(archive)
    jobs.match_new(archive, [RIVER.model_copy(update={"channels": ("one", "two")})], desk, clock)

    jobs.deliver(archive, desk, clock)

    assert sorted(path.name for path in tmp_path.glob("*.jsonl")) == ["one.jsonl", "two.jsonl"]


def test_an_unset_secret_is_named_and_the_alert_waits(archive, clock, tmp_path):
    desk = config(tmp_path, url="env:DESK_URL")
    keep(archive)
    jobs.match_new(archive, [RIVER], desk, clock)

    done = jobs.deliver(archive, desk, clock)

    assert done.problems == ["desk: the environment variable DESK_URL is not set; 1 alerts wait"]


def test_channels_that_cannot_work_are_known_before_anything_is_sent(tmp_path):
    assert jobs.unusable(config(tmp_path)) == []
    assert jobs.unusable(config(tmp_path, url="env:DESK_URL")) == [
        "channel desk: the environment variable DESK_URL is not set"
    ]
    [said] = jobs.unusable(config(tmp_path, url="jsonl:missing/alerts.jsonl"))
    assert "there is no folder" in said


def test_every_version_is_looked_at_exactly_once(archive, clock, tmp_path):
    keep(archive)
    keep(archive, headline="نص آخر تماما عن حمص", body="تغير الخبر كله")

    done = jobs.match_new(archive, [RIVER], config(tmp_path), clock)

    with reading(archive) as db:
        assert set(db.scalars(select(Version.matched_at))) == {NOW}
    assert done.versions == 2


def test_a_pass_asked_to_stop_leaves_the_rest_for_the_next(archive, clock, tmp_path):
    desk = config(tmp_path)
    for number in range(4):
        keep(
            archive, url=f"https://sana.example/{number}", headline=f"الخبر {number} من شرق الفرات"
        )
    asked = iter([False, True])

    first = jobs.match_new(archive, [RIVER], desk, clock, stop=lambda: next(asked), batch=2)

    assert first.versions == 2
    assert jobs.match_new(archive, [RIVER], desk, clock).versions == 2
    asked = iter([False, True])
    assert jobs.deliver(archive, desk, clock, stop=lambda: next(asked)).sent == 1
    assert jobs.deliver(archive, desk, clock).sent == 3


def test_a_list_of_no_bytes_is_a_mistake_not_an_empty_list(sqlite_archive, tmp_path):
    desk = config(tmp_path)
    desk.watches.write_text("")

    with pytest.raises(WatchError, match="there is nothing in it"):
        listing.current(desk, sqlite_archive)


def test_a_watch_for_a_site_nobody_has_is_a_mistake(sqlite_archive, tmp_path):
    keep(sqlite_archive, site="imported")
    desk = config(tmp_path)
    text = '[[watch]]\nname = "x"\nquery = "x"\nsites = ["{}"]'

    for known in ("imported", "enabbaladi"):
        desk.watches.write_text(text.format(known))
        assert len(listing.current(desk, sqlite_archive)) == 1
    desk.watches.write_text(text.format("enabaladi"))
    with pytest.raises(WatchError, match="unknown site 'enabaladi'; did you mean 'enabbaladi'"):
        listing.current(desk, sqlite_archive)
