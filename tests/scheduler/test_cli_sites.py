import json
from pathlib import Path

import pytest

from scheduler.cli import app
from storage import deeds
from storage.database import open_archive, reading
from storage.models import Site

SITE = """\
key = "furat"
name = "الفرات"
url = "https://furat.example/"
[[routes]]
type = "feed"
url = "https://furat.example/feed/"
"""


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rasid.toml").write_text('sites = ["sites/"]\n', encoding="utf-8")
    (tmp_path / "sites").mkdir()
    return tmp_path


def test_the_shipped_sites_and_the_users_are_listed(desk, capsys):
    (desk / "sites" / "furat.toml").write_text(SITE, encoding="utf-8")

    assert app.run(["sites", "list"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + 46
    assert "furat\tالفرات\thttps://furat.example/\tfeed\tguess\tyes" in lines


def test_the_sites_are_one_json_document_with_their_routes(desk, capsys):
    assert app.run(["sites", "list", "--json"]) == 0

    sites = {site["key"]: site for site in json.loads(capsys.readouterr().out)}
    assert len(sites) == 45
    assert sites["sana"]["routes"][1]["url"] == "https://sana.sy/?feed=rss2"


def test_a_wrong_site_file_is_one_line_and_status_two(desk, capsys):
    (desk / "sites" / "furat.toml").write_text(SITE.replace("name", "nmae"), encoding="utf-8")

    assert app.run(["sites", "list"]) == 2

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "furat.toml: unknown key 'nmae'; did you mean 'name'?" in said.err


def test_a_site_is_turned_on_and_off_by_hand_and_the_log_says_by_whom(desk, capsys):
    (desk / "sites" / "furat.toml").write_text(SITE, encoding="utf-8")

    assert app.run(["sites", "disable", "furat"]) == 0
    assert app.run(["sites", "interval", "furat", "45"]) == 0

    assert capsys.readouterr().out == "furat: off\nfurat: every 45 minutes\n"
    engine = open_archive("sqlite:///rasid.db")
    with reading(engine) as db:
        site = db.get_one(Site, "furat")
        assert (site.enabled, site.interval_seconds) == (False, 45 * 60)
        assert [(deed.who, deed.deed) for deed in deeds.log(db)] == [
            ("rasid sites", "interval"),
            ("rasid sites", "disable"),
        ]
    engine.dispose()


@pytest.mark.parametrize("words", [["enable", "nowhere"], ["interval", "sana", "1"]])
def test_a_site_or_an_interval_there_is_none_of_is_the_users_mistake(desk, capsys, words):
    assert app.run(["sites", *words]) == 2

    assert capsys.readouterr().err.count("\n") == 1
