"""`rasid watch forecast` and `rasid watch packs`, and a desk's own packs wherever queries are read."""

import json
import os
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler import forecasting, searching
from scheduler.cli import app
from scheduler.packs import shelf
from scraper.items import ArticleItem
from storage.archive import keep
from storage.database import reading, session
from storage.models import Site

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Damascus")
OWN_PACK = """
[[pack]]
name = "nabqa"
title = "النبقة"
english = "A village"
aliases = ["النبقة", "نبقا"]
should_match = ["في النبقة"]
"""


def fill(engine, texts, *, hours=12):
    with session(engine) as db:
        for site in "ab":
            db.add(Site(key=site, name=site))
        db.flush()
        for number, text in enumerate(texts):
            url = f"https://a.org/{number}"
            page = ArticleItem("ab"[number % 2], url, text, f"{text}. خبر {number}")
            page.published_at = NOW - timedelta(hours=hours * number)
            keep(db, page, now=NOW)


def forecast(engine, query, *, days=30):
    with reading(engine) as db:
        asked = searching.compiled(query)
        return forecasting.forecast(db, asked, days=days, zone=ZONE, now=NOW)


def test_matches_are_counted_by_day_and_by_site(archive):
    fill(archive, ["شرق الفرات", "حلب", "شرقِ الفراتِ", "دمشق", "وشرق الفرات"])

    said = forecast(archive, "شرق الفرات").json()

    assert (said["matches"], said["articles"]) == (3, 5)
    assert said["days"] == [
        {"day": "2026-11-21", "matches": 1},
        {"day": "2026-11-22", "matches": 1},
        {"day": "2026-11-23", "matches": 1},
    ]
    assert said["sites"] == [{"site": "a", "matches": 3}]
    assert [example["id"] for example in said["examples"]] == [1, 3, 5]


def test_articles_before_the_days_asked_for_are_left_out(archive):
    fill(archive, ["شرق الفرات"] * 5, hours=24)

    made = forecast(archive, "شرق الفرات", days=2)

    assert (made.matches, len(made.days)) == (2, 2)


def test_each_form_met_comes_with_what_leaves_it_out(archive):
    fill(archive, ["شرق الفرات", "بشرقِ الفرات", "شرقِ الفراتِ"])

    forms = forecast(archive, "شرق الفرات").forms

    assert [(form.spelled, form.count) for form in forms] == [("شرق الفرات", 4), ("بشرقِ الفرات", 2)]
    assert forms[1].exclude == '+"بشرق الفرات"'
    assert forecast(archive, forms[1].without).matches == 2
    assert forecast(archive, forms[0].without).matches == 1


@pytest.mark.parametrize("query", ["غارة OR قصف", "غارة AND NOT حلب", "headline:(غارة | قصف)"])
def test_leaving_out_every_form_leaves_nothing(archive, query):
    fill(archive, ["غارات جوية", "قصف على ريف إدلب", "والغارة"])
    made = forecast(archive, query)

    while made.forms:
        made = forecast(archive, made.forms[0].without)

    assert made.matches == 0


def test_a_query_that_every_tenth_article_matches_is_called_noisy(archive):
    fill(archive, ["قصف على حلب", *["طقس"] * 8] * 12, hours=1)

    assert "12 of 108 articles match" in forecast(archive, "قصف").warning
    assert forecast(archive, "غارة").warning is None


def test_more_than_fifty_a_day_are_noisy(archive, monkeypatch):
    monkeypatch.setattr(forecasting, "NOISY_A_DAY", 2)
    fill(archive, ["قصف على حلب"] * 3, hours=1)

    assert forecast(archive, "قصف").lines()[2] == "warning: noisy: 3 matches a day are more than 2"


def test_an_empty_archive_forecasts_nothing(archive):
    said = forecast(archive, "قصف").json()

    assert (said["matches"], said["forms"], said["examples"]) == (0, [], [])


@pytest.fixture
def rasid(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    for name in [name for name in os.environ if name.startswith("RASID_")]:
        monkeypatch.delenv(name)

    def run(*arguments):
        capsys.readouterr()
        status = app.run(arguments)
        said = capsys.readouterr()
        return status, said.out, said.err

    assert run("init")[0] == 0
    (tmp_path / "packs").mkdir()
    (tmp_path / "packs/own.toml").write_text(OWN_PACK, "utf-8")
    line = {"url": "https://a.org/1", "title": "دورية في النبقة", "text": "نص الخبر كما ورد."}
    (tmp_path / "in.jsonl").write_text(json.dumps(line), "utf-8")
    assert run("import", "in.jsonl", "--site", "a")[0] == 0
    return run


def test_packs_are_listed_the_desks_own_among_them(rasid, tmp_path):
    listed = {pack["name"]: pack for pack in json.loads(rasid("watch", "packs", "--json")[1])}

    assert listed["nabqa"] == {
        "name": "nabqa",
        "title": "النبقة",
        "note": "A village",
        "query": "النبقة OR نبقا",
        "cases": 1,
        "from": str(tmp_path / "packs/own.toml"),
    }
    assert listed["sdf"]["cases"] > 0
    assert "@nabqa" in rasid("watch", "packs")[1]


def test_own_packs_are_known_wherever_a_query_is_read(rasid, tmp_path):
    (tmp_path / "watches.toml").write_text("", "utf-8")

    status, _, said = rasid("watch", "add", "x", "@nabqa")
    assert (status, said.count("1 of the articles in the archive match")) == (0, 1)
    assert len(json.loads(rasid("search", "@nabqa", "--json")[1])) == 1
    assert rasid("export", "jsonl", "-", "--query", "@nabqa")[1].count("\n") == 1
    assert json.loads(rasid("watch", "explain", "@nabqa", "في النبقة", "--json")[1])["match"]
    assert json.loads(rasid("watch", "forecast", "@nabqa", "--json")[1])["matches"] == 1
    case = {"id": 1, "watch": "@nabqa", "text": "من النبقة", "match": True}
    (tmp_path / "cases.jsonl").write_text(json.dumps(case), "utf-8")
    assert rasid("watch", "test", "--cases", "cases.jsonl")[0] == 0


def test_a_pack_that_changes_is_read_again(tmp_path):
    (tmp_path / "packs").mkdir()
    file = tmp_path / "packs/own.toml"
    watches = tmp_path / "watches.toml"
    file.write_text(OWN_PACK, "utf-8")
    assert "nabqa" in shelf.beside(watches)

    file.write_text(OWN_PACK.replace("nabqa", "nabqa_two"), "utf-8")
    assert "nabqa_two" in shelf.beside(watches)
    file.unlink()
    assert shelf.beside(watches).keys() == shelf.shipped().keys()


def test_a_pack_file_that_is_not_right_stops_the_command_in_one_line(rasid, tmp_path):
    (tmp_path / "packs/own.toml").write_text("[[pack]]\nname = 'x'\n", "utf-8")

    status, out, errors = rasid("watch", "packs")

    assert (status, out) == (2, "")
    assert errors.strip().endswith("own.toml: pack x: aliases are missing")
