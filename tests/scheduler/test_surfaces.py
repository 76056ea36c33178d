from itertools import product

import pytest

from scheduler.arabic.shapes import shape_of
from scheduler.arabic.surfaces import index_stems
from scheduler.arabic.words import EXACT, FOLDED, INFLECTED, WatchWord
from storage.stems import stem
from storage.text import fold

# Among them words that begin with what may be a clitic, and as short as can be.
TYPED = [
    "شرق",
    "الفرات",
    "لجنة",
    "اللجنة",
    "لبنان",
    "الليرة",
    "وزارة",
    "الوزارة",
    "فرقة",
    "بلدة",
    "كتيبة",
    "كلب",
    "سياسة",
    "ينسحب",
    "تقصف",
    "انسحاب",
    "التزام",
    "الأمم",
    "إلغاء",
    "مستشفى",
    "هجوم",
    "أبو",
    "أبي",
    "حي",
    "يد",
    "سد",
    "وطن",
    "فن",
    "قصف",
    "مقاتلين",
    "مقاتلو",
    "قوات",
    "غارة",
    "علي",
    "على",
    "الله",
    "بالوظة",
    "كالحة",
    "فالج",
    "للاجئ",
    "سين",
    "ويل",
    "بن",
    "covid19",
    "2254",
    "ب19",
]
HEADS = ["", "و", "ف", "ب", "ك", "ل", "س", "ال", "بال", "كال", "لل", "ول", "فب", "وال", "فلل", "وس"]
ENDINGS = [
    "",
    "ه",
    "ها",
    "هم",
    "كما",
    "ات",
    "اتها",
    "ان",
    "ين",
    "ون",
    "و",
    "ي",
    "يه",
    "ا",
    "اً",
    "تين",
]


def words(typed):
    places = [(True, True), (True, False), (False, False), (False, True)]
    for first, last in places:
        yield WatchWord(typed, first=first, last=last)
        yield WatchWord(typed, first=first, last=last, addable=False)
    yield WatchWord(typed, alone=True, name=True)
    yield from (WatchWord(typed, mode) for mode in (EXACT, FOLDED))
    if len(fold(typed)) > 2:
        yield from (WatchWord(typed, mode, truncated=True) for mode in (EXACT, FOLDED, INFLECTED))


def tokens(typed):
    bodies = {
        typed,
        typed.removesuffix("ة"),
        typed.removesuffix("ة") + "ت",
        typed.removeprefix("ال"),
    }
    bodies |= {typed.replace("ى", "ا"), "ال" + typed}
    yield from map("".join, product(HEADS, bodies, [*ENDINGS, "ستان7"]))


@pytest.mark.parametrize("typed", TYPED)
def test_every_token_that_counts_as_a_word_has_a_stem_that_is_asked_for(typed):
    shapes = [shape_of(token) for token in tokens(typed)]
    for word in words(typed):
        asked = index_stems(word)
        accepted = [shape.folded for shape in shapes if word.accepts(shape)]

        assert accepted
        assert [token for token in accepted if not holds(asked, stem(token))] == []


def holds(asked, found):
    if asked is None:
        return True
    return found in asked or any(
        found.startswith(each[:-1]) for each in asked if each.endswith("*")
    )
