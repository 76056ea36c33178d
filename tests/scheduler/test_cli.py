"""The command line: how it starts, what it prints where, how it ends."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from scheduler import identity
from scheduler.cli import app
from storage.errors import ArchiveError

ROOT = Path(__file__).parents[2]
HEAVY = ("scrapy", "twisted", "trafilatura", "apprise", "sqlalchemy", "aiohttp", "apscheduler")


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """An empty working directory."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("RASID_")]:
        monkeypatch.delenv(name)
    return tmp_path


@pytest.fixture
def rasid(desk, capsys):
    """Run one command line; return its status, its output and its errors."""

    def run(*arguments: str) -> tuple[int, str, str]:
        capsys.readouterr()
        status = app.run(arguments)
        said = capsys.readouterr()
        return status, said.out, said.err

    return run


def python(*arguments: str, cwd: Path, path: str = str(ROOT), **options):
    environ = {**os.environ, "PYTHONPATH": path}
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env=environ,
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


@pytest.mark.parametrize(
    "words", [["--help"], ["watch", "list"], ["watch", "--help"], ["--version"]]
)
def test_light_commands_load_nothing_heavy(desk, words):
    (desk / "watches.toml").write_text('[[watch]]\nname = "x"\nquery = "x"')
    code = (
        "import sys\nfrom scheduler.cli.app import run\n"
        f"status = run({words!r})\n"
        f"print(status, [name for name in {HEAVY!r} if name in sys.modules], file=sys.stderr)"
    )

    done = python("-c", code, cwd=desk)

    assert done.stderr == "0 []\n"


def test_every_command_explains_itself(rasid):
    def walk(command, words):
        yield words
        for name, inner in getattr(command, "commands", {}).items():
            yield from walk(inner, [*words, name])

    for words in walk(typer.main.get_command(app.build()), []):
        status, said, errors = rasid(*words, "--help")
        assert (status, errors) == (0, "")
        assert "Usage: rasid" in said


def test_packages_that_are_ours_are_known_as_such():
    assert identity.namesake() is None


def test_a_namesake_in_another_folder_is_found(tmp_path):
    (tmp_path / "storage").mkdir()
    (tmp_path / "storage" / "__init__.py").write_text('"""The archive: of somebody else."""')

    assert "is another package of that name" in identity.foreign({"storage": tmp_path / "storage"})


def test_a_package_that_is_missing_is_found():
    assert "is missing" in identity.foreign({"scraper": None})


def test_a_namesake_ahead_of_ours_ends_the_program_with_one_line(tmp_path):
    for name in ("storage", "scraper"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "__init__.py").write_text("")
    # Ahead of ours: as a namesake in the environment would be.
    done = python("-m", "scheduler", "watch", "list", cwd=tmp_path, path=f"{tmp_path}:{ROOT}")

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert "another package of that name" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["wach"], "'watch'"),
        (["watch", "lst"], "'list'"),
        (["watch", "list", "--jsn"], "did you mean '--json'?"),
        (["watch", "list", "--hlp"], "did you mean '--help'?"),
        (["watch"], "add"),
        ([], "watch"),
        (["watch", "list", "more"], "unexpected extra argument"),
        (["watch", "add", "x"], "Missing argument 'query'"),
        (["--config"], "--config"),
        (["--config", "missing.toml", "watch", "list"], "missing.toml: there is no such file"),
        (["alerts", "list"], "rasid init"),
        (["alerts", "show", "x"], "integer"),
        (["alerts", "list", "--limit", "0"], "--limit"),
        (["watch", "explain", "a", "b", "--mode", "stem"], "--mode"),
        (["watch", "explain", "(شرق", "b"], "column 1"),
        (["watch", "import", "missing.txt"], "missing.txt: there is no such file"),
        (["watch", "test", "--cases", "missing.jsonl"], "missing.jsonl"),
        (["watch", "test"], "watches.toml: there is no such file"),
        (["match"], "rasid init"),
        (["crawl"], "--all"),
        (["crawl", "enabbalady"], "did you mean 'enabbaladi'?"),
        (["extract", "missing.html"], "missing.html: No such file"),
        (["extract", "http://127.0.0.1:9/"], "which is not public"),
        (["extract", "x.html", "--site", "enabbalady"], "did you mean 'enabbaladi'?"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(rasid, words, said):
    status, out, errors = rasid(*words)

    assert status == 2
    assert out == ""
    assert said in errors
    assert len(errors.splitlines()) == 1


def test_a_database_that_says_no_is_one_line(rasid, monkeypatch, desk):
    (desk / "rasid.toml").write_text('archive = "sqlite:///broken.db"')
    (desk / "broken.db").write_text("this is no database, and longer than a header of one " * 20)

    status, _, errors = rasid("alerts", "list")

    assert status == 2
    assert "broken.db" in errors
    assert len(errors.splitlines()) == 1


def test_an_error_of_ours_is_not_hidden(desk, monkeypatch):
    def broken(_context):
        raise ZeroDivisionError

    monkeypatch.setattr("scheduler.cli.watch.settings", broken)

    with pytest.raises(ZeroDivisionError):
        app.run(["watch", "list"])


def test_an_error_a_person_can_act_on_is_one_line_even_when_it_is_written_on_two(
    rasid, monkeypatch
):
    def broken(_context):
        raise ArchiveError("the archive is\nbroken")

    monkeypatch.setattr("scheduler.cli.watch.settings", broken)

    assert rasid("watch", "list")[2] == "rasid: the archive is broken\n"


def test_interrupted_it_ends_with_130(rasid, monkeypatch):
    def interrupted(_context):
        raise KeyboardInterrupt

    monkeypatch.setattr("scheduler.cli.watch.settings", interrupted)

    assert rasid("watch", "list")[0] == 130


def test_a_reader_that_goes_away_is_no_error(desk):
    (desk / "watches.toml").write_text(
        "".join(f'[[watch]]\nname = "{n}"\nquery = "كلمة"\n' for n in range(3000)), "utf-8"
    )
    process = subprocess.Popen(
        [sys.executable, "-m", "scheduler", "watch", "list", "--json"],
        cwd=desk,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdout.close()

    errors = process.stderr.read()
    process.stderr.close()

    assert process.wait() == 141
    assert errors == ""


def test_the_configuration_may_be_named_anywhere(rasid, desk):
    (desk / "other.toml").write_text('watches = "theirs.toml"')
    (desk / "theirs.toml").write_text('[[watch]]\nname = "x"\nquery = "x"')

    for words in (
        ["--config", "other.toml", "watch", "list", "--json"],
        ["watch", "list", "--json", "--config=other.toml"],
        ["watch", "--config", "other.toml", "list", "--json"],
    ):
        assert json.loads(rasid(*words)[1])[0]["name"] == "x"


def test_init_writes_what_works_and_leaves_what_is_there(rasid, desk):
    status, _, _ = rasid("init", "newsroom")
    (desk / "newsroom" / "watches.toml").write_text('[[watch]]\nname = "mine"\nquery = "x"')
    again, said, _ = rasid("init", "newsroom")

    assert (status, again) == (0, 0)
    assert "left as it is" in said
    os.chdir(desk / "newsroom")
    assert json.loads(rasid("watch", "list", "--json")[1])[0]["name"] == "mine"
    assert json.loads(rasid("alerts", "list", "--json")[1]) == []


def test_the_watches_of_init_pass_their_own_tests(rasid, desk):
    rasid("init")

    status, out, errors = rasid("watch", "test")

    assert status == 0, out
    assert "0 fell short" in errors


def test_a_watch_is_added_listed_and_removed(rasid, desk):
    assert rasid("watch", "add", "شرق الفرات", "شرق الفرات", "--priority", "high")[0] == 0
    before = (desk / "watches.toml").read_text("utf-8")
    assert rasid("watch", "add", "قسد", 'قسد OR "قوات سوريا الديمقراطية"')[0] == 0

    names = [watch["name"] for watch in json.loads(rasid("watch", "list", "--json")[1])]
    assert names == ["شرق الفرات", "قسد"]
    assert rasid("watch", "add", "قسد", "x")[0] == 2
    assert rasid("watch", "add", "قوس", "(قسد")[0] == 2
    assert rasid("watch", "remove", "قسد")[0] == 0
    assert (desk / "watches.toml").read_text("utf-8").strip() == before.strip()


def test_a_keyword_list_is_imported_once(rasid, desk):
    (desk / "words.txt").write_bytes("شرق الفرات\r\nقسد\r\n".encode("windows-1256"))

    assert "2 watches added" in rasid("watch", "import", "words.txt")[1]
    assert "0 watches added, 2 known" in rasid("watch", "import", "words.txt")[1]


def test_a_list_is_not_written_when_a_query_of_the_import_is_wrong(rasid, desk):
    (desk / "words.txt").write_text("شرق الفرات\n(قسد\n", "utf-8")

    assert rasid("watch", "import", "words.txt")[0] == 2
    assert not (desk / "watches.toml").exists()


def test_cases_of_a_file_are_run_and_one_that_falls_short_is_status_1(rasid, desk):
    cases = [
        {"id": 1, "watch": "شرق الفرات", "text": "من شرقِ الفراتِ", "match": True, "why": "F1"},
        {
            "id": "b",
            "watch": "شرق الفرات",
            "text": "المشرق والفرات",
            "match": True,
            "mode": "folded",
        },
        {
            "id": "c",
            "watch": "حماة",
            "text": "حماة الوطن",
            "match": False,
            "exclude": ["حماة الوطن"],
        },
        {"id": "d", "watch": "شرق الفرات", "text": "شرق نهر الفرات", "match": True, "gap": 1},
    ]
    (desk / "cases.jsonl").write_text("\n".join(map(json.dumps, cases)), "utf-8")

    status, out, errors = rasid("watch", "test", "--cases", "cases.jsonl", "--json")

    assert status == 1
    said = [json.loads(line) for line in out.splitlines()]
    assert said[0] == {"id": "1", "expected": True, "got": True, "spans": [[3, 15]]}
    assert [(each["expected"], each["got"]) for each in said[1:]] == [
        (True, False),
        (False, False),
        (True, True),
    ]
    assert "1 fell short" in errors


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"id": 1, "watch": "x"}', '{"id":1,"watch":"(x","text":"","match":true}']
)
def test_a_case_that_is_none_is_named_by_its_line(rasid, desk, line):
    (desk / "cases.jsonl").write_text(f"\n{line}\n")

    status, _, errors = rasid("watch", "test", "--cases", "cases.jsonl")

    assert status == 2
    assert "line 2" in errors or "case 1" in errors


def test_a_watch_for_a_site_there_is_none_of_is_not_added(rasid, desk):
    rasid("init")
    before = (desk / "watches.toml").read_bytes()

    status, _, err = rasid("watch", "add", "نهر", "الفرات", "--site", "enabbaladi2")

    assert status == 2
    assert "names the unknown site 'enabbaladi2'" in err
    assert (desk / "watches.toml").read_bytes() == before


def test_a_watch_for_a_channel_there_is_none_of_is_not_added(rasid, desk):
    rasid("init")
    before = (desk / "watches.toml").read_text("utf-8")

    status, _, error = rasid("watch", "add", "قسد 2", "قسد", "--channel", "consol")

    assert (status, "did you mean 'console'" in error) == (2, True)
    assert (desk / "watches.toml").read_text("utf-8") == before


def test_the_cases_of_watches_themselves_are_run(rasid, desk):
    (desk / "watches.toml").write_text(
        '[[watch]]\nname = "x"\nquery = "شرق الفرات"\nsites = ["sana"]\nfields = ["headline"]\n'
        '[[watch.should_match]]\ntext = "من شرق الفرات"\n'
        '[[watch.should_not_match]]\ntext = "في شرق الفرات"\n',
        "utf-8",
    )

    status, out, _ = rasid("watch", "test")

    assert status == 1
    assert "x/should_not_match/1" in out
    assert "x/should_match/1" not in out


def test_explain_says_what_was_found_and_what_was_not(rasid):
    said = json.loads(rasid("watch", "explain", "شرق الفرات OR قسد", "من شرقِ الفراتِ", "--json")[1])

    assert said["match"] is True
    assert said["spans"][0]["text"] == "شرقِ الفراتِ"
    assert [term["found"] for term in said["terms"]] == [["شرقِ الفراتِ"], []]
    assert said["terms"][1]["note"] == "قسد is not there"
    assert rasid("watch", "explain", "=الرقة", "في الرقه")[1].splitlines() == [
        "=الرقة: does not match",
        "=الرقة: would match الرقه but for ة/ه: mode folded",
    ]


def test_a_page_without_article_is_a_line_and_status_1(rasid, desk):
    (desk / "menu.html").write_text("<html><title>x</title><body><a href='/'>x</a></body></html>")

    status, out, errors = rasid("extract", "menu.html")

    assert (status, out) == (1, "")
    assert errors.startswith("menu.html: no article (")
    assert len(errors.splitlines()) == 1


def test_a_page_is_extracted_as_a_line_of_json(rasid, desk):
    text = " ".join(["قالت مصادر محلية إن الدورية انسحبت من شرق الفرات صباح اليوم الثلاثاء."] * 6)
    (desk / "page.html").write_text(
        '<html lang="ar"><head><meta property="og:type" content="article">'
        '<meta property="og:title" content="من شرقِ الفراتِ"></head>'
        f"<body><article><h1>من شرقِ الفراتِ</h1><p>{text}</p><p>{text}</p></article></body></html>",
        "utf-8",
    )

    status, out, _ = rasid("extract", "page.html", "--url", "https://x.example/1")

    assert status == 0
    article = json.loads(out)
    assert article["headline"] == "من شرقِ الفراتِ"
    assert article["url"] == "https://x.example/1"


def test_no_secret_is_printed(rasid, desk):
    rasid("init")
    (desk / "rasid.toml").write_text('[channels.desk]\nurl = "nosuch://token-abc123/x"\n')

    status, out, errors = rasid("--verbose", "deliver")

    assert status == 0
    assert "abc123" not in out + errors
