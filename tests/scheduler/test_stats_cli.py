"""`rasid stats`: counts, and words over time."""

import csv
import io
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from scheduler import picture
from scheduler.cli.app import run

RECORDS = [
    ("a", "2026-01-10", "قسد تنسحب من شرق الفرات", "سياسة", "ar"),
    ("b", "2026-01-12", "طقس ماطر في حلب", "محليات", "ar"),
    ("a", "2026-03-02", "شرق الفرات: شرقِ الفراتِ من جديد", "سياسة", "ar"),
]


@pytest.fixture
def desk(archive_url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rasid.toml").write_text(f"archive = {json.dumps(archive_url)}\n")
    lines = [
        {
            "url": f"https://{site}.example/{number}",
            "title": title,
            "text": "متن",
            "date": f"{day}T10:00:00Z",
            "section": section,
            "language": language,
            "site": site,
        }
        for number, (site, day, title, section, language) in enumerate(RECORDS)
    ]
    (tmp_path / "news.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert run(["import", "news.jsonl"]) == 0
    return tmp_path


def stats(capfd, *arguments):
    capfd.readouterr()
    assert run(["stats", *arguments]) == 0
    return capfd.readouterr().out


def test_articles_are_counted_by_each_with_the_share_of_copies(desk, capfd):
    said = json.loads(stats(capfd, "--json"))

    assert [(row["site"], row["articles"]) for row in said["site"]] == [
        ("a", 2),
        ("b", 1),
    ]
    assert [(row["month"], row["articles"]) for row in said["month"]] == [
        ("2026-01", 2),
        ("2026-03", 1),
    ]
    assert said["section"][0] == {"section": "سياسة", "articles": 2, "copies": 0, "share": 0.0}
    assert said["language"] == [{"language": "ar", "articles": 3, "copies": 0, "share": 0.0}]


def test_words_are_counted_over_time_with_no_month_left_out(desk, capfd):
    said = json.loads(stats(capfd, "--query", "شرق الفرات", "--json"))

    assert said["شرق الفرات"] == [
        {"month": "2026-01", "articles": 2, "matching": 1, "occurrences": 1, "share": 0.5},
        {"month": "2026-02", "articles": 0, "matching": 0, "occurrences": 0, "share": 0.0},
        {"month": "2026-03", "articles": 1, "matching": 1, "occurrences": 2, "share": 1.0},
    ]


def test_both_go_into_one_table(desk, capfd):
    rows = list(
        csv.DictReader(io.StringIO(stats(capfd, "--query", "قسد", "--query", "حلب", "--csv")))
    )
    assert [(row["query"], row["month"], row["matching"]) for row in rows][::3] == [
        ("قسد", "2026-01", "1"),
        ("حلب", "2026-01", "1"),
    ]

    rows = list(csv.DictReader(io.StringIO(stats(capfd, "--by", "site", "--csv"))))
    assert rows[0] == {
        "by": "site",
        "value": "a",
        "articles": "2",
        "copies": "0",
        "share": "0.0",
    }


def test_a_picture_keeps_its_labels_as_text_each_in_its_own_direction(desk, capfd):
    stats(capfd, "--query", "شرق الفرات", "--query", "a<b", "--per", "day", "--svg", "words.svg")

    picture = ET.parse("words.svg").getroot()
    texts = {each.text for each in picture.iter("{http://www.w3.org/2000/svg}text")}
    isolated = "\N{FIRST STRONG ISOLATE}{}\N{POP DIRECTIONAL ISOLATE}"
    assert {isolated.format("شرق الفرات"), isolated.format("a<b")} <= texts
    lines = list(picture.iter("{http://www.w3.org/2000/svg}polyline"))
    assert len(lines[0].get("points").split()) == 52


def test_the_same_picture_as_png_has_its_letters_joined(desk, capfd):
    stats(capfd, "--query", "شرق الفرات", "--svg", "words.svg", "--png", "words.png")

    svg, png = Path("words.svg").read_text("utf-8"), Path("words.png").read_bytes()
    assert png.startswith(b"\x89PNG")
    assert png == picture.png(svg)
    apart = svg.replace("شرق", "ش\N{ZERO WIDTH NON-JOINER}رق")
    assert picture.png(apart) != png


def test_what_does_not_go_together_is_refused(desk, capfd):
    assert run(["stats", "--svg", "x.svg"]) == 2
    assert run(["stats", "--png", "x.png"]) == 2
    assert run(["stats", "--by", "site", "--query", "x"]) == 2
