import threading
import time
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine

from storage import leases, sites
from storage.database import reading, session
from storage.errors import LeaseLost
from storage.leases import Lease
from storage.models import Site, Worker

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def two_sites(archive: Engine) -> Engine:
    with session(archive) as db:
        sites.register(
            db,
            [
                sites.Listed("alpha", "ألفا", enabled=True, interval=15 * MINUTE),
                sites.Listed("beta", "بيتا", enabled=True, interval=15 * MINUTE),
            ],
            now=NOW,
        )
    return archive


def take(archive: Engine, owner: str, now: datetime = NOW) -> Lease | None:
    with session(archive) as db:
        leased = leases.lease_due(db, owner=owner, now=now, seconds=60, among=("alpha", "beta"))
    return leased[0] if leased else None


def test_a_site_is_with_one_worker_at_a_time(two_sites):
    taken = [take(two_sites, owner) for owner in ("first", "second", "third")]

    assert [lease and lease.site for lease in taken] == ["alpha", "beta", None]


def test_a_lease_that_was_not_renewed_goes_to_the_next_worker_with_a_higher_fence(two_sites):
    frozen = take(two_sites, "frozen")
    heir = take(two_sites, "heir", NOW + 2 * MINUTE)

    assert heir.site == frozen.site
    assert heir.fence == frozen.fence + 1


def test_what_a_frozen_worker_writes_after_its_lease_was_taken_is_refused(two_sites):
    frozen = take(two_sites, "frozen")
    take(two_sites, "heir", NOW + 2 * MINUTE)

    with pytest.raises(LeaseLost, match="another worker"), session(two_sites) as db:
        leases.check(db, frozen)
    with pytest.raises(LeaseLost), session(two_sites) as db:
        leases.renew(db, frozen, now=NOW, seconds=60)
    with pytest.raises(LeaseLost), session(two_sites) as db:
        leases.release(db, frozen, next_due=NOW)


def test_a_late_worker_whose_site_nobody_took_may_still_write(two_sites):
    late = take(two_sites, "late")

    with session(two_sites) as db:
        leases.check(db, late)
        leases.renew(db, late, now=NOW + 5 * MINUTE, seconds=60)


def test_a_site_given_back_is_leased_again_when_it_is_due(two_sites):
    for minutes in (10, 20):
        lease = take(two_sites, "first")
        with session(two_sites) as db:
            leases.release(db, lease, next_due=NOW + minutes * MINUTE)

    assert take(two_sites, "second", NOW + 5 * MINUTE) is None
    assert take(two_sites, "second", NOW + 30 * MINUTE).site == "alpha"
    assert take(two_sites, "third", NOW + 30 * MINUTE).site == "beta"


def test_a_disabled_site_is_never_due_but_can_be_leased_by_name(two_sites):
    with session(two_sites) as db:
        off = [sites.Listed(key, key, enabled=False, interval=MINUTE) for key in ("alpha", "beta")]
        sites.register(db, off, now=NOW)

    assert take(two_sites, "first") is None
    with session(two_sites) as db:
        lease = leases.lease_site(db, "alpha", owner="person", now=NOW, seconds=60)
        again = leases.lease_site(db, "alpha", owner="other", now=NOW, seconds=60)
    assert lease.site == "alpha"
    assert again is None


def test_a_worker_is_known_by_its_heartbeat_until_it_ends(two_sites):
    with session(two_sites) as db:
        leases.beat(db, "w1", now=NOW)
        leases.beat(db, "w1", now=NOW + MINUTE)
        leases.beat(db, "w2", now=NOW)
        leases.beat(db, "w2", now=NOW + MINUTE, ended=True)

    with reading(two_sites) as db:
        assert db.get_one(Worker, "w1").seen_at == NOW + MINUTE
        assert db.get_one(Worker, "w1").ended_at is None
        assert db.get_one(Worker, "w2").ended_at == NOW + MINUTE


def test_the_clock_is_aware_and_in_utc(archive):
    with reading(archive) as db:
        assert leases.clock(db).utcoffset() == timedelta(0)


def test_a_worker_that_does_not_know_a_site_leaves_it_to_those_that_do(two_sites):
    with session(two_sites) as db:
        sites.register(db, [sites.Listed("beta", "بيتا", enabled=False, interval=MINUTE)], now=NOW)

    with reading(two_sites) as db:
        assert db.get_one(Site, "alpha").enabled
        assert not db.get_one(Site, "beta").enabled


def grouped(archive: Engine) -> None:
    with session(archive) as db:
        on_one = {"enabled": True, "interval": 15 * MINUTE, "group": "one"}
        sites.register(
            db,
            [sites.Listed("alpha", "ألفا", **on_one), sites.Listed("beta", "بيتا", **on_one)],
            now=NOW,
        )


def test_of_sites_on_one_server_one_is_visited_at_a_time(archive):
    grouped(archive)

    first, second = take(archive, "first"), take(archive, "second")
    assert (first.site, second) == ("alpha", None)

    with session(archive) as db:
        assert leases.lease_site(db, "beta", owner="by hand", now=NOW, seconds=60) is None
        leases.release(db, first, next_due=NOW + MINUTE)
    assert take(archive, "second").site == "beta"


def test_two_workers_that_choose_two_sites_of_one_server_at_one_moment_get_one(postgres_archive):
    grouped(postgres_archive)
    found: list[Lease | None] = []
    together = threading.Barrier(2)

    def choose(key: str) -> None:
        together.wait()
        with session(postgres_archive) as db:
            found.append(leases.lease_site(db, key, owner=key, now=NOW, seconds=60))
            time.sleep(0.05)

    for _ in range(5):
        found.clear()
        threads = [threading.Thread(target=choose, args=(key,)) for key in ("alpha", "beta")]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        [lease] = [lease for lease in found if lease is not None]
        with session(postgres_archive) as db:
            leases.release(db, lease, next_due=NOW)


def test_a_due_site_is_found_behind_many_that_this_worker_does_not_know(archive):
    others = [
        sites.Listed(f"other{n:03}", "غيره", enabled=True, interval=15 * MINUTE) for n in range(250)
    ]
    with session(archive) as db:
        sites.register(db, others, now=NOW)
        sites.register(db, [sites.Listed("z", "ز", enabled=True, interval=MINUTE)], now=NOW)

    with session(archive) as db:
        [lease] = leases.lease_due(db, owner="first", now=NOW, seconds=60, among={"z"})

    assert lease.site == "z"


def test_several_sites_are_leased_at_once_those_due_longest_first_and_one_of_a_server(archive):
    listed = [
        sites.Listed(f"s{n}", "س", enabled=True, interval=15 * MINUTE, group="g" if n < 3 else None)
        for n in range(1, 7)
    ]
    with session(archive) as db:
        sites.register(db, listed, now=NOW)
        for n in range(1, 7):
            db.get_one(Site, f"s{n}").next_due = NOW - n * MINUTE

    with session(archive) as db:
        leased = leases.lease_due(
            db, owner="first", now=NOW, seconds=60, among={f"s{n}" for n in range(1, 6)}, most=4
        )

    assert [lease.site for lease in leased] == ["s5", "s4", "s3", "s2"]
    with session(archive) as db:
        among = {site.key for site in listed}
        rest = leases.lease_due(db, owner="second", now=NOW, seconds=60, among=among, most=4)
    assert [lease.site for lease in rest] == ["s6"]
