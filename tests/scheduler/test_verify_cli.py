"""`rasid verify`: alerts and articles proved from the bytes on the disk."""

import json

import pytest
from sqlalchemy import select

from scheduler.cli.app import run
from storage.database import session
from storage.fingerprint import digest
from storage.models import Capture, Version
from tests.captured import NOW, furnish


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """An archive of one article, captured and sealed."""
    monkeypatch.chdir(tmp_path)
    _, engine = furnish(tmp_path)
    yield engine
    engine.dispose()


def verified(capfd, *arguments, status=0):
    assert run(["verify", *arguments, "--json"]) == status
    return json.loads(capfd.readouterr().out)


def test_an_article_is_proved(desk, capfd):
    said = verified(capfd, "1")

    assert (said["ok"], said["outcomes"], said["manifests"]) == (True, {"verified": 1}, [])
    [verdict] = said["verdicts"]
    assert list(verdict["checks"]) == [
        "archive",
        "bytes",
        "body",
        "address",
        "time",
        "status",
        "text",
    ]
    assert verdict["extractor"]["kept"] == verdict["extractor"]["now"]


def test_a_person_reads_each_check(desk, capfd):
    assert run(["verify", "article:1"]) == 0

    out = capfd.readouterr().out
    assert "article 1, version 1: verified  https://alpha.example/news/1/" in out
    assert "text       ok     the same, read by" in out


def test_all_says_only_what_is_not_verified(desk, capfd):
    assert verified(capfd, "--all") == {
        "ok": True,
        "outcomes": {"verified": 1},
        "manifests": [],
        "unsealed": 0,
        "verdicts": [],
    }


def test_a_flipped_byte_in_the_manifest_is_found(desk, capfd, tmp_path):
    [path] = (tmp_path / "captures" / "manifests").glob("*.jsonl")
    path.write_bytes(path.read_bytes().replace(b'"status":200', b'"status":201'))

    said = verified(capfd, "1", status=1)

    assert said["outcomes"] == {"verified": 1}
    assert any("the chain breaks at line 1" in fault for fault in said["manifests"])


def alter(engine, **values):
    with session(engine) as db:
        version = db.scalars(select(Version)).one()
        for name, value in values.items():
            setattr(version, name, value)


def test_a_text_altered_in_the_archive_is_found(desk, capfd):
    alter(desk, body="نص آخر")

    [verdict] = verified(capfd, "1", status=1)["verdicts"]

    assert verdict["outcome"] == "failed"
    assert verdict["checks"]["archive"]["ok"] is False
    assert "another body, by the same extractor" in verdict["checks"]["text"]["said"]


def test_a_text_that_another_extractor_read_otherwise_names_both(desk, capfd):
    body, headline = "ما قرأه المستخرج السابق", "دوريةٌ مشتركة في ريف المدينة 1"
    said = digest(headline, body)
    alter(desk, body=body, digest=said, extractor="0.0.9-abc")

    [verdict] = verified(capfd, "1", status=1)["verdicts"]

    assert verdict["outcome"] == "other_extractor"
    assert "it was read by extractor 0.0.9-abc, this one is" in verdict["checks"]["text"]["said"]


def test_where_no_bytes_are_there_the_reason_is_said(desk, capfd, tmp_path):
    [path] = (tmp_path / "captures").glob("*.warc.gz")
    path.unlink()
    [verdict] = verified(capfd, "1", status=1)["verdicts"]
    assert "there is no such file; was it moved?" in verdict["checks"]["capture"]["said"]

    with session(desk) as db:
        db.scalars(select(Capture)).one().dropped_at = NOW
    [verdict] = verified(capfd, "1", status=1)["verdicts"]
    assert verdict["checks"]["capture"]["said"] == "its bytes were given up on 2026-11-20"

    alter(desk, capture_id=None)
    [verdict] = verified(capfd, "1", status=1)["verdicts"]
    assert verdict["checks"]["capture"]["said"] == "no capture was kept"


@pytest.mark.parametrize(
    ("arguments", "problem"),
    [
        (["7"], "there is no alert or article 7"),
        (["alert:1"], "there is no alert 1"),
        (["headline"], "'headline' is no number; write 12, alert:12 or article:12"),
        ([], "name an alert or an article, or --all"),
        (["1", "--site", "alpha"], "--site goes with --all"),
    ],
)
def test_what_cannot_be_verified_is_the_users_mistake(desk, capfd, arguments, problem):
    assert run(["verify", *arguments]) == 2
    assert problem in capfd.readouterr().err
