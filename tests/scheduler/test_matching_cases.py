"""The shared table of Arabic matching cases."""

import json
from pathlib import Path

import pytest

from scheduler.matching import match_text

CASES = Path(__file__).parents[2] / "../shared/data/arabic_match_cases.jsonl"


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
