"""Was what a desk was told changed? Pure.

A headline that says something else, and a sentence with matched words that stands in
the later text no more, were corrected; what changed elsewhere was not told to
anybody, so nobody need hear of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any

from scheduler.quoting import sentences
from storage.text import index_text, words

# A sentence with less in common than this is another sentence.
ALIKE = 0.4


@dataclass(frozen=True, slots=True)
class Text:
    """What a version says, and where the watched words stand in it."""

    headline: str
    body: str
    spans: Sequence[dict[str, Any]] = ()


def changes(before: Text, after: Text) -> list[dict[str, Any]]:
    """Return what of that which was told is said otherwise now: [{field, before, after}].

    Marks, spelling variants and punctuation do not count. *after* is empty where
    it was taken out, *before* where the words came back.

    >>> spans = [{"field": "body", "start": 0, "end": 4}]
    >>> changes(Text("خبر", "قُتل خمسة. انتهى.", spans), Text("خبر", "قُتل سبعة. انتهى."))
    [{'field': 'body', 'before': 'قُتل خمسة.', 'after': 'قُتل سبعة.'}]
    """
    found = []
    if index_text(before.headline) != index_text(after.headline):
        found.append({"field": "headline", "before": before.headline, "after": after.headline})
    gone = [sentence for sentence in _marked(before) if not _stands(sentence, after.body)]
    found += [_change(sentence, _nearest(sentence, after.body)) for sentence in gone]
    if not before.spans:
        found += [_change("", sentence) for sentence in _marked(after)]
    return found


def _change(before: str, after: str) -> dict[str, Any]:
    return {"field": "body", "before": before, "after": after}


def _marked(text: Text) -> list[str]:
    """The sentences of the body in which words are marked, in order."""
    spans = [span for span in text.spans if span["field"] == "body"]
    return [
        text.body[begin:stop]
        for begin, stop in sentences(text.body)
        if any(span["start"] < stop and span["end"] > begin for span in spans)
    ]


def _stands(sentence: str, body: str) -> bool:
    return f" {index_text(sentence)} " in f" {index_text(body)} "


def _nearest(sentence: str, body: str) -> str:
    """The sentence of *body* most like *sentence*, or nothing."""
    wanted = words(sentence)
    best, score = "", ALIKE
    matcher: SequenceMatcher[str] = SequenceMatcher(None, autojunk=False)
    matcher.set_seq2(wanted)
    for begin, stop in sentences(body):
        matcher.set_seq1(words(body[begin:stop]))
        if matcher.real_quick_ratio() > score and matcher.ratio() > score:
            best, score = body[begin:stop], matcher.ratio()
    return best
