"""`rasid cluster`, as it is typed."""

import json
import os
import subprocess
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select, update

from scheduler.cli.app import run
from storage.database import open_archive, reading, session
from storage.models import Article
from tests.newswire import AGENCY, HEADLINE, OTHER

ROOT = Path(__file__).parents[2]
NOON = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=9)
# The catalogue knows it.
SANA = "سانا - الوكالة العربية السورية للأنباء"
WATCHES = '[[watch]]\nname = "الرقة"\nquery = "الرقة"\n'


def record(site, headline, body, hours, number=1):
    return {
        "site": site,
        "url": f"https://{site}.example/{number}",
        "headline": headline,
        "body": body,
        "published_at": (NOON + timedelta(hours=hours)).isoformat(),
    }


NEWS = [
    record("sana", HEADLINE, AGENCY, 0),
    record("enab", "مساعدات طبية للرقة", "الرقة – رويترز\n" + AGENCY[:300], 2),
    record("npa", "قافلة طبية في الرقة", AGENCY[:330] + "\nالمصدر: سانا", 5),
    record("zaman", "تشرين يفوز على الكرامة", OTHER, 6),
]


@pytest.fixture
def desk(archive_url, tmp_path, monkeypatch, capfd):
    """A working directory with a watch, its alert, and three articles of one text."""
    monkeypatch.chdir(tmp_path)
    channel = '[channels.log]\nurl = "jsonl:alerts.jsonl"\n'
    (tmp_path / "rasid.toml").write_text(f"archive = {json.dumps(archive_url)}\n{channel}")
    (tmp_path / "watches.toml").write_text(WATCHES, "utf-8")
    lines = [json.dumps(each, ensure_ascii=False) for each in NEWS]
    (tmp_path / "news.jsonl").write_text("\n".join(lines), "utf-8")
    assert run(["import", "--alert", "news.jsonl"]) == 0
    assert run(["match"]) == 0
    capfd.readouterr()
    return archive_url


def told(capfd, *arguments, status=0):
    capfd.readouterr()
    assert run(list(arguments)) == status
    return capfd.readouterr().out


def told_json(capfd, *arguments):
    return json.loads(told(capfd, *arguments, "--json"))


def test_a_cluster_is_shown_in_the_order_in_which_its_sites_had_the_text(desk, capfd):
    said = told_json(capfd, "cluster", "show", "3")

    assert [each["id"] for each in said["articles"]] == [1, 2, 3]
    assert [each["hours_after"] for each in said["articles"]] == [0, 2, 5]
    assert (said["first"]["article"], said["first"]["site"]) == (1, "sana")
    assert said["first"]["basis"] == "published"
    assert [each["copied_from"] for each in said["articles"]] == [
        [],
        [{"name": "رويترز", "site": None, "article": None}],
        [{"name": SANA, "site": "sana", "article": 1}],
    ]
    assert said["articles"][1]["relation"]["kind"] == "duplicate"
    assert said["articles"][1]["relation"]["reasons"]
    assert (said["size"], said["rulings"]) == (3, [])
    assert [alert["article"] for alert in said["alerts"]] == [1]


def test_a_cluster_is_shown_to_people(desk, capfd):
    out = told(capfd, "cluster", "show", "1")

    assert out.startswith("cluster 1: 3 articles with one text\n    first  1  سانا")
    assert "+2.0 h  2  enab" in out
    assert "copied from رويترز" in out


def test_an_article_says_who_had_it_first_and_whom_it_copied(desk, capfd):
    said = told_json(capfd, "article", "3")

    assert said["first"]["article"] == 1
    assert said["copied_from"] == [{"name": SANA, "site": "sana", "article": 1}]
    assert f"copied from  {SANA}" in told(capfd, "article", "3")
    assert told_json(capfd, "article", "4")["first"]["article"] == 4


def test_an_alert_says_who_had_it_first(desk, capfd):
    assert told_json(capfd, "alerts", "show", "1")["first"]["site"] == "sana"
    assert "first: سانا" in told(capfd, "alerts", "show", "1")


def test_what_is_split_off_alerts_and_is_counted_no_more(desk, capfd):
    done = told_json(capfd, "cluster", "split", "2")
    assert done["moved"] == [2]
    assert done["matches_again"] == 1
    assert [c["article"] for c in told_json(capfd, "alerts", "show", "1")["copies"]] == [3]
    assert told_json(capfd, "article", "1")["copies"] == 1

    assert told_json(capfd, "match")["alerted"] == 1
    assert told_json(capfd, "alerts", "show", "2")["article"] == 2
    [ruling, _] = told_json(capfd, "cluster", "show", "2")["rulings"]
    assert (ruling["articles"], ruling["together"]) == ([1, 2], False)


def test_what_is_joined_is_counted_and_stays_joined(desk, capfd):
    assert told_json(capfd, "cluster", "join", "1", "4")["moved"] == [4]

    assert told_json(capfd, "article", "4")["copies"] == 3
    sums = told_json(capfd, "cluster", "again", "--all")
    assert (sums["decided"], sums["changed"]) == (4, 0)
    assert told_json(capfd, "article", "4")["copies"] == 3
    assert run(["db", "check"]) == 0


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["show", "9"], "there is no article 9; 'rasid search' shows numbers."),
        (["split", "4"], "article 4 would leave nobody behind"),
        (["join", "1", "2"], "these articles are in one cluster already, 1; nothing to join"),
    ],
)
def test_a_mistake_is_one_line_with_the_way_out(desk, capfd, arguments, message):
    assert run(["cluster", *arguments]) == 2
    err = capfd.readouterr().err
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.long
def test_a_job_that_is_killed_goes_on_where_it_was(archive_url, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rasid.toml").write_text(f"archive = {json.dumps(archive_url)}\n")
    rows = [
        record(site, f"{HEADLINE} {n}", f"{AGENCY} {n} {word(n)}", n / 100, n)
        for n in range(70)
        for site in ("sana", "enab")
    ]
    (tmp_path / "news.jsonl").write_text("\n".join(map(json.dumps, rows)))
    assert run(["import", "news.jsonl"]) == 0
    engine = open_archive(archive_url)
    before = clusters(engine)
    with session(engine) as db:
        db.execute(update(Article).values(rule_version=1, relation=None, related_to=None))

    job = subprocess.Popen(
        [sys.executable, "-m", "scheduler", "cluster", "again", "--json"],
        stdout=subprocess.PIPE,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    # Killed as soon as a first stretch is done.
    assert job.stdout.readline()
    job.kill()
    job.stdout.close()
    job.wait()
    left = settled(engine)
    assert 0 < left < len(rows)

    sums = json.loads(told(capfd, "cluster", "again", "--json").splitlines()[-1])
    assert sums["decided"] == left
    assert clusters(engine) == before
    assert told_json(capfd, "cluster", "again")["decided"] == 0
    assert run(["db", "check"]) == 0
    engine.dispose()


def word(number):
    return "".join("ابتثجحخدذر"[int(digit)] for digit in str(number)) * 3


def settled(engine):
    """How many articles are still to be decided, once the killed process's writes are done."""
    seen = None
    while True:
        with reading(engine) as db:
            left = db.scalar(select(func.count()).where(Article.rule_version == 1))
        if left == seen:
            return left
        seen = left
        time.sleep(0.3)


def clusters(engine):
    found = {}
    with reading(engine) as db:
        for number, cluster in db.execute(select(Article.id, Article.cluster_id)):
            found.setdefault(cluster, set()).add(number)
    return sorted(map(sorted, found.values()))
