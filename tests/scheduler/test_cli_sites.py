import json
from pathlib import Path

import pytest

from scheduler.cli import app

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
