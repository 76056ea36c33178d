from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, select

from storage import hosts, ledger, sites
from storage.database import reading, session
from storage.health_tables import Condition, Host
from storage.models import Article, Cluster, Site
from storage.sites import Listed, jittered

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def listed(minutes: int = 30, **fields) -> Listed:
    return Listed(
        **{"key": "alpha", "name": "ألفا", "enabled": True, "interval": minutes * MINUTE, **fields}
    )


def register(archive: Engine, *sites_: Listed, now: datetime = NOW) -> None:
    with session(archive) as db:
        sites.register(db, sites_, now=now)


def site(archive: Engine) -> Site:
    with reading(archive) as db:
        return db.get_one(Site, "alpha")


def poll(archive: Engine, outcome: str = "ok", now: datetime = NOW, **fields) -> timedelta:
    told = {"reason": None, "listed": 10, "new": 0, **fields}
    with session(archive) as db:
        return sites.record_poll(db, "alpha", outcome=outcome, now=now, **told)


def states(archive: Engine) -> list[tuple[str, datetime, datetime | None]]:
    with reading(archive) as db:
        found = db.scalars(select(Condition).order_by(Condition.since))
        return [(each.state, each.since, each.until) for each in found]


def test_an_interval_stated_anew_reaches_a_site_that_was_adapting(archive):
    register(archive, listed(30))
    for _ in range(5):
        poll(archive)
    assert site(archive).interval_seconds > 5000
    with session(archive) as db:
        db.get_one(Site, "alpha").next_due = NOW + 3 * HOUR

    register(archive, listed(30))
    assert site(archive).interval_seconds > 5000

    register(archive, listed(10))
    assert site(archive).interval_seconds == 600
    assert site(archive).next_due == NOW + 10 * MINUTE


def test_an_interval_stated_anew_does_not_hurry_a_site_that_fails(archive):
    register(archive, listed(30))
    poll(archive, "failing", reason="dns")
    with session(archive) as db:
        db.get_one(Site, "alpha").next_due = NOW + 3 * HOUR

    register(archive, listed(10))

    assert site(archive).next_due == NOW + 3 * HOUR


def test_a_site_that_fails_is_asked_less_and_at_least_once_a_day(archive):
    register(archive, listed(30))

    waits = [poll(archive, "failing", reason="dns") for _ in range(9)]

    assert waits[:3] == [60 * MINUTE, 120 * MINUTE, 240 * MINUTE]
    assert waits[-1] == DAY
    assert poll(archive, listed=10, new=3) == 30 * MINUTE


def test_states_are_written_down_with_when_they_began_and_ended(archive):
    register(archive, listed(30))
    poll(archive, now=NOW)
    poll(archive, now=NOW + HOUR)
    poll(archive, "refused", now=NOW + 2 * HOUR, reason="no route works: http_403")
    poll(archive, "refused", now=NOW + 3 * HOUR, reason="no route works: challenge")
    poll(archive, now=NOW + 50 * HOUR)

    assert states(archive) == [
        ("ok", NOW, NOW + 2 * HOUR),
        ("refused", NOW + 2 * HOUR, NOW + 50 * HOUR),
        ("ok", NOW + 50 * HOUR, None),
    ]
    with reading(archive) as db:
        [told] = ledger.status(db, now=NOW + 51 * HOUR)["sites"]
    assert told["recovered"] == (
        "ok again since 2026-11-27 14:00 UTC, after 48 h refused (no route works: http_403)"
    )
    assert [each["state"] for each in told["conditions"]] == ["ok", "refused", "ok"]


def test_a_site_that_falls_silent_is_quiet_until_it_says_something(archive):
    register(archive, listed(30))
    with session(archive) as db:
        for hours in range(1, 24 * 20):
            came = NOW - hours * HOUR
            cluster = Cluster(first_seen_at=came)
            db.add(cluster)
            db.flush()
            db.add(
                Article(
                    site_key="alpha",
                    url_key=f"a/{hours}",
                    url=f"http://a/{hours}",
                    headline="خبر",
                    digest="",
                    published_at=came,
                    first_seen_at=came,
                    last_seen_at=came,
                    cluster_id=cluster.id,
                )
            )
    poll(archive, now=NOW, new=1)
    poll(archive, now=NOW + 4 * HOUR)
    assert site(archive).state == "ok"

    poll(archive, now=NOW + 30 * HOUR)
    quiet = site(archive)
    assert (quiet.state, quiet.state_since) == ("quiet", NOW + 30 * HOUR)
    assert "nothing new for 30 h" in quiet.state_reason

    poll(archive, now=NOW + 31 * HOUR, new=1)
    assert site(archive).state == "ok"


@pytest.mark.parametrize("chance", [0.0, 0.3, 1.0])
def test_jitter_is_a_tenth_at_most(chance):
    assert 54 * MINUTE <= jittered(HOUR, chance) <= 66 * MINUTE


def test_a_host_that_asks_for_rest_again_and_again_gets_more_and_an_answer_clears_it(archive):
    def rest(now, asked=None):
        with session(archive) as db:
            return hosts.rest(db, "a.example", reason="http_429", asked=asked, now=now) - now

    def resting(now):
        with reading(archive) as db:
            return list(hosts.resting(db, ["a.example", "b.example"], now=now))

    assert rest(NOW) == 5 * MINUTE
    # What was on its way when it first said so is no second strike.
    assert rest(NOW + MINUTE) == 5 * MINUTE
    assert rest(NOW + 6 * MINUTE) == 10 * MINUTE
    assert rest(NOW + HOUR, asked=2 * HOUR) == 2 * HOUR
    assert resting(NOW + 2 * HOUR) == ["a.example"]
    assert resting(NOW + 4 * HOUR) == []

    with session(archive) as db:
        hosts.well(db, ["a.example"])
    with reading(archive) as db:
        assert db.scalars(select(Host)).all() == []
    assert rest(NOW + 5 * HOUR) == 5 * MINUTE


def test_who_rests_is_told_by_status(archive):
    register(archive, listed(30))
    with session(archive) as db:
        hosts.rest(db, "a.example", reason="http_429", asked=HOUR, now=NOW)

    with reading(archive) as db:
        [told] = ledger.status(db, now=NOW)["hosts"]

    assert (told["host"], told["reason"], told["until"]) == (
        "a.example",
        "http_429",
        "2026-11-25T13:00:00Z",
    )


def test_sites_on_the_server_that_wants_rest_wait_too(archive):
    register(
        archive,
        listed(key="alpha", group="one"),
        listed(key="beta", group="one"),
        listed(key="gamma"),
    )
    with session(archive) as db:
        for each in db.scalars(select(Site)):
            each.next_due = NOW

    with session(archive) as db:
        sites.hold_group(db, "alpha", until=NOW + HOUR)

    with reading(archive) as db:
        dues = {each.key: each.next_due for each in db.scalars(select(Site))}
    assert dues == {"alpha": NOW, "beta": NOW + HOUR, "gamma": NOW}
