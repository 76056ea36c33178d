"""Tables of Arabic matching cases: the shared one, and our own."""

import json
import re
from pathlib import Path

import pytest

from scheduler.matching import match_text

CASES = Path(__file__).parents[2] / "../shared/data/arabic_match_cases.jsonl"
OUR_OWN = Path(__file__).with_name("match_cases.txt")


def test_every_shared_case_is_decided_as_the_table_says():
    if not CASES.exists():
        pytest.skip("the shared cases are not here")
    cases = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]

    wrong = []
    for case in cases:
        options = {"gap": case.get("gap", 0), "exclude": tuple(case.get("exclude", ()))}
        spans = match_text(case["watch"], case["text"], mode=case["mode"], **options)
        if [[span.start, span.end] for span in spans] != case.get("spans", []):
            wrong.append((case["id"], case["why"], spans))

    assert (len(cases), wrong) == (100, [])


def test_every_case_of_our_own_is_decided_as_it_is_marked():
    wrong, mode = [], ""
    for line in OUR_OWN.read_text(encoding="utf-8").splitlines():
        if line.startswith("= "):
            mode = line.removeprefix("= ")
        elif line and not line.startswith("#"):
            watch, marked = line.split(" | ")
            text = re.sub("[<>]", "", marked)
            found = [span.text for span in match_text(watch, text, mode=mode)]
            if found != re.findall("<(.*?)>", marked):
                wrong.append((mode, watch, marked, found))

    assert wrong == []
