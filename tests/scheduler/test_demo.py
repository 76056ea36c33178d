"""`rasid demo`: the whole of it as a stranger meets it, and what can go wrong."""

import json
import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest

from scheduler.newsroom import demonstration
from scheduler.newsroom.server import Newsroom, serving

ROOT = Path(__file__).parents[2]
HEADLINE = "القواتُ الروسيّةُ تهدّدُ “قسدَ” بالانسحابِ من شرقِ الفراتِ .. والسببُ؟"
# A loaded machine starts a worker slowly; the demonstration itself is done in seconds.
PATIENCE = 300


@contextmanager
def demo(folder: Path, *options: str, **environ: str) -> Iterator["subprocess.Popen[str]"]:
    """`rasid demo`, run in *folder*, its temporary files in *folder*/tmp."""
    temporary = folder / "tmp"
    temporary.mkdir()
    with subprocess.Popen(
        [sys.executable, "-P", "-m", "scheduler", "demo", *options],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT), "TMPDIR": str(temporary), **environ},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        try:
            yield process
        finally:
            if process.poll() is None:
                process.send_signal(signal.SIGINT)
                process.communicate(timeout=PATIENCE)


def left_over(folder: Path) -> list[str]:
    return [path.name for path in folder.rglob("*") if path.name != "tmp"]


@pytest.mark.slow
def test_a_stranger_sees_the_alert_for_the_sample_headline(tmp_path):
    # A desk's own settings, and a proxy nobody answers at, have no part in it.
    mine = {"RASID_ARCHIVE": "sqlite:////nowhere/mine.db", "http_proxy": "http://127.0.0.1:9"}
    with demo(tmp_path, "--once", "--json", "--max-seconds", str(PATIENCE), **mine) as process:
        out, err = process.communicate(timeout=2 * PATIENCE)

    assert process.returncode == 0, err
    alert = json.loads(out)
    assert alert["headline"] == HEADLINE
    assert (alert["watch"], alert["site"], alert["kind"]) == ("شرق الفرات", "almanara", "new")
    [span] = [span for span in alert["spans"] if span["field"] == "headline"]
    assert alert["headline"][span["start"] : span["end"]] == span["text"] == "شرقِ الفراتِ"
    assert alert["capture"]["sha256"]
    assert [each["state"] for each in alert["deliveries"]] == ["delivered"]
    assert left_over(tmp_path) == []


@pytest.mark.slow
def test_it_shows_alerts_until_interrupted_and_leaves_nothing_behind(tmp_path):
    with demo(tmp_path) as process:
        assert process.stdout is not None
        shown = next(line for line in process.stdout if "[شرقِ الفراتِ]" in line)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=PATIENCE)

    assert shown.strip() == HEADLINE.replace("شرقِ الفراتِ", "[شرقِ الفراتِ]")
    assert process.returncode == 130
    assert "http://almanara.localhost:" in err
    assert "Traceback" not in err
    assert left_over(tmp_path) == []


def test_an_alert_that_does_not_come_in_time_is_said_with_how_far_things_came(tmp_path):
    with demo(tmp_path, "--once", "--max-seconds", "1") as process:
        out, err = process.communicate(timeout=PATIENCE)

    assert process.returncode == 1
    assert out == ""
    last = err.strip().splitlines()[-1]
    # How far things come in a second is the machine's affair.
    said = r"rasid: no alert for the sample headline within 1 s: \d+ of 10 sites were visited, "
    assert re.match(said, last), last
    assert left_over(tmp_path) == []


def test_a_port_in_use_is_the_users_mistake(tmp_path):
    with serving(Newsroom(datetime(2026, 11, 22, tzinfo=UTC))) as other:
        port = str(other.port)
        with demo(tmp_path, "--once", "--port", port) as process:
            out, err = process.communicate(timeout=PATIENCE)

    assert process.returncode == 2
    assert (out, err.count("\n")) == ("", 1)
    assert f"port {port}" in err


def test_json_without_once_is_the_users_mistake(tmp_path):
    with demo(tmp_path, "--json") as process:
        _, err = process.communicate(timeout=PATIENCE)

    assert process.returncode == 2
    assert "--once" in err


def test_everything_the_schedule_names_is_there():
    newsroom = Newsroom(datetime(2026, 11, 22, tzinfo=UTC), hold=demonstration.HOLD)
    newsroom.advance(newsroom.opened_at + max(demonstration.CORRECTIONS.values()))

    for article_id in demonstration.CORRECTIONS:
        newsroom.correct(article_id)
    for article_id in [demonstration.SAMPLE, *demonstration.HOLD]:
        assert newsroom.gold_of(article_id)
