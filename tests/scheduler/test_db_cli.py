"""`rasid db` and `rasid status`, as they are typed."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.cli.app import run
from storage.database import open_archive, session
from storage.models import Cluster, Run, Site


@pytest.fixture
def desk(archive_url, tmp_path, monkeypatch):
    """A working directory with a configuration and an archive of one article."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rasid.toml").write_text(f"archive = {json.dumps(archive_url)}\n")
    (tmp_path / "news.jsonl").write_text('{"title": "خبر", "url": "https://example.org/1"}\n')
    assert run(["import", "news.jsonl"]) == 0
    return archive_url


def add(url, *rows):
    engine = open_archive(url)
    with session(engine) as db:
        for row in rows:
            db.add(row)
            db.flush()
    engine.dispose()


def told(capfd, *arguments, status=0):
    capfd.readouterr()
    assert run(list(arguments)) == status
    return capfd.readouterr().out


def test_an_archive_in_order_passes_its_check(desk, capfd):
    out = told(capfd, "db", "check")
    said = json.loads(told(capfd, "db", "check", "--json"))

    assert out.splitlines()[-1] == "1 article, 0 faults"
    assert (said["articles"], said["wrong"]) == (1, 0)
    assert said["checks"]["index behind the text"] == {"wrong": 0, "examples": []}


def test_a_fault_ends_the_check_with_status_1(desk, capfd):
    add(desk, Cluster(first_seen_at=datetime.now(UTC), size=3))

    out = told(capfd, "db", "check", status=1)

    assert "clusters that count wrong: 1: 2" in out


def test_statistics_name_sites_and_tables(desk, capfd):
    assert "example.org\t1" in told(capfd, "db", "stats")
    assert json.loads(told(capfd, "db", "stats", "--json"))["tables"]["article"] == 1


def test_a_backup_goes_to_a_new_file(desk, capfd, tmp_path):
    said = json.loads(told(capfd, "db", "backup", "backup.db", "--json"))

    assert said["bytes"] == (tmp_path / "backup.db").stat().st_size
    assert run(["db", "backup", "backup.db"]) == 2
    assert "name a new file" in capfd.readouterr().err


def test_an_upgrade_of_what_is_new_does_nothing(desk, capfd):
    assert "nothing to do" in told(capfd, "db", "upgrade")


def test_an_upgrade_makes_an_empty_archive(blank_url, tmp_path, monkeypatch, capfd):
    monkeypatch.setenv("RASID_ARCHIVE", blank_url)
    monkeypatch.chdir(tmp_path)

    said = json.loads(told(capfd, "db", "upgrade", "--json"))

    assert said["before"] == 0
    assert told(capfd, "db", "check").endswith("0 articles, 0 faults\n")


def test_an_archive_that_is_not_there_is_the_users_mistake(tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)

    for command in (["db", "check"], ["db", "stats"], ["status"], ["search", "قسد"]):
        assert run(command) == 2
        assert "there is no such file" in capfd.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_status_tells_sites_and_sums(desk, capfd):
    now = datetime.now(UTC)
    refused = Site(key="b", name="ب", state="refused", state_reason="403", state_since=now)
    add(
        desk,
        refused,
        Run(
            site_key="b",
            worker="w",
            started_at=now - timedelta(hours=1),
            ended_at=now,
            discovered=3,
            known=2,
            refused={"http_403": 1},
            failed={},
            notes=[],
        ),
    )

    out = told(capfd, "status")
    said = json.loads(told(capfd, "status", "--json"))

    assert "b\trefused\t" in out
    assert "\t403" in out
    assert "3 discovered = 2 known + 0 fetched + 1 refused + 0 failed + 0 left" in out
    assert "1 site, and 1 that only came in through imports" in out
    assert "versions: 1 written = 0 evaluated + 1 waiting" in out
    assert [site["site"] for site in said["sites"]] == ["b", "example.org"]
    assert said["gaps"] == []


def test_an_open_sum_is_shown_and_ends_status_with_1(desk, capfd):
    now = datetime.now(UTC)
    add(
        desk,
        Run(
            site_key="example.org",
            worker="w",
            started_at=now,
            ended_at=now,
            discovered=3,
            refused={},
            failed={},
            notes=[],
        ),
    )

    assert run(["status"]) == 1
    assert "does not close: example.org: 3 addresses unaccounted for" in capfd.readouterr().err
