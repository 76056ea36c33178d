"""Each trouble is told once, whatever happens meanwhile, and so is its end; both databases."""

from collections.abc import Callable
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select, update

from scheduler import jobs, upkeep
from storage.database import session
from storage.models import Delivery, Match, Site, Worker
from tests.scheduler.test_upkeep import DAY, NOW, RIVER, Clock, config, keep, notices

HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def clock() -> Clock:
    return Clock()


def told(engine) -> list[tuple[str, bool]]:
    return [(each.facts["trouble"], each.facts["over"]) for each in notices(engine, "health")]


def worker(name: str) -> Callable:
    return lambda db, now: db.add(Worker(name=name, started_at=now, seen_at=now))


def silent(db, now) -> None:
    db.add(Worker(name="w1", started_at=now - DAY, seen_at=now - HOUR))


def site(**facts) -> Callable:
    def change(db, now) -> None:
        row = db.get(Site, "sana") or Site(key="sana", name="سانا")
        for name, value in {"last_success_at": now, **facts}.items():
            setattr(row, name, value)
        db.add(row)

    return change


def unanswered(db, _now) -> None:
    for row in db.scalars(select(Delivery).where(Delivery.alert_id.is_not(None))):
        row.state, row.attempts, row.last_error = "failed", 28, "desk: 503"


def answered(db, now) -> None:
    row = Delivery(alert_id=None, notice_id=None, channel="desk", not_before=now)
    row.state, row.delivered_at = "delivered", now
    db.add(row)


def outcome(name: str) -> Callable:
    return lambda db, _now: db.execute(update(Match).values(outcome=name))


@pytest.mark.parametrize(
    ("trouble", "begins", "ends"),
    [
        ("refused", site(state="refused", state_reason="http 403"), site(state="ok")),
        ("quiet", site(state="quiet"), site(state="ok")),
        ("degraded", site(state="degraded"), site(state="ok")),
        ("failing", site(state="failing", failures=3), site(state="ok", failures=0)),
        ("lost", silent, worker("w2")),
        ("channel", unanswered, answered),
        ("ledger", outcome("lost"), outcome("alerted")),
    ],
)
def test_a_trouble_is_told_once_and_ends_when_it_is_over_not_with_time(
    archive, clock, tmp_path, trouble, begins, ends
):
    desk = config(tmp_path)
    keep(archive)
    jobs.match_new(archive, [RIVER], desk, clock)
    said = []
    for change in (lambda _db, _now: None, begins, None, None, ends, None):
        with session(archive) as db:
            if change is not None:
                change(db, clock.now)
        upkeep.watch_health(archive, desk, clock)
        said.append(told(archive))
        clock.now += MINUTE if change is ends else DAY

    begun, over = [(trouble, False)], [(trouble, False), (trouble, True)]
    assert said == [[], begun, begun, begun, over, over]


def test_a_disk_that_hovers_about_the_limit_is_one_trouble(archive, clock, tmp_path, monkeypatch):
    desk = config(tmp_path)
    said = []
    for free in (900, 499, 501, 498, 590, 601, 501):
        found = SimpleNamespace(free=free * 1024 * 1024)
        monkeypatch.setattr(upkeep.full_disks, "__defaults__", (lambda _, f=found: f,))
        upkeep.watch_health(archive, desk, clock)
        said.append(len(told(archive)))

    assert said == [0, 1, 1, 1, 1, 2, 2]


def test_what_was_given_up_on_a_channel_that_was_taken_away_is_no_trouble(archive, clock, tmp_path):
    desk = config(tmp_path)
    keep(archive)
    jobs.match_new(archive, [RIVER.model_copy(update={"channels": ("gone",)})], desk, clock)
    with session(archive) as db:
        unanswered(db, NOW)

    upkeep.watch_health(archive, desk, clock)

    assert told(archive) == []


def test_a_failing_channel_says_how_many_wait_and_how_many_were_given_up(archive, clock, tmp_path):
    desk = config(tmp_path)
    for number in range(3):
        keep(archive, number, headline=f"{'خبر' * number} من شرق الفرات")
    jobs.match_new(archive, [RIVER], desk, clock)
    with session(archive) as db:
        first, *others = db.scalars(select(Delivery).order_by(Delivery.id))
        first.state, first.last_error = "failed", "desk: 503"
        for each in others:
            each.attempts, each.last_error = 3, "desk: 503"

    upkeep.watch_health(archive, desk, clock)

    [notice] = notices(archive, "health")
    assert (notice.facts["waiting"], notice.facts["failed"]) == (2, 1)
