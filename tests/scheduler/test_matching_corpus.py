"""The east of the Euphrates in thirteen thousand articles, against mentions marked by hand."""

import gzip
import json
from pathlib import Path

import pytest

from scheduler.matching import Document, WatchQuery, compile_watches

SHARED = Path(__file__).parents[2] / "../shared/data"
FIELDS = {"title": "headline", "body": "body"}


def lines(path):
    with gzip.open(path, "rt", encoding="utf-8") as opened:
        yield from map(json.loads, opened)


@pytest.fixture(scope="module")
def marked():
    path = SHARED / "keywords/east_of_euphrates_gold.jsonl.gz"
    if not path.exists():
        pytest.skip("the shared mentions are not here")
    return {
        article["doc"]: [
            (FIELDS[span["field"]], span["start"], span["end"], span["tier"])
            for span in article["spans"]
        ]
        for article in lines(path)
    }


@pytest.fixture(scope="module")
def found(marked):
    watches = [WatchQuery("phrase", "شرق الفرات"), WatchQuery("pack", "@east_of_euphrates")]
    matcher = compile_watches(watches)
    answers = {}
    for path in sorted((SHARED / "corpora").glob("*.jsonl.gz")):
        for article in lines(path):
            keys = ("body", "content", "article", "text")
            body = next((article[key] for key in keys if article.get(key)), "")
            answer = matcher.match(Document(article.get("title") or "", body))
            if answer or (article.get("url") or article["id"]) in marked:
                answers[article.get("url") or article["id"]] = {
                    name: [(span.field, span.start, span.end) for span in spans]
                    for name, spans in answer.items()
                }
    return answers


@pytest.mark.slow
def test_the_phrase_is_found_wherever_it_stands_and_exactly_there(marked, found):
    wanted = [(doc, s[:3]) for doc, spans in marked.items() for s in spans if s[3][0] == "1"]

    assert [one for one in wanted if one[1] not in found[one[0]].get("phrase", ())] == []


@pytest.mark.slow
def test_the_pack_finds_the_other_wordings_too(marked, found):
    mentions = [(doc, span) for doc, spans in marked.items() for span in spans]
    missed = [
        (doc, (field, start, end))
        for doc, (field, start, end, _) in mentions
        if not any(
            s[0] == field and s[1] <= start and end <= s[2] for s in found[doc].get("pack", ())
        )
    ]
    strangers = [doc for doc, answer in found.items() if "pack" in answer and doc not in marked]

    assert len(missed) <= 0.05 * len(mentions), missed
    assert len(strangers) <= 0.05 * len(found), strangers
