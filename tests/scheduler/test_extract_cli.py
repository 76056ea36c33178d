"""`rasid extract --explain`: what a page was read from, for people and for programs."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from scheduler.cli import app

ROOT = Path(__file__).parents[2]
PROSE = "قالت مصادر محلية إن الدورية انسحبت من شرق الفرات صباح اليوم الثلاثاء."
PAGE = (
    '<html lang="ar"><head><title>من شرقِ الفراتِ - المحرر</title>'
    '<meta property="og:site_name" content="المحرر">'
    '<meta property="og:title" content="من شرقِ الفراتِ - المحرر">'
    '<meta property="article:published_time" content="2026-11-03T10:00:00+03:00">'
    '<meta name="author" content="بقلم: آسيا العتروس"></head>'
    f"<body><article><h1>من شرقِ الفراتِ</h1><p>{PROSE * 6}</p><p>{PROSE * 6}</p></article></body></html>"
)


@pytest.fixture
def desk(tmp_path, monkeypatch):
    """A working directory with one page in it."""
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("RASID_")]:
        monkeypatch.delenv(name)
    (tmp_path / "page.html").write_text(PAGE, "utf-8")
    (tmp_path / "gone.html").write_text("<h1>404</h1><p>الصفحة غير موجودة</p>", "utf-8")
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


def test_an_explanation_lists_the_candidates_of_each_field_and_marks_the_winner(rasid):
    status, out, errors = rasid("extract", "--explain", "page.html")

    assert (status, errors) == (0, "")
    lines = out.splitlines()
    assert lines[:3] == ["page.html: an article", "rules: none", "field\tfrom\tsaid"]
    assert "headline\t* og\tمن شرقِ الفراتِ - المحرر" in lines
    assert "\tgeneric\tمن شرقِ الفراتِ" in lines
    assert (
        "published_at\t* og\t2026-11-03T10:00:00+03:00 \N{RIGHTWARDS ARROW} 2026-11-03T07:00:00+00:00"
        in lines
    )
    assert "section\tnothing\t" in lines


def test_an_explanation_says_what_was_taken_where_it_reads_otherwise(rasid):
    lines = rasid("extract", "--explain", "page.html")[1].splitlines()

    assert "\t= taken\tمن شرقِ الفراتِ" in lines
    assert "\t= taken\tآسيا العتروس" in lines


def test_a_page_that_is_no_article_says_why_and_is_status_1(rasid):
    status, out, _ = rasid("extract", "--explain", "gone.html")

    assert status == 1
    assert out.startswith("gone.html: no article (not_found): it says that there is no such page\n")


def test_explanations_are_one_json_document_a_page(rasid):
    status, out, errors = rasid("extract", "--explain", "--json", "page.html", "gone.html")

    assert (status, errors) == (1, "")
    page, gone = map(json.loads, out.splitlines())
    assert page["article"]["headline"] == page["fields"]["headline"]["value"] == "من شرقِ الفراتِ"
    assert page["fields"]["headline"]["source"] == "og"
    assert [one["chosen"] for one in page["fields"]["published_at"]["candidates"]] == [True]
    assert page["fields"]["body"]["candidates"][0]["value"] == page["article"]["body"]
    assert (gone["page"], gone["article"]) == ("gone.html", None)
    assert gone["refused"] == "not_found"
    assert gone["why"] == "it says that there is no such page"
    assert gone["fields"]["headline"]["value"] is None


def test_what_a_page_says_cannot_steer_the_terminal(rasid, desk):
    steering = "\x1b[2J\N{RIGHT-TO-LEFT OVERRIDE}"
    (desk / "page.html").write_text(PAGE.replace("بقلم: آسيا", steering + "آسيا"), "utf-8")

    out = rasid("extract", "--explain", "page.html")[1]

    assert "آسيا العتروس" in out
    assert "\x1b" not in out
    assert "\N{RIGHT-TO-LEFT OVERRIDE}" not in out


def test_on_a_terminal_every_candidate_is_one_line(desk):
    ours, theirs = pty.openpty()
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "72", "TERM": "dumb"}
    words = [sys.executable, "-m", "scheduler", "extract", "--explain", "page.html"]

    done = subprocess.run(words, cwd=desk, env=environ, stdout=theirs, check=False)
    os.close(theirs)
    said = os.read(ours, 100_000).decode()
    os.close(ours)

    assert done.returncode == 0
    [body] = [line for line in said.splitlines() if line.startswith("body")]
    assert "* generic" in body
    assert "published_at " in said
    assert body.rstrip().endswith("\N{HORIZONTAL ELLIPSIS}")


def test_nothing_but_the_line_about_the_page_is_said_of_a_page_without_article(desk):
    (desk / "menu.html").write_text("<html><title>x</title><body><a href='/'>x</a></body></html>")
    environ = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "scheduler", "--verbose", "extract", "menu.html", "--explain"]

    done = subprocess.run(words, cwd=desk, env=environ, capture_output=True, text=True, check=False)

    assert done.returncode == 1
    assert done.stderr == ""
