import json
from pathlib import Path

import pytest

from scheduler.cli import app
from tests.scraper import past
from tests.scraper.outlet import Outlet


@pytest.fixture
def desk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rasid.toml").write_text('sites = ["sites/"]\ncaptures = ""\n', encoding="utf-8")
    (tmp_path / "sites").mkdir()
    return tmp_path


@pytest.mark.long
def test_the_past_of_a_site_is_brought_in_and_the_same_command_finds_it_done(desk, capfd):
    with Outlet(stories=0) as outlet:
        outlet.stories = past.stories(30)
        outlet.write_site(desk / "sites", routes=past.over_rest(outlet))
        command = ["backfill", "outlet", "--since", "2020-01-01", "--json"]

        assert app.run(command) == 0
        first = json.loads(capfd.readouterr().out)
        assert app.run(command) == 0
        again = json.loads(capfd.readouterr().out)

    assert (first["outcome"], first["new"], first["resumed"]) == ("done", 30, False)
    assert again["outcome"] == "done"
    assert len(outlet.paths("/wp-json/wp/v2/posts")) <= 4


def test_days_in_which_nothing_lies_are_the_users_mistake(desk, capsys):
    with Outlet(stories=0) as outlet:
        outlet.write_site(desk / "sites")

        assert (
            app.run(["backfill", "outlet", "--since", "2026-05-02", "--until", "2026-05-01"]) == 2
        )

    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.count("\n") == 1
    assert "nothing lies between" in said.err


def test_a_site_nobody_knows_is_named_with_the_nearest_one(desk, capsys):
    with Outlet(stories=0) as outlet:
        outlet.write_site(desk / "sites")

        assert app.run(["backfill", "outlt", "--since", "2020-01-01"]) == 2

    assert "did you mean 'outlet'?" in capsys.readouterr().err
