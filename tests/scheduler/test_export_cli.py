"""`rasid article`, `search`, `export`, `import`, as they are typed."""

import gzip
import json

import pytest

from scheduler.cli.app import run

RECORDS = [
    {
        "url": "https://example.org/1",
        "title": "القواتُ الروسيّةُ تهدّدُ بالانسحابِ من شرقِ الفراتِ",
        "text": "نص الخبر الأول من المراسل في الرقة."
        + " قال شهود من أهالي البلدة إن الرتل عبر الجسر." * 5,
        "date": "2024-01-02T10:00:00Z",
        "author": "سلمى",
    },
    {
        "url": "https://example.org/2",
        "title": "طقس",
        "text": "ماطر شرق البلاد.",
        "date": "2024-01-03",
        "source": "taqs",
    },
]


def _furnish(folder, url):
    """A working directory with a configuration, an archive and a file to import."""
    (folder / "rasid.toml").write_text(f"archive = {json.dumps(url)}\n")
    lines = "".join(json.dumps(record, ensure_ascii=False) + "\n" for record in RECORDS)
    (folder / "news.jsonl").write_text(lines)


@pytest.fixture
def desk(archive_url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    _furnish(tmp_path, archive_url)
    return tmp_path


@pytest.fixture(scope="module")
def standing_desk(tmp_path_factory):
    """A filled desk for tests that change nothing."""
    folder = tmp_path_factory.mktemp("desk")
    _furnish(folder, f"sqlite:///{folder / 'archive.db'}")
    assert run(["--config", str(folder / "rasid.toml"), "import", str(folder / "news.jsonl")]) == 0
    return folder


@pytest.fixture
def filled(desk, capfd):
    assert run(["import", "news.jsonl"]) == 0
    capfd.readouterr()
    return desk


def said(capfd, *arguments, status=0):
    assert run(list(arguments)) == status
    return json.loads(capfd.readouterr().out)


def test_an_import_ends_with_its_ledger(desk, capfd):
    found = said(capfd, "import", "news.jsonl", "--json")

    assert (found["seen"], found["new"], found["refused"]) == (2, 2, {})
    assert found["sites"] == ["example.org", "taqs"]
    assert run(["import", "news.jsonl"]) == 0
    assert capfd.readouterr().out.startswith("2 seen = 0 new + 0 revised + 2 unchanged + 0 refused")


def test_what_was_refused_is_told_with_its_place_and_ends_with_status_1(desk, capfd):
    (desk / "more.jsonl").write_text('{"title": "خبر"}\n{}\nx\n')

    assert run(["import", "news.jsonl", "more.jsonl"]) == 1

    out, err = capfd.readouterr()
    assert out.startswith("5 seen = 3 new + 0 revised + 0 unchanged + 2 refused")
    assert err.splitlines() == [
        "refused 1 (bad_json): more.jsonl:3",
        "refused 1 (no_text): more.jsonl:2",
    ]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["import", "absent.jsonl"], "absent.jsonl: cannot be read"),
        (["import", "news.jsonl", "--timezone", "Mars"], "no time zone"),
        (["search", "قسد OR ("], "column"),
        (["search", "قسد", "--since", "gestern"], "--since 'gestern': not a time"),
        (["article", "99"], "there is no article 99"),
        (["article", "1", "--diff", "1", "3"], "has no version 3"),
        (["export", "jsonl", "absent/news.jsonl"], "cannot be written"),
        (["export", "jsonl", "x.jsonl", "--bom"], "--bom goes with csv"),
        (["export", "xlsx", "x.xlsx"], "xlsx"),
        (["export", "jsonl", "x.jsonl", "--query", "NOT قسد"], "column"),
    ],
)
def test_a_mistake_is_one_line_and_status_2(standing_desk, monkeypatch, capfd, arguments, message):
    monkeypatch.chdir(standing_desk)
    capfd.readouterr()

    assert run(arguments) == 2

    out, err = capfd.readouterr()
    assert message in err
    assert len(err.strip().splitlines()) == 1
    assert out == ""
    assert not (standing_desk / "x.jsonl").exists()


def test_search_prints_article_json_with_spans(filled, capfd):
    [hit] = said(capfd, "search", "شرق الفرات", "--json")

    [span] = hit["spans"]
    assert hit["headline"][span["start"] : span["end"]] == "شرقِ الفراتِ" == span["text"]
    assert hit["site"] == "example.org"


def test_search_shows_the_words_marked_and_pages(filled, capfd):
    assert run(["search", "شرق", "--limit", "1"]) == 0
    out, err = capfd.readouterr()
    assert "ماطر [شرق] البلاد" in out
    assert err == "there are more; --offset 1 shows the next\n"

    assert run(["search", "شرق", "--limit", "1", "--offset", "1"]) == 0
    assert "[شرقِ]" in capfd.readouterr().out


def test_search_says_when_it_has_to_read_everything(filled, capfd):
    assert run(["search", "site:taqs"]) == 0

    out, err = capfd.readouterr()
    assert "طقس" in out
    assert "every article is read" in err


def test_search_is_narrowed_by_site_and_time(filled, capfd):
    assert len(said(capfd, "search", "شرق", "--site", "taqs", "--json")) == 1
    assert len(said(capfd, "search", "شرق", "--since", "2024-01-03", "--json")) == 1
    assert len(said(capfd, "search", "شرق", "--until", "2024-01-02", "--json")) == 1
    assert said(capfd, "search", "شرق", "--since", "1d", "--json") == []


def test_an_article_is_shown_with_its_facts(filled, capfd):
    assert run(["article", "1"]) == 0

    out = capfd.readouterr().out
    assert out.splitlines()[0] == RECORDS[0]["title"]
    assert "2024-01-02 13:00 (import:date)" in out
    assert said(capfd, "article", "1", "--json")["authors"] == ["سلمى"]


def test_what_changed_between_versions_is_shown_word_by_word(filled, capfd):
    corrected = RECORDS[0] | {"text": RECORDS[0]["text"].replace("الأول", "الثاني")}
    (filled / "more.jsonl").write_text(json.dumps(corrected))
    assert run(["import", "more.jsonl"]) == 0
    capfd.readouterr()

    assert run(["article", "1", "--diff", "1", "2"]) == 0
    assert capfd.readouterr().out.splitlines() == [
        "headline: unchanged",
        "body:",
        "  نص الخبر [-الأول -]{+الثاني +}من المراسل في الرقة. قال شهود من أهالي البلدة إن الرتل عبر …",
    ]
    [change] = said(capfd, "article", "1", "--diff", "1", "2", "--json")["changes"]["body"]
    assert (change["kind"], change["old"], change["new"]) == ("replace", "الأول ", "الثاني ")
    assert RECORDS[0]["text"][change["old_start"] : change["old_end"]] == change["old"]
    history = said(capfd, "article", "1", "--versions", "--json")["history"]
    assert [version["version"] for version in history] == [1, 2]


def test_an_export_to_standard_output_is_nothing_else(filled, capfd):
    assert run(["export", "jsonl", "-"]) == 0

    out, err = capfd.readouterr()
    assert [json.loads(line)["id"] for line in out.splitlines()] == [1, 2]
    assert "2 articles written" in err


def test_an_export_repeats_exactly_and_is_compressed_by_name(filled, capfd):
    for name in ("one.jsonl.gz", "two.jsonl.gz"):
        assert run(["export", "jsonl", name]) == 0

    one = (filled / "one.jsonl.gz").read_bytes()
    assert one == (filled / "two.jsonl.gz").read_bytes()
    assert len(gzip.decompress(one).splitlines()) == 2


def test_an_export_holds_what_a_search_finds(filled, capfd):
    assert run(["export", "jsonl", "-", "--query", "الفرات OR ثلج"]) == 0
    assert [json.loads(line)["id"] for line in capfd.readouterr().out.splitlines()] == [1]

    assert run(["export", "csv", "x.csv", "--site", "taqs", "--bom"]) == 0
    text = (filled / "x.csv").read_bytes()
    assert text.startswith(b"\xef\xbb\xbfid,site,")
    assert "طقس" in text.decode()
    assert "الرقة" not in text.decode()


def test_of_copies_only_the_first_is_exported(filled, capfd):
    copy = RECORDS[0] | {"url": "https://copy.org/1", "date": "2024-01-02T11:00:00Z"}
    (filled / "copy.jsonl").write_text(json.dumps(copy))
    assert run(["import", "copy.jsonl", "--site", "copy"]) == 0
    capfd.readouterr()

    assert run(["export", "jsonl", "-", "--one-per-cluster"]) == 0
    sites = [json.loads(line)["site"] for line in capfd.readouterr().out.splitlines()]
    assert sites == ["example.org", "taqs"]


@pytest.mark.parametrize(
    "command",
    [
        ["search", "الفرات", "--site", "enabaladi"],
        ["search", "site:enabaladi AND الفرات"],
        ["export", "jsonl", "-", "--site", "enabaladi"],
        ["export", "jsonl", "-", "--query", "site:enabaladi"],
        ["stats", "--site", "enabaladi"],
        ["stats", "--query", "site:enabaladi"],
        ["verify", "--all", "--site", "enabaladi"],
        ["reextract", "--site", "enabaladi"],
        ["watch", "forecast", "site:enabaladi"],
    ],
)
def test_a_site_there_is_none_of_is_said_with_the_one_that_may_be_meant(
    standing_desk, capfd, command
):
    assert run(["--config", str(standing_desk / "rasid.toml"), *command]) == 2

    assert capfd.readouterr() == ("", "rasid: no site 'enabaladi'; did you mean 'enabbaladi'?\n")


def test_an_imported_site_and_one_of_the_catalogue_without_articles_can_be_asked_for(
    standing_desk, capfd
):
    for site in ("taqs", "enabbaladi"):
        assert (
            run(["--config", str(standing_desk / "rasid.toml"), "search", "x", "--site", site]) == 0
        )
        assert "nothing matches" in capfd.readouterr().err


def test_a_new_watch_lists_what_is_in_the_archive_and_alerts_nobody(filled, capfd):
    assert run(["watch", "add", "الفرات", "شرق الفرات"]) == 0
    assert "1 of the articles in the archive match" in capfd.readouterr().err

    assert run(["match", "--all", "--watch", "الفرات", "--json"]) == 0
    assert json.loads(capfd.readouterr().out)["matches"] == 0
    assert run(["alerts", "list", "--json"]) == 0
    assert json.loads(capfd.readouterr().out) == []
