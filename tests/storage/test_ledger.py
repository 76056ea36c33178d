from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text

from scraper.items import ArticleItem
from storage import checks, ledger
from storage.archive import keep
from storage.backup import back_up
from storage.database import open_archive, reading, session
from storage.errors import ArchiveError, InputError
from storage.models import (
    Alert,
    Article,
    ArticleIndex,
    Cluster,
    Delivery,
    Match,
    Run,
    Site,
    Version,
    Watch,
    Worker,
)

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


def ago(**when):
    return NOW - timedelta(**when)


def add(engine, *rows):
    with session(engine) as db:
        for row in rows:
            db.add(row)
            db.flush()


def run(**fields):
    options = {
        "site_key": "a",
        "worker": "w",
        "started_at": ago(hours=1),
        "ended_at": ago(minutes=59),
        "outcome": "ok",
    }
    counts = {"refused": {}, "failed": {}, "notes": []}
    return Run(**options | counts | fields)


def status(engine):
    with reading(engine) as db:
        return ledger.status(db, now=NOW)


@pytest.fixture
def kept(archive):
    """Two articles of one site, one of them revised."""
    add(archive, Site(key="a", name="أ"))
    for number, body in ((1, "نص"), (2, "نص آخر"), (1, "مصحح")):
        page = ArticleItem("a", f"https://a.org/{number}", f"خبر {number}", body)
        with session(archive) as db:
            keep(db, page, now=ago(minutes=30))
    return archive


def matched(outcome, number, **fields):
    match = Match(
        watch_id=1,
        article_id=1,
        version_id=number,
        spans=[],
        matched_at=NOW,
        outcome=outcome,
    )
    for name, value in fields.items():
        setattr(match, name, value)
    return match


def watch():
    return Watch(name="الفرات", query="الفرات", settings={}, created_at=NOW, changed_at=NOW)


def alert(**fields):
    options = {"watch_id": 1, "cluster_id": 1, "article_id": 1, "version_id": 1, "kind": "new"}
    return Alert(**options | {"created_at": ago(hours=1)} | fields)


def delivery(channel, state, number=1):
    return Delivery(alert_id=number, channel=channel, state=state, not_before=NOW)


def test_an_empty_archive_closes(archive):
    said = status(archive)

    assert (said["sites"], said["workers"], said["gaps"]) == ([], [], [])
    assert said["runs"]["discovered"] == 0
    assert (said["at"], said["since"]) == ("2026-11-23T12:00:00Z", "2026-11-22T12:00:00Z")


def test_the_runs_of_a_day_are_added_up_for_each_site(archive):
    add(
        archive,
        Site(key="a", name="أ"),
        Site(key="b", name="ب"),
        run(discovered=10, known=3, fetched=4, new=2, unchanged=2, left=1, refused={"x": 2}),
        run(discovered=1, failed={"timeout": 1}),
        run(discovered=99, known=99, started_at=ago(hours=25)),
        run(site_key="b", discovered=5, known=5),
    )

    said = status(archive)
    a, b = (site["ledger"] for site in said["sites"])

    assert (a["runs"], a["discovered"], a["known"], a["fetched"], a["left"]) == (2, 11, 3, 4, 1)
    assert (a["refused"], a["failed"], a["gap"]) == ({"x": 2}, {"timeout": 1}, 0)
    assert b["discovered"] == 5
    assert said["runs"]["discovered"] == 16
    assert said["gaps"] == []


def test_a_sum_that_does_not_close_is_shown_even_where_two_runs_cancel_out(archive):
    add(
        archive,
        Site(key="a", name="أ"),
        run(discovered=10, known=9),
        run(discovered=10, known=11),
    )

    said = status(archive)

    assert said["sites"][0]["ledger"]["gap"] == 2
    assert "a: 2 addresses unaccounted for" in said["gaps"][0]


def test_a_run_without_end_was_killed_unless_its_worker_still_holds_the_site(archive):
    add(
        archive,
        Site(key="a", name="أ", lease_owner="w", lease_until=NOW + timedelta(minutes=1)),
        Site(key="b", name="ب", lease_owner="w", lease_until=ago(minutes=1)),
        run(ended_at=None, started_at=ago(hours=2)),
        run(ended_at=None, started_at=ago(minutes=2)),
        run(ended_at=None, site_key="b"),
    )

    said = status(archive)
    a, b = (site["ledger"] for site in said["sites"])

    assert (a["running"], a["killed"]) == (1, 1)
    assert (b["running"], b["killed"]) == (0, 1)
    assert said["sites"][0]["lease"] == {"owner": "w", "until": "2026-11-23T12:01:00Z"}
    assert said["sites"][1]["lease"] is None


def test_a_worker_that_is_not_heard_of_is_silent(archive):
    add(
        archive,
        Worker(name="a", started_at=ago(hours=1), seen_at=ago(seconds=10)),
        Worker(name="b", started_at=ago(hours=2), seen_at=ago(hours=1)),
        Worker(name="c", started_at=ago(hours=3), seen_at=ago(hours=1), ended_at=ago(hours=1)),
        Worker(name="d", started_at=ago(days=3), seen_at=ago(days=2)),
    )

    states = {worker["worker"]: worker["state"] for worker in status(archive)["workers"]}

    assert states == {"c": "ended", "b": "silent", "a": "alive"}


def test_versions_no_watch_has_looked_at_are_waiting(kept):
    with session(kept) as db:
        db.get_one(Version, 1).matched_at = NOW

    assert status(kept)["versions"] == {
        "written": 3,
        "evaluated": 1,
        "waiting": 2,
        "waiting_since": "2026-11-23T11:30:00Z",
    }


def test_matches_and_deliveries_are_counted_by_what_became_of_them(kept):
    add(
        kept,
        watch(),
        alert(),
        alert(),
        alert(created_at=ago(days=2)),
        matched("alerted", 1, alert_id=1),
        matched("listed", 2),
        matched("copy", 3),
        delivery("mail", "delivered"),
        delivery("chat", "failed"),
        delivery("mail", "pending", 3),
    )

    said = status(kept)

    assert said["matches"] == {
        "matches": 3, "alerted": 1, "copy": 1, "too_old": 0, "muted": 0, "listed": 1, "gap": 0,
    }  # fmt: skip
    assert (said["alerts"]["alerts"], said["alerts"]["without_channel"]) == (2, 1)
    assert said["alerts"]["channels"]["mail"]["delivered"] == 1
    assert said["alerts"]["channels"]["mail"]["pending"] == 0
    assert said["alerts"]["channels"]["chat"]["failed"] == 1
    assert said["gaps"] == []


def test_matches_and_deliveries_nobody_accounts_for_are_gaps(kept):
    add(kept, watch(), alert(), matched("alerted", 1), matched("lost", 2), delivery("mail", "odd"))

    assert status(kept)["gaps"] == [
        "2 matches are neither alerted, copy, too_old, muted nor listed",
        "mail: 1 delivery is in no known state",
    ]


def faults(engine):
    with reading(engine) as db:
        found = list(checks.check(db))
    with session(engine) as db:
        found += checks.check_index(db)
    return {finding.check: finding.examples for finding in found if finding.wrong}


def test_an_archive_as_it_was_written_has_no_faults(kept):
    assert faults(kept) == {}


def _alter(engine, change):
    with session(engine) as db:
        change(db)


@pytest.mark.parametrize(
    ("change", "check"),
    [
        (lambda db: setattr(db.get(Version, 3), "body", "غير"), "texts that do not fit"),
        (lambda db: setattr(db.get(ArticleIndex, 1), "body", "قديم"), "index behind the text"),
        (lambda db: db.delete(db.get(ArticleIndex, 1)), "articles without index"),
        (lambda db: setattr(db.get(Cluster, 1), "size", 7), "clusters that count wrong"),
        (
            lambda db: setattr(db.get(Cluster, 1), "representative_id", 2),
            "clusters without representative",
        ),
        (lambda db: setattr(db.get(Article, 1), "version_number", 3), "without their version"),
        (lambda db: setattr(db.get(Version, 1), "number", 5), "versions not numbered"),
        (lambda db: setattr(db.get(Article, 1), "headline", "غير"), "differ from their version"),
        (lambda db: db.add(run(discovered=3)), "runs whose sum does not close"),
    ],
)
def test_a_fault_is_found_and_its_place_named(kept, change, check):
    _alter(kept, change)

    [(_, examples)] = [(name, where) for name, where in faults(kept).items() if check in name]
    assert examples


def test_a_broken_search_index_is_found(sqlite_archive):
    add(sqlite_archive, Site(key="a", name="أ"))
    with session(sqlite_archive) as db:
        keep(db, ArticleItem("a", "https://a.org/1", "خبر", "نص"), now=NOW)
        db.execute(text("DROP TRIGGER article_index_update"))
        db.execute(text("UPDATE article_index SET body = 'x'"))

    assert "full-text index" in faults(sqlite_archive)


def test_statistics_count_every_table_and_site(kept):
    with reading(kept) as db:
        said = checks.statistics(db)

    assert (said["tables"]["article"], said["tables"]["version"]) == (2, 3)
    [site] = said["sites"]
    assert (site["site"], site["articles"], site["related"]) == ("a", 2, 0)
    assert said["bytes"] > 0


def test_a_backup_is_an_archive_again(sqlite_archive, tmp_path):
    add(sqlite_archive, Site(key="a", name="أ"))
    with session(sqlite_archive) as db:
        keep(db, ArticleItem("a", "https://a.org/1", "خبر", "نص"), now=NOW)
    # A writer at work does not stop it, and what it has not committed is not in it.
    with session(sqlite_archive) as db:
        db.add(Site(key="b", name="ب"))
        db.flush()
        size = back_up(sqlite_archive, tmp_path / "backup.db")

    copy = open_archive(f"sqlite:///{tmp_path / 'backup.db'}")
    with reading(copy) as db:
        assert db.get(Article, 1).headline == "خبر"
        assert db.get(Site, "b") is None
    assert faults(copy) == {}
    assert size == (tmp_path / "backup.db").stat().st_size
    copy.dispose()


def test_a_backup_of_postgresql_is_a_dump(postgres_archive, tmp_path):
    back_up(postgres_archive, tmp_path / "archive.dump")

    assert (tmp_path / "archive.dump").read_bytes().startswith(b"PGDMP")


def test_without_pg_dump_the_message_says_what_to_install(postgres_archive, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))

    with pytest.raises(ArchiveError, match="pg_dump is not installed"):
        back_up(postgres_archive, tmp_path / "archive.dump")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("name", ["there", "absent/backup.db"])
def test_a_backup_overwrites_nothing(sqlite_archive, tmp_path, name):
    (tmp_path / "there").write_text("mine")

    with pytest.raises(InputError):
        back_up(sqlite_archive, tmp_path / name)
    assert (tmp_path / "there").read_text() == "mine"
