"""Passes over a real archive, on both databases."""

import json
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select

from scheduler import connections, jobs, listing
from scheduler.channels.errors import ChannelError
from scheduler.config import Channel, Config
from scheduler.watchlists import Watch
from scraper.items import ArticleItem
from storage import archive as kept
from storage import mutes, outbox, regrouping, watches
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


def test_a_cluster_that_is_merged_while_alerts_about_it_are_written_alerts_nobody_twice(
    postgres_archive, clock, tmp_path, monkeypatch
):
    desk = config(tmp_path)
    first = keep(postgres_archive, body=BODY)
    jobs.match_new(postgres_archive, [RIVER], desk, clock)
    late = keep(
        postgres_archive, headline="قافلة تصل شرق الفرات", url="https://b.example/2", site="b"
    )
    found = jobs.found

    def merged_meanwhile(*arguments):
        monkeypatch.setattr(jobs, "found", found)
        with session(postgres_archive) as db:
            regrouping.unite(db, [first.article_id, late.article_id], NOW)
        return found(*arguments)

    monkeypatch.setattr(jobs, "found", merged_meanwhile)
    done = jobs.match_new(postgres_archive, [RIVER], desk, clock)

    assert done.outcomes == {"copy": 1}
    assert count(postgres_archive, Alert) == 1


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
    assert done.counts() == {"alerted": 1, "copy": 0, "too_old": 1, "muted": 0, "listed": 1}
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

    def send(self, message):
        if self.failures:
            self.failures -= 1
            raise ChannelError("desk: 503")
        self.sent.append(message)
        return ()


def connect(monkeypatch, channel):
    monkeypatch.setattr(connections, "opened", lambda *_args, **_options: channel)


def test_a_channel_that_fails_is_tried_again_later_and_nothing_is_lost(
    archive, clock, tmp_path, monkeypatch
):
    desk = config(tmp_path)
    channel = Failing(2)
    connect(monkeypatch, channel)
    keep(archive)
    jobs.match_new(archive, [RIVER], desk, clock)

    done = jobs.deliver(archive, desk, clock)
    assert (done.sent, done.postponed, done.problems) == (
        0,
        1,
        ["desk: desk: 503; 1 delivery waits"],
    )
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


@pytest.mark.parametrize("place", ["outbox.lease", "_send", "outbox.held", "outbox.delivered"])
def test_a_delivery_that_breaks_off_anywhere_arrives_once_in_a_file_and_is_recorded(
    archive, clock, tmp_path, monkeypatch, place
):
    desk = config(tmp_path)
    keep(archive)
    jobs.match_new(archive, [RIVER], desk, clock)

    def broken(*_args, **_options):
        raise RuntimeError("power cut")

    monkeypatch.setattr(f"scheduler.jobs.{place}", broken)
    with pytest.raises(RuntimeError):
        jobs.deliver(archive, desk, clock)
    monkeypatch.undo()
    clock.now += outbox.LEASE
    jobs.deliver(archive, desk, clock)
    jobs.deliver(archive, desk, clock)

    assert len(lines(tmp_path)) == 1
    assert deliveries(archive) == [("delivered", None)]


def test_whatever_a_channel_raises_is_recorded_and_backs_off(archive, clock, tmp_path, monkeypatch):
    desk = config(tmp_path, url="json://desk:hunter2secret@127.0.0.1:9/x")
    keep(archive)
    jobs.match_new(archive, [RIVER], desk, clock)

    class Broken:
        def send(self, _message):
            raise UnicodeError("no such letter in hunter2secret")

    connect(monkeypatch, Broken())
    done = jobs.deliver(archive, desk, clock)
    again = jobs.deliver(archive, desk, clock)

    assert (done.postponed, again.postponed) == (1, 0)
    assert deliveries(archive)[0][0] == "pending"
    assert "UnicodeError" in deliveries(archive)[0][1]
    assert "hunter2secret" not in deliveries(archive)[0][1]


def test_an_alert_that_cannot_be_worded_does_not_hold_up_the_next(
    archive, clock, tmp_path, monkeypatch
):
    desk = config(tmp_path)
    other = Channel(url=SecretStr("jsonl:other.jsonl"))
    desk = desk.model_copy(update={"channels": {**desk.channels, "other": other}})
    keep(archive)
    jobs.match_new(archive, [RIVER], desk, clock)
    word = jobs.posting.worded

    def cannot(db, post, *args, **options):
        if post.channel == "other":
            raise KeyError("term")
        return word(db, post, *args, **options)

    monkeypatch.setattr(jobs.posting, "worded", cannot)
    done = jobs.deliver(archive, desk, clock)

    assert (done.sent, done.postponed) == (1, 1)


def test_a_channel_that_asks_to_wait_is_left_alone_for_so_long_and_never_given_up(
    archive, clock, tmp_path, monkeypatch
):
    desk = config(tmp_path)
    keep(archive)
    jobs.match_new(archive, [RIVER], desk, clock)

    class Throttled:
        def send(self, _message):
            raise ChannelError("desk: too many requests", retry_after=17)

    connect(monkeypatch, Throttled())
    for _ in range(outbox.ATTEMPTS + 2):
        assert jobs.deliver(archive, desk, clock).postponed == 1
        clock.now += timedelta(seconds=16)
        assert jobs.deliver(archive, desk, clock).postponed == 0
        clock.now += timedelta(seconds=1)

    assert deliveries(archive) == [("pending", "desk: too many requests")]


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

    assert done.problems == ["desk: the environment variable DESK_URL is not set; 1 delivery waits"]


def test_channels_that_cannot_work_are_known_before_anything_is_sent(tmp_path):
    assert connections.unusable(config(tmp_path)) == []
    assert connections.unusable(config(tmp_path, url="env:DESK_URL")) == [
        "channel desk: the environment variable DESK_URL is not set"
    ]
    [said] = connections.unusable(config(tmp_path, url="jsonl:missing/alerts.jsonl"))
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


def many(engine, number: int, **facts) -> None:
    for n in range(number):
        keep(
            engine,
            url=f"https://sana.example/{n}",
            headline=f"الخبر {n} من شرق الفرات {'و' * (n % 7)}",
            **facts,
        )


@pytest.mark.long
def test_a_thousand_matches_in_a_minute_keep_to_the_limit_and_none_is_left_out(
    sqlite_archive, clock, tmp_path, monkeypatch
):
    desk = config(tmp_path, max_per_hour=10)
    channel = Failing(0)
    connect(monkeypatch, channel)
    with session(sqlite_archive) as db:
        db.add(Site(key="sana", name="سانا"))
        db.flush()
        for n in range(1000):
            page = ArticleItem(
                site="sana",
                url=f"https://sana.example/{n}",
                headline=f"الخبر رقم {n} من شرق الفرات",
                body=f"متن {n}",
                published_at=NOW,
            )
            kept.keep(db, page, now=NOW)
    done = jobs.match_new(sqlite_archive, [RIVER], desk, clock)

    sent = jobs.deliver(sqlite_archive, desk, clock)

    assert done.outcomes == {"alerted": 1000}
    assert sent.sent == 1000
    assert len(channel.sent) == 10
    digest = channel.sent[-1]
    assert len(digest.alerts) == 991
    assert all(f"#{alert['id']}" in digest.text for alert in digest.alerts)
    assert "فجُمعت التنبيهات في هذه الرسالة: 991" in digest.text


def test_what_comes_when_the_hour_is_full_waits_for_the_next(archive, clock, tmp_path, monkeypatch):
    desk = config(tmp_path, max_per_hour=2)
    channel = Failing(0)
    connect(monkeypatch, channel)
    many(archive, 3)
    jobs.match_new(archive, [RIVER], desk, clock)
    jobs.deliver(archive, desk, clock)
    keep(archive, url="https://sana.example/late", headline="خبر متأخر من شرق الفرات")
    jobs.match_new(archive, [RIVER], desk, clock)

    clock.now += timedelta(minutes=59)
    assert jobs.deliver(archive, desk, clock).sent == 0
    clock.now += timedelta(minutes=1)
    assert jobs.deliver(archive, desk, clock).sent == 1
    assert [len(message.alerts) for message in channel.sent] == [1, 2, 1]


def test_several_watches_on_one_article_are_one_message(archive, clock, tmp_path, monkeypatch):
    desk = config(tmp_path)
    channel = Failing(0)
    connect(monkeypatch, channel)
    keep(archive)

    jobs.match_new(archive, [RIVER, Watch(name="قسد", query="قسد")], desk, clock)
    done = jobs.deliver(archive, desk, clock)

    [message] = channel.sent
    assert done.sent == 2
    assert message.subject.startswith("[شرق الفرات، قسد]")
    assert {alert["watch"] for alert in message.alerts} == {"شرق الفرات", "قسد"}


def test_what_is_tried_again_is_the_same_message(archive, clock, tmp_path, monkeypatch):
    desk = config(tmp_path)

    class Telling(Failing):
        def send(self, message):
            self.keys = [*getattr(self, "keys", []), (message.key, message.again)]
            return super().send(message)

    channel = Telling(1)
    connect(monkeypatch, channel)
    keep(archive)
    jobs.match_new(archive, [RIVER], desk, clock)
    jobs.deliver(archive, desk, clock)
    # By now another watch has found the article too; what was tried stays as it was.
    with session(archive) as db:
        db.query(Version).update({"matched_at": None})
    jobs.match_new(archive, [RIVER, Watch(name="قسد", query="قسد")], desk, clock)
    clock.now += timedelta(minutes=1)
    jobs.deliver(archive, desk, clock)

    keys = dict.fromkeys(key for key, _ in channel.keys)
    assert len(keys) == 2
    assert channel.keys.count((next(iter(keys)), True)) == 1
    assert sorted(len(message.alerts) for message in channel.sent) == [1, 1]


def test_twenty_copies_on_eight_sites_are_one_alert_and_nineteen_lines(
    archive, clock, tmp_path, monkeypatch
):
    desk = config(tmp_path)
    channel = Failing(0)
    connect(monkeypatch, channel)
    for n in range(20):
        keep(archive, body=BODY, site=f"site{n % 8}", url=f"https://s{n % 8}.example/{n}")

    done = jobs.match_new(archive, [RIVER], desk, clock)
    jobs.deliver(archive, desk, clock)

    assert done.outcomes == {"alerted": 1, "copy": 19}
    [message] = channel.sent
    assert sum(line.startswith("= ") for line in message.text.splitlines()) == 19


def test_copies_that_come_after_the_alert_stand_in_the_next_digest_once(
    archive, clock, tmp_path, monkeypatch
):
    desk = config(tmp_path, mode="hourly")
    channel = Failing(0)
    connect(monkeypatch, channel)

    def hour(*pages: dict) -> None:
        for page in pages:
            keep(archive, **page)
        jobs.match_new(archive, [RIVER], desk, clock)
        clock.now += timedelta(hours=1)
        jobs.deliver(archive, desk, clock)

    hour({"body": BODY})
    copies = [{"body": BODY, "site": f"s{n}", "url": f"https://s{n}.example/1"} for n in range(3)]
    hour(*copies, {"url": "https://sana.example/2", "headline": "آخر من شرق الفرات"})
    hour({"url": "https://sana.example/3", "headline": "ثالث من شرق الفرات"})

    first, second, third = (message.text for message in channel.sent)
    assert "نسخ جديدة" not in first
    assert "+3 · " in second
    assert "s0، s1، s2" in second
    assert "نسخ جديدة" not in third


CASUALTIES = "قُتل {} مدنيين في شرق الفرات. وقال مصدر إن التحقيق مستمر. وهطل المطر في دمشق."


def revise(engine, body: str, headline: str = "قصف على قرية", **facts):
    return keep(engine, headline=headline, body=body, **facts)


def test_words_that_were_told_and_are_changed_are_corrected_under_the_alert(
    archive, clock, tmp_path, monkeypatch
):
    desk = config(tmp_path)
    channel = Failing(0)
    connect(monkeypatch, channel)
    for body in (CASUALTIES.format("خمسة"), CASUALTIES.format("سبعة")):
        revise(archive, body)
        jobs.match_new(archive, [RIVER], desk, clock)
        jobs.deliver(archive, desk, clock)

    first, second = channel.sent
    [alert] = second.alerts
    assert alert["kind"] == "correction"
    assert alert["corrects"] == first.alerts[0]["id"]
    assert second.follows == [first.key]
    [change] = alert["facts"]["changes"]
    assert change["before"] == "قُتل خمسة مدنيين في شرق الفرات."
    assert change["after"] == "قُتل سبعة مدنيين في شرق الفرات."


def test_words_that_are_taken_out_are_told_although_nothing_matches_any_more(
    archive, clock, tmp_path, monkeypatch
):
    desk = config(tmp_path)
    channel = Failing(0)
    connect(monkeypatch, channel)
    for body in (CASUALTIES.format("خمسة"), "وقال مصدر إن التحقيق مستمر. وهطل المطر في دمشق."):
        revise(archive, body)
        done = jobs.match_new(archive, [RIVER], desk, clock)
        jobs.deliver(archive, desk, clock)

    assert done.matches == 0
    assert "صار: أُزيل" in channel.sent[1].text


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # Elsewhere in the text.
        (CASUALTIES.format("خمسة"), CASUALTIES.format("خمسة") + " وتساقط الثلج."),
        # Nobody was told of the first, which did not match.
        ("قُتل خمسة مدنيين.", "قُتل سبعة مدنيين."),
    ],
)
def test_a_change_of_what_nobody_was_told_is_no_correction(archive, clock, tmp_path, first, second):
    desk = config(tmp_path)
    revise(archive, first)
    revise(archive, second)

    jobs.match_new(archive, [RIVER], desk, clock)

    with reading(archive) as db:
        assert "correction" not in set(db.scalars(select(Alert.kind)))


def test_a_changed_headline_is_a_correction_and_changed_marks_are_not(archive, clock, tmp_path):
    desk = config(tmp_path)
    body = CASUALTIES.format("خمسة")
    for headline in ("قصف على قرية", "قصفٌ على قريةٍ", "غارة على قرية"):
        revise(archive, body, headline)
        jobs.match_new(archive, [RIVER], desk, clock)

    with reading(archive) as db:
        kinds = list(db.scalars(select(Alert.kind).order_by(Alert.id)))
    assert kinds == ["new", "correction"]


def test_a_muted_watch_finds_and_tells_nobody_until_its_time(archive, clock, tmp_path):
    desk = config(tmp_path)
    keep(archive)
    with session(archive) as db:
        watches.sync(db, [RIVER], NOW)
        assert mutes.mute(db, "شرق الفرات", NOW, NOW + timedelta(hours=1))

    assert jobs.match_new(archive, [RIVER], desk, clock).outcomes == {"muted": 1}
    clock.now += timedelta(hours=1)
    keep(archive, url="https://sana.example/2", headline="ثان من شرق الفرات")
    assert jobs.match_new(archive, [RIVER], desk, clock).outcomes == {"alerted": 1}


def test_a_channel_is_described_and_tried_without_giving_its_address_away(tmp_path):
    desk = config(tmp_path, url="telegram://123:S3CRET@42?api=http://127.0.0.1:9")

    said = connections.channel_json(desk, "desk")
    problem = connections.send_sample(desk, "desk", NOW)

    assert said["type"] == "telegram"
    assert "S3CRET" not in json.dumps(said) + str(problem)
    assert "cannot be reached" in problem
