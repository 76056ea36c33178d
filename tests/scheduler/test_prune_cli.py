"""`rasid db prune`: old captures are given up, the evidence of alerts is not."""

import json

import pytest
from sqlalchemy import select

from scheduler.cli.app import run
from storage.database import reading, session
from storage.models import Alert, Capture, Version, Watch
from tests.captured import NOW, furnish


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """Three captured articles; the second one raised an alert."""
    monkeypatch.chdir(tmp_path)
    # Long ago, by the clock of the command.
    monkeypatch.setattr("tests.captured.NOW", NOW.replace(year=2024))
    _, engine = furnish(tmp_path, 3)
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


def test_where_what_is_to_be_kept_cannot_be_read_nothing_is_dropped(desk, capfd, tmp_path):
    [path] = (tmp_path / "captures").glob("*.warc.gz")
    with reading(desk) as db:
        offset = db.scalars(select(Capture.offset).join(Version).where(Version.id == 2)).one()
    path.write_bytes(path.read_bytes()[: offset + 10])

    assert run(["db", "prune", "--days", "30"]) == 2

    assert path.exists()
    assert "nothing is dropped" in capfd.readouterr().err
    with reading(desk) as db:
        assert set(db.scalars(select(Capture.dropped_at))) == {None}
