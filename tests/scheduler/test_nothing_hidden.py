"""Copies are told from originals, and hidden nowhere."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from scheduler.cli.app import run
from tests.newswire import AGENCY, HEADLINE, OTHER

NOW = datetime.now(UTC)
SITES = ("sana", "enab", "npa", "zaman")
# The same words, a cut copy under a lead-in, a copy inside a page, and a flash of the headline.
TEXTS = (
    AGENCY,
    f"الرقة – سانا\n{AGENCY[:300]}",
    f"{AGENCY}\nاترك تعليقا",
    "عاجل",
)


@pytest.fixture
def desk(archive_url, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "rasid.toml").write_text(
        f'archive = {json.dumps(archive_url)}\n[channels.file]\nurl = "jsonl:sent.jsonl"\n'
    )
    (tmp_path / "watches.toml").write_text(
        '[[watch]]\nname = "الرقة"\nquery = "مشفى الرقة"\nchannels = ["file"]\n'
    )
    lines = [
        record(site, HEADLINE, text, hour)
        for hour, (site, text) in enumerate(zip(SITES, TEXTS, strict=True))
    ]
    lines.append(record("sana", "تشرين يفوز على الكرامة", OTHER, 4, number=2))
    (tmp_path / "news.jsonl").write_text("\n".join(map(json.dumps, lines)))
    assert run(["import", "news.jsonl", "--alert"]) == 0
    assert run(["match"]) == 0
    return tmp_path


def record(site: str, title: str, text: str, hour: int, *, number: int = 1) -> dict[str, str]:
    return {
        "url": f"https://{site}.example/{number}",
        "title": title,
        "text": text,
        "date": (NOW - timedelta(hours=6 - hour)).isoformat(),
        "site": site,
    }


def answer(capfd, *arguments):
    capfd.readouterr()
    assert run([*arguments]) == 0
    return capfd.readouterr().out


def test_search_export_and_counts_see_every_copy(desk, capfd):
    found = json.loads(answer(capfd, "search", "مشفى الرقة", "--json"))
    exported = list(map(json.loads, answer(capfd, "export", "jsonl", "-").splitlines()))
    counted = json.loads(answer(capfd, "db", "stats", "--json"))

    assert {article["site"] for article in found} == set(SITES)
    assert len(exported) == counted["tables"]["article"] == 5
    assert len({article["cluster"] for article in exported}) == 2
    assert {article["copies"] for article in exported} == {0, 3}
    assert {text.split("\n")[0] for text in TEXTS} <= {
        article["body"].split("\n")[0] for article in exported
    }


def test_an_alert_names_the_copies_of_its_article(desk, capfd):
    [listed] = json.loads(answer(capfd, "alerts", "list", "--json"))
    shown = json.loads(answer(capfd, "alerts", "show", str(listed["id"]), "--json"))

    assert listed["site"] == "sana"
    assert {copy["site"] for copy in shown["copies"]} == {"enab", "npa", "zaman"}
