"""`rasid db prune`: old captures are given up, the evidence of alerts is not."""

import json
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import select

from scheduler import upkeep
from scheduler.cli.app import run
from scheduler.config import Config
from storage import archive
from storage.captures import Writer
from storage.database import reading, session
from storage.models import Alert, Capture, Notice, Version, Watch
from tests.captured import NOW, exchange, furnish, keep, page, read, url_of


@pytest.fixture
def desk(tmp_path, monkeypatch, archive_url):
    """Three captured articles; the second one raised an alert."""
    monkeypatch.chdir(tmp_path)
    # Long ago, by the clock of the command.
    monkeypatch.setattr("tests.captured.NOW", NOW.replace(year=2024))
    _, engine = furnish(tmp_path, 3, archive_url)
    with session(engine) as db:
        db.add(Watch(id=1, name="w", query="x", settings={}, created_at=NOW, changed_at=NOW))
        db.flush()
        db.add(
            Alert(watch_id=1, cluster_id=2, article_id=2, version_id=2, kind="new", created_at=NOW)
        )
    yield engine
    engine.dispose()


def said(capfd, *arguments, status=0):
    capfd.readouterr()
    assert run([*arguments, "--json"]) == status
    return json.loads(capfd.readouterr().out)


def test_the_evidence_of_an_alert_outlives_the_rest_and_is_still_proved(desk, capfd, tmp_path):
    before = list((tmp_path / "captures").glob("*.warc.gz"))
    assert said(capfd, "db", "prune", "--days", "30")["dropped"] == 2

    assert not before[0].exists()
    assert said(capfd, "verify", "alert:1")["outcomes"] == {"verified": 1}
    assert said(capfd, "verify", "article:2")["outcomes"] == {"verified": 1}
    [verdict] = said(capfd, "verify", "article:1", status=1)["verdicts"]
    assert "its bytes were given up on" in verdict["checks"]["capture"]["said"]
    assert said(capfd, "db", "check", "--captures", "all")["wrong"] == 0
    with reading(desk) as db:
        assert len(db.scalars(select(Version.body).where(Version.body != "")).all()) == 3
        assert all(db.scalars(select(Capture.record_sha256)).all())


def test_pruning_again_or_dry_changes_nothing(desk, capfd, tmp_path):
    files = {path: path.read_bytes() for path in (tmp_path / "captures").glob("*.warc.gz")}
    assert said(capfd, "db", "prune", "--days", "30", "--dry-run")["dropped"] == 2
    assert said(capfd, "db", "prune", "--days", "9999")["dropped"] == 0
    assert {path: path.read_bytes() for path in files} == files

    said(capfd, "db", "prune", "--days", "30")
    assert said(capfd, "db", "prune", "--days", "30") == {"dropped": 0, "moved": 0, "files": []}
    assert said(capfd, "verify", "alert:1")["ok"] is True


def test_a_robots_txt_that_a_later_capture_rests_on_stays_though_its_file_goes(
    tmp_path, monkeypatch, capfd, archive_url
):
    monkeypatch.chdir(tmp_path)
    config, engine = furnish(tmp_path, archive=archive_url)
    early, recent = NOW.replace(year=2024), datetime.now(UTC)
    writer = Writer(config.captures, "early", software="Rasid")
    proof = writer.write(exchange("https://alpha.example/robots.txt", b"User-agent: *", early))
    with session(engine) as db:
        keep(db, writer, 3, early)
    writer.close()
    writer = Writer(config.captures, "later", software="Rasid")
    robots = {
        "verdict": "allowed",
        "status": 200,
        **{
            name: getattr(proof, name)
            for name in ("warc", "offset", "sha256", "length", "record_sha256")
        },
    }
    with session(engine) as db:
        later = exchange(url_of(2), page(2), recent)
        record = replace(writer.write(later), robots=robots)
        item = read(page(2), url_of(2), recent)
        archive.keep(db, item, now=recent, capture=lambda: record)
    writer.close()

    assert said(capfd, "db", "prune", "--days", "30")["dropped"] == 1

    assert not (config.captures / proof.warc).exists()
    assert said(capfd, "verify", "article:3")["outcomes"] == {"verified": 1}
    engine.dispose()


def test_what_a_kill_left_behind_goes_the_next_time(desk, capfd, tmp_path, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr(Path, "unlink", lambda *_, **__: None)  # killed before this
        [old] = said(capfd, "db", "prune", "--days", "30")["files"]
    os.utime(tmp_path / "captures" / old, (0, 0))

    assert said(capfd, "db", "prune", "--days", "30") == {"dropped": 0, "moved": 0, "files": [old]}

    assert not (tmp_path / "captures" / old).exists()
    assert said(capfd, "verify", "alert:1")["ok"] is True


def test_every_night_what_is_older_than_the_configuration_keeps_is_given_up(desk, tmp_path):
    with (tmp_path / "rasid.toml").open("a") as settings:
        settings.write("[evidence]\nkeep_days = 30\n")
    config = Config.load(tmp_path / "rasid.toml", {})

    def dropped(hour):
        upkeep.prune_nightly(desk, config, lambda: datetime(2026, 11, 25, hour, tzinfo=UTC))
        with reading(desk) as db:
            return [row.facts.get("dropped") for row in db.scalars(select(Notice))]

    # At three o'clock in Damascus, once.
    assert dropped(hour=1) == [2]
    assert dropped(hour=2) == [2]


def test_where_what_is_to_be_kept_cannot_be_read_nothing_is_dropped(desk, capfd, tmp_path):
    [path] = (tmp_path / "captures").glob("*.warc.gz")
    with reading(desk) as db:
        offset = db.scalars(select(Capture.offset).join(Version).where(Version.id == 2)).one()
    path.write_bytes(path.read_bytes()[: offset + 10])

    assert run(["db", "prune", "--days", "30"]) == 2

    assert path.exists()
    assert "Nothing of that file is dropped" in capfd.readouterr().err
    with reading(desk) as db:
        assert set(db.scalars(select(Capture.dropped_at))) == {None}
