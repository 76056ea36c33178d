"""What extraction must reach on pages with gold, where they lie beside this checkout."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SHARED = ROOT / "../shared/data"

pytestmark = pytest.mark.skipif(
    not SHARED.exists(), reason="the shared pages with gold are not beside this checkout"
)


def figures(folder):
    done = subprocess.run(
        [
            sys.executable,
            "benchmarks/extraction.py",
            str(SHARED / folder),
            "--json",
            "--only",
            "rasid",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)["systems"]["rasid"]


def test_arabic_pages_are_read_whole_and_clean():
    said = figures("html_ar")

    assert said["F1"] >= 0.99
    assert said["must_not"] == 0
    assert (said["title"], said["date"], said["author"]) == (7, 7, 7)


def test_pages_of_sites_without_a_rule_are_read_better_than_by_the_best_published_system():
    assert figures("aeb")["F1"] >= 0.97


def test_titles_and_dates_of_40_publishers_are_right():
    said = figures("fundus")

    assert said["title"] >= 39
    assert said["date"] >= 39


def test_dates_are_right_or_not_given():
    said = figures("dates")

    assert said["date"] >= 111
    assert said["date_wrong"] <= 4
