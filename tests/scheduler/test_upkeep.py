"""The quieter passes over a real archive, on both databases."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from pydantic import SecretStr
from sqlalchemy import select

from scheduler import connections, jobs, sweeping, upkeep
from scheduler.config import Channel, Config
from scheduler.watchlists import Case, Watch
from scraper.items import ArticleItem
from storage import archive as kept
from storage import ledger, watches
from storage.database import reading, session
from storage.models import Alert, Article, Delivery, Match, Notice, Run, Site, Version, Worker
from storage.models import Watch as Row

# 15:00 in Damascus; cards are sent at 08:00 there, 05:00 UTC.
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
RIVER = Watch(
    name="شرق الفرات", query="شرق الفرات", should_match=(Case(text="انسحاب من شرق الفرات"),)
)


class Clock:
    def __init__(self) -> None:
        self.now = NOW

    def __call__(self) -> datetime:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Recorder:
    """A channel that takes everything."""

    def __init__(self) -> None:
        self.sent = []

    def send(self, message):
        self.sent.append(message)
        return ()


@pytest.fixture
def channel(monkeypatch) -> Recorder:
    made = Recorder()
    monkeypatch.setattr(connections, "opened", lambda *_args, **_options: made)
    return made


def config(folder: Path, **options) -> Config:
    return Config(
        archive=f"sqlite:///{folder}/rasid.db",
        captures=None,
        channels={"desk": Channel(url=SecretStr("console"), language="en", **options)},
        watches=folder / "watches.toml",
    )


def keep(engine, number: int = 1, *, headline="خبر من شرق الفرات", now=NOW, site="sana"):
    page = ArticleItem(
        site=site,
        url=f"https://{site}.example/{number}",
        headline=f"{headline} {number}",
        body="قصير",
        published_at=now,
    )
    with session(engine) as db:
        if db.get(Site, site) is None:
            db.add(Site(key=site, name="سانا", state="ok", last_success_at=now))
            db.flush()
        return kept.keep(db, page, now=now)


def ran(engine, at: datetime, fetched: int = 3) -> None:
    with session(engine) as db:
        db.add(
            Run(
                site_key="sana",
                worker="w",
                started_at=at,
                ended_at=at,
                discovered=fetched,
                fetched=fetched,
            )
        )


def notices(engine, kind: str) -> list[Notice]:
    with reading(engine) as db:
        return list(db.scalars(select(Notice).where(Notice.kind == kind).order_by(Notice.id)))


def kinds(engine) -> list[str]:
    with reading(engine) as db:
        return list(db.scalars(select(Alert.kind).order_by(Alert.id)))


def test_an_article_that_is_gone_is_told_once_under_its_alert(archive, clock, channel, tmp_path):
    desk = config(tmp_path)
    keep(archive)
    jobs.match_new(archive, [RIVER], desk, clock)
    jobs.deliver(archive, desk, clock)
    with session(archive) as db:
        db.get_one(Article, 1).gone_at = NOW

    for _ in range(2):
        upkeep.raise_alerts(archive, [RIVER], desk, clock)
    jobs.deliver(archive, desk, clock)

    assert kinds(archive) == ["new", "deleted"]
    first, second = channel.sent
    assert second.alerts[0]["kind"] == "deleted"
    assert second.follows == [first.key]
    assert "was deleted from its site" in second.text


def test_an_article_that_came_back_and_went_again_is_told_again(archive, clock, tmp_path):
    desk = config(tmp_path)
    keep(archive)
    jobs.match_new(archive, [RIVER], desk, clock)
    for hour in range(3):
        clock.now = NOW + timedelta(hours=hour)
        with session(archive) as db:
            db.get_one(Article, 1).gone_at = None if hour == 1 else clock.now
        upkeep.raise_alerts(archive, [RIVER], desk, clock)

    assert kinds(archive) == ["new", "deleted", "deleted"]


def matches(engine, watch_id: int, moments) -> None:
    """Matches at these moments, in one version after the other."""
    with session(engine) as db:
        versions = list(db.scalars(select(Version.id)))
        taken = set(db.scalars(select(Match.version_id).where(Match.watch_id == watch_id)))
        free = iter(number for number in versions if number not in taken)
        for at in moments:
            db.add(
                Match(
                    watch_id=watch_id,
                    article_id=1,
                    version_id=next(free),
                    spans=[],
                    matched_at=at,
                    outcome="copy",
                )
            )


@pytest.fixture
def surging(archive, clock, tmp_path):
    """An archive whose watch found one article an hour for four days."""
    with session(archive) as db:
        row = watches.sync(db, [RIVER], NOW - 5 * DAY)[RIVER.name]
        db.add(Site(key="sana", name="سانا"))
        db.flush()
        for number in range(140):
            page = ArticleItem(
                site="sana",
                url=f"https://sana.example/{number}",
                headline=f"عنوان {number * 7919} {number}",
                body=f"متن {number}",
            )
            kept.keep(db, page, now=NOW)
    matches(archive, row.id, [NOW - timedelta(hours=n + 1.5) for n in range(96)])
    return archive


def test_a_watch_far_above_its_rhythm_raises_one_alert_with_the_counts(
    surging, clock, channel, tmp_path
):
    desk = config(tmp_path)
    matches(surging, 1, [NOW - timedelta(minutes=n) for n in range(20)])

    for minutes in (0, 5, 300):
        clock.now = NOW + timedelta(minutes=minutes)
        upkeep.raise_alerts(surging, [RIVER], desk, clock)
    jobs.deliver(surging, desk, clock)

    assert kinds(surging) == ["surge"]
    [message] = channel.sent
    assert message.alerts[0]["facts"]["count"] == 20
    assert "Matching articles since 14:00: 20 · usual: 0.8" in message.text


def test_a_busy_hour_within_the_rhythm_is_no_surge(surging, clock, tmp_path):
    matches(surging, 1, [NOW - timedelta(minutes=n) for n in range(9)])

    upkeep.raise_alerts(surging, [RIVER], config(tmp_path), clock)

    assert kinds(surging) == []


def test_a_watch_of_today_has_no_rhythm_to_be_above(archive, clock, tmp_path):
    with session(archive) as db:
        watches.sync(db, [RIVER], NOW - timedelta(hours=3))
    for number in range(12):
        keep(archive, number)
    jobs.match_new(archive, [RIVER], config(tmp_path), clock)

    upkeep.raise_alerts(archive, [RIVER], config(tmp_path), clock)

    assert "surge" not in kinds(archive)


def test_a_trouble_is_told_once_and_its_end_once(archive, clock, channel, tmp_path):
    desk = config(tmp_path)
    keep(archive)

    def site(**facts) -> None:
        with session(archive) as db:
            for name, value in facts.items():
                setattr(db.get_one(Site, "sana"), name, value)
        for _ in range(2):
            upkeep.watch_health(archive, desk, clock)
            jobs.deliver(archive, desk, clock)

    site(state="refused", state_reason="http 403")
    site(state="ok", state_reason=None)

    begun, ended = channel.sent
    assert begun.subject == "Rasid: trouble: سانا: the site refuses to be read"
    assert "Reason: http 403" in begun.text
    assert ended.subject == "Rasid: over: سانا: the site refuses to be read"
    assert ended.follows == [begun.key]
    with reading(archive) as db:
        assert ledger.status(db, now=NOW)["troubles"] == []


@pytest.mark.parametrize(("failures", "told"), [(2, 0), (3, 1)])
def test_a_site_is_failing_after_several_failures_and_not_before(
    archive, clock, tmp_path, failures, told
):
    keep(archive)
    with session(archive) as db:
        site = db.get_one(Site, "sana")
        site.state, site.failures = "failing", failures

    upkeep.watch_health(archive, config(tmp_path), clock)

    assert len(notices(archive, "health")) == told


def test_a_lost_worker_is_told_until_another_took_its_place(archive, clock, tmp_path):
    desk = config(tmp_path)
    with session(archive) as db:
        db.add(Worker(name="w1", started_at=NOW - DAY, seen_at=NOW - timedelta(hours=1)))

    upkeep.watch_health(archive, desk, clock)
    with session(archive) as db:
        db.add(Worker(name="w2", started_at=NOW, seen_at=NOW))
    upkeep.watch_health(archive, desk, clock)

    assert [(n.subject, n.facts["over"]) for n in notices(archive, "health")] == [
        ("worker:w1", False),
        ("worker:w1", True),
    ]


def test_a_channel_that_takes_nothing_is_told_to_the_others(archive, clock, tmp_path):
    desk = config(tmp_path)
    other = Channel(url=SecretStr("console"))
    desk = desk.model_copy(update={"channels": {**desk.channels, "operator": other}})
    keep(archive)
    jobs.match_new(archive, [RIVER.model_copy(update={"channels": ("desk",)})], desk, clock)
    with session(archive) as db:
        [delivery] = db.scalars(select(Delivery))
        delivery.attempts, delivery.last_error = 3, "desk: 503"

    upkeep.watch_health(archive, desk, clock)

    [notice] = notices(archive, "health")
    assert (notice.subject, notice.facts["reason"]) == ("channel:desk", "desk: 503")
    with reading(archive) as db:
        told = db.scalars(select(Delivery.channel).where(Delivery.notice_id.is_not(None)))
        assert list(told) == ["operator"]


def test_a_sum_that_does_not_close_is_a_trouble(archive, clock, tmp_path):
    keep(archive)
    with session(archive) as db:
        row = watches.sync(db, [RIVER], NOW)[RIVER.name]
        db.add(
            Match(
                watch_id=row.id,
                article_id=1,
                version_id=1,
                spans=[],
                matched_at=NOW,
                outcome="lost",
            )
        )

    upkeep.watch_health(archive, config(tmp_path), clock)

    [notice] = notices(archive, "health")
    assert "1 match is neither" in notice.facts["reason"]


def test_a_disk_with_too_little_room_is_a_trouble(tmp_path):
    desk = config(tmp_path)

    found = upkeep.full_disks(desk, lambda _: SimpleNamespace(free=499 * 1024 * 1024))

    assert [each["reason"] for each in found.values()] == ["499 MB free, 500 wanted"]
    assert upkeep.full_disks(desk, lambda _: SimpleNamespace(free=501 * 1024 * 1024)) == {}


def test_every_morning_a_card_says_how_much_was_read(archive, clock, channel, tmp_path):
    desk = config(tmp_path)
    keep(archive, now=NOW - DAY)
    ran(archive, NOW - DAY)
    ran(archive, NOW - timedelta(hours=9), fetched=4)
    jobs.match_new(archive, [RIVER], desk, clock)
    jobs.deliver(archive, desk, clock)
    channel.sent.clear()

    for hours in (0, 1, 17, 18, 24):
        clock.now = NOW + timedelta(hours=hours)
        with session(archive) as db:
            db.get_one(Site, "sana").last_success_at = clock.now
        upkeep.send_cards(archive, [RIVER], desk, clock)
        jobs.deliver(archive, desk, clock)

    today, tomorrow = (message.text for message in channel.sent)
    assert today.startswith("Rasid: a day's count, and the watching works")
    assert "Sites reached: 1 of 1" in today
    assert "Articles read: 7" in today
    assert "Versions evaluated: 1 · waiting: 0" in today
    assert "Watches: 1 · of their own cases: 1 of 1 right" in today
    assert "Last match: 2026-11-23 15:00 · شرق الفرات" in today
    assert tomorrow.startswith("Rasid: ")


def test_a_day_without_alerts_is_all_quiet(archive, clock, channel, tmp_path):
    desk = config(tmp_path)
    keep(archive, headline="خبر عن الطقس")
    ran(archive, NOW - DAY)
    jobs.match_new(archive, [RIVER], desk, clock)

    upkeep.send_cards(archive, [RIVER], desk, clock)
    jobs.deliver(archive, desk, clock)

    [message] = channel.sent
    assert message.subject == "Rasid: all quiet, and the watching works"
    assert "Last match: none yet · شرق الفرات" in message.text


def test_silence_that_may_be_deafness_says_so(archive, clock, channel, tmp_path):
    desk = config(tmp_path)
    keep(archive, now=NOW - 3 * DAY)
    ran(archive, NOW - 3 * DAY)
    wrong = RIVER.model_copy(update={"should_match": (Case(text="لا شيء"),)})

    upkeep.send_cards(archive, [wrong], desk, clock)
    jobs.deliver(archive, desk, clock)

    [message] = channel.sent
    assert message.subject == "Rasid: the watching was impaired"
    assert "! Sites not reached: سانا" in message.text
    assert "! Versions waiting for more than ten minutes: 1" in message.text
    assert "! Watches that fall short of their own cases: شرق الفرات" in message.text


def test_the_first_card_waits_for_its_morning(archive, clock, channel, tmp_path):
    ran_today = NOW - timedelta(hours=1)
    keep(archive)
    ran(archive, ran_today)

    upkeep.send_cards(archive, [RIVER], config(tmp_path), clock)

    assert notices(archive, "card") == []


def test_a_digest_ends_with_the_card_and_no_second_one_comes(archive, clock, channel, tmp_path):
    desk = config(tmp_path, mode="daily 08:00")
    desk.watches.write_text('[[watch]]\nname = "شرق الفرات"\nquery = "شرق الفرات"\n', "utf-8")
    keep(archive)
    ran(archive, NOW - DAY)
    jobs.match_new(archive, [RIVER], desk, clock)
    clock.now = datetime(2026, 11, 24, 5, 0, tzinfo=UTC)

    upkeep.send_cards(archive, [RIVER], desk, clock)
    jobs.deliver(archive, desk, clock)

    [message] = channel.sent
    assert message.kind == "digest"
    assert "Sites reached: 1 of 1" in message.text


def swept(engine, desk, clock, *listed: Watch) -> sweeping.Swept:
    return sweeping.sweep(engine, listed, desk, clock, days=3)


def test_a_sweep_of_what_was_evaluated_rightly_finds_no_difference(archive, clock, tmp_path):
    desk = config(tmp_path)
    with session(archive) as db:
        watches.sync(db, [RIVER], NOW - DAY)
    for number in range(5):
        keep(archive, number)
    jobs.match_new(archive, [RIVER], desk, clock)

    done = swept(archive, desk, clock, RIVER)

    assert (done.versions, done.defects, done.changed) == (5, 0, 0)
    assert [notice.facts["defects"] for notice in notices(archive, "sweep")] == [0]


def test_what_the_first_evaluation_missed_is_reported_and_told(archive, clock, channel, tmp_path):
    desk = config(tmp_path)
    with session(archive) as db:
        watches.sync(db, [RIVER], NOW - DAY)
    keep(archive)
    with session(archive) as db:
        # As a defect of the matcher would leave it.
        watches.mark_matched(db, [1], NOW)

    done = sweeping.sweep(
        archive, [RIVER], desk, clock, days=3, outlets=upkeep.health_outlets(desk, NOW)
    )
    jobs.deliver(archive, desk, clock)

    assert [each["watch"] for each in done.missed] == ["شرق الفرات"]
    assert kinds(archive) == ["new"]
    assert any("Missed at first: شرق الفرات" in message.text for message in channel.sent)
    assert swept(archive, desk, clock, RIVER).defects == 0


def test_what_should_never_have_matched_is_reported(archive, clock, tmp_path):
    desk = config(tmp_path)
    other = Watch(name="شرق الفرات", query="حمص")
    with session(archive) as db:
        watches.sync(db, [other], NOW - DAY)
    keep(archive)
    with session(archive) as db:
        [row] = db.scalars(select(Row))
        db.add(
            Match(
                watch_id=row.id,
                article_id=1,
                version_id=1,
                spans=[],
                matched_at=NOW,
                outcome="listed",
            )
        )
        watches.mark_matched(db, [1], NOW)

    assert [each["watch"] for each in swept(archive, desk, clock, other).lost] == ["شرق الفرات"]


def test_what_a_changed_watch_explains_is_counted_and_no_defect(archive, clock, tmp_path):
    desk = config(tmp_path)
    keep(archive)
    jobs.match_new(archive, [RIVER], desk, clock)
    clock.now += timedelta(hours=1)

    done = swept(archive, desk, clock, RIVER.model_copy(update={"query": "حمص"}))

    assert (done.defects, done.changed) == (0, 1)


def test_the_nightly_sweep_is_made_once_a_night(archive, clock, tmp_path):
    desk = config(tmp_path)
    keep(archive)
    ran(archive, NOW - DAY)

    for hours in (0, 1, 24):
        clock.now = NOW + timedelta(hours=hours)
        upkeep.sweep_nightly(archive, [RIVER], desk, clock)

    assert len(notices(archive, "sweep")) == 2


def test_channels_of_programs_hear_neither_cards_nor_troubles(archive, clock, tmp_path):
    desk = Config(
        channels={"file": Channel(url=SecretStr("jsonl:alerts.jsonl"))},
        watches=tmp_path / "watches.toml",
        archive=f"sqlite:///{tmp_path}/rasid.db",
        captures=None,
    )
    keep(archive)
    ran(archive, NOW - DAY)
    with session(archive) as db:
        db.get_one(Site, "sana").state = "refused"

    upkeep.tend(archive, [RIVER], desk, clock)

    with reading(archive) as db:
        assert list(db.scalars(select(Delivery))) == []
