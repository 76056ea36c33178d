"""`rasid reextract`: kept captures read again after a site's rules changed."""

import json

import pytest
from sqlalchemy import func, select

from scheduler.cli.app import run
from storage.database import reading, session
from storage.models import Alert, Article, Version
from tests.captured import furnish

SITE = """
key = "alpha"
name = "alpha"
url = "https://alpha.example/"
[[routes]]
type = "feed"
url = "https://alpha.example/feed/"
[extract]
title = "p"
"""


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """Two captured articles, and no rules of their site."""
    monkeypatch.chdir(tmp_path)
    _, engine = furnish(tmp_path, 2)
    yield engine
    engine.dispose()


def reextract(capfd, *arguments, status=0):
    assert run(["reextract", "--json", *arguments]) == status
    return [json.loads(line) for line in capfd.readouterr().out.splitlines()]


def change_rules(folder):
    (folder / "sites").mkdir()
    (folder / "sites" / "alpha.toml").write_text(SITE)


def test_where_nothing_changed_nothing_is_written(desk, capfd):
    [sums] = reextract(capfd)

    assert sums == {"changed": 0, "unchanged": 2, "no_capture": 0, "refused": 0, "reasons": {}}


def test_what_comes_out_otherwise_is_a_version_of_the_extractors(desk, capfd, tmp_path):
    change_rules(tmp_path)

    *differences, sums = reextract(capfd)

    assert sums["changed"] == 2
    assert [found["version"] for found in differences] == [2, 2]
    assert "headline" in differences[0]["changes"]
    with reading(desk) as db:
        versions = db.scalars(select(Version).where(Version.number == 2)).all()
        first = db.scalars(select(Version).where(Version.number == 1)).all()
        assert {version.cause for version in versions} == {"extractor"}
        assert {version.alerting for version in versions} == {False}
        assert [new.capture_id for new in versions] == [old.capture_id for old in first]
        assert versions[0].extractor != first[0].extractor
        assert db.get_one(Article, 1).version_number == 2


def test_nobody_is_told_and_the_new_version_is_verified(desk, capfd, tmp_path):
    (tmp_path / "watches.toml").write_text('[[watch]]\nname = "ريف"\nquery = "ريف المدينة"\n')
    change_rules(tmp_path)
    reextract(capfd)

    assert run(["match"]) == 0
    with reading(desk) as db:
        assert db.execute(select(func.count()).select_from(Alert)).scalar_one() <= 2
        told = db.scalars(select(Version.number).join(Alert, Alert.version_id == Version.id)).all()
    assert 2 not in told
    capfd.readouterr()
    assert run(["verify", "--all", "--json"]) == 1
    said = json.loads(capfd.readouterr().out)
    assert said["outcomes"] == {"other_extractor": 2, "verified": 2}
    assert [*reextract(capfd)][-1]["unchanged"] == 2


def test_a_dry_run_says_it_and_keeps_nothing(desk, capfd, tmp_path):
    change_rules(tmp_path)

    assert reextract(capfd, "--dry-run")[-1]["changed"] == 2
    assert reextract(capfd, "--dry-run", "--site", "sana")[-1]["changed"] == 0
    with reading(desk) as db:
        assert db.execute(select(func.count()).select_from(Version)).scalar_one() == 2


def test_a_capture_that_is_gone_is_counted_with_its_reason(desk, capfd, tmp_path):
    for path in (tmp_path / "captures").glob("*.warc.gz"):
        path.unlink()
    with session(desk) as db:
        db.get_one(Version, 2).capture_id = None

    [sums] = reextract(capfd, status=1)

    assert (sums["no_capture"], sums["reasons"]) == (1, {"not_readable": 1})
