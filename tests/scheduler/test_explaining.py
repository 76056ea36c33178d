"""Why a query does, or does not, match."""

import re

import pytest

from scheduler.explaining import explain
from scheduler.reasons import REASONS


@pytest.mark.parametrize(
    ("query", "text", "note"),
    [
        ("شرق الفرات", "من شرقِ الفراتِ", "found at شرقِ الفراتِ (3-15)"),
        ("=الرقة", "في الرقه", "would match الرقه but for ة/ه: mode folded"),
        ("=القرار 2254", "القرار ٢٢٥٤", "would match القرار ٢٢٥٤ but for the digits: mode folded"),
        ("=شرقِ", "شرقَ", "would match شرقَ but for the marks typed: mode folded"),
        ("+قسد", "لقسد", "would match لقسد but for its clitics or ending: mode inflected"),
        ("حمص", "الحمص", "would match الحمص, but it is listed as a proper name: write {name=off}"),
        ("غارة{number=off}", "غارات", "would match غارات, but plural and dual are off: write {number}"),
        ("شرق الفرات", "شرق نهر الفرات", "would match شرق نهر الفرات but for the words in between: write ~1"),
        ("القوات الروسية", "القوات. الروسية", "would match القوات الروسية, but a sign that ends a phrase stands between its words"),
        ("الأسد", "هرب أسد", "would match أسد, but a typed article is never dropped: write أسد"),
        ("رقة", "ورقة", "ورقة is taken for a word of its own, not for a form of رقة"),
        ("علي", "على الأرض", "على is taken for a word of its own, not for a form of علي"),
        ("كوباني", "علم كوبا", "كوباني is not there; the nearest word is كوبا"),
        ("شرق الفرات", "الفرات شرق", "شرق is there (شرق), الفرات is there (الفرات), but not beside each other"),
        ("headline:قسد", "قسد", "looks at headline only; this text is the body"),
        ("@sdf", "حلب", "none of its wordings was found"),
        ("@sdf", "لقسد", "found at لقسد (0-4)"),
    ],
)  # fmt: skip
def test_the_first_term_is_explained(query, text, note):
    assert explain(query, text).notes[0].words == note


def test_each_term_has_a_note_and_the_answer_comes_first():
    lines = explain("قسد AND NOT حلب", "قسد في حلب").lines()

    assert lines == [
        "قسد AND NOT حلب: does not match",
        "قسد: found at قسد (0-3)",
        "حلب: found at حلب (7-10); NOT leaves such articles out",
    ]


def test_a_cancelled_hit_says_so():
    explanation = explain("حماة", "حماة الوطن", exclude=("حماة الوطن",))

    assert not explanation.matches
    assert [note.status for note in explanation.notes] == ["cancelled", "found"]


def test_a_match_has_its_spans():
    explanation = explain("شرق الفرات", "من شرقِ الفراتِ", field="headline")

    assert explanation.matches
    assert [span.field for span in explanation.spans] == ["headline"]


def test_every_reason_is_there_in_both_languages_and_names_the_same():
    def names(text):
        return sorted(re.findall(r"(?<!{){(\w+)}", text))

    english, arabic = REASONS["en"], REASONS["ar"]
    assert english.keys() == arabic.keys()
    assert {key for key in english if names(english[key]) != names(arabic[key])} == set()


def test_reasons_are_given_in_the_language_asked_for():
    [note] = explain("شرق الفرات", "شرق نهر الفرات", language="ar").notes

    assert note.words.startswith("كان شرق نهر الفرات ليطابق لولا الكلمات التي بينهما")


def test_parts_that_are_too_far_apart_are_said_to_be_so():
    notes = explain("قسد NEAR/2 الرقة", "قسد في ريف مدينة قرب الرقة").notes

    assert notes[-1].term == "قسد NEAR/2 الرقة"
    assert notes[-1].words.endswith("write NEAR/4")
    assert len(explain("قسد NEAR/4 الرقة", "قسد في ريف مدينة قرب الرقة").notes) == 2
