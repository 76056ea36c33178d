"""Folding, tokens, and the way back to the published text."""

import gzip
import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.text import fold, index_text, letters, pieces, raw_words, tokenize, trim, words

SHARED = Path(__file__).parents[2] / "../shared/data"
HEADLINE = "القواتُ الروسيّةُ تهدّدُ “قسدَ” بالانسحابِ من شرقِ الفراتِ .. والسببُ؟"
PIECES = st.sampled_from(
    [
        *"ابتةدرزسشصعفقكلمنهويىءأإآؤئٱ",
        *"پڤگکیہھە٠٣۰۷25aZéİßﬁ",
        *"\u064b\u064e\u0651\u0652\u0653\u0654\u0670\u0640\u0640\u06e5\u08f0\u0301",
        *"\u200b\u200f\u202e\u2066\ufeff\u00ad\ufe0f",
        *" \u00a0\n_-./،؛؟!…«»“”\"'()#",
        *"\ufee1\ufefb\ufdf2\ufdfa\ufe70\ufc60\ufdfc",
        "\u0640.\u0640",
        "\u0640 \u0640",
        "\ud800",
    ]
)
TEXTS = st.lists(PIECES, max_size=40).map("".join)


@pytest.mark.parametrize(
    ("variant", "plain"),
    [
        ("شرقِ الفراتِ", "شرق الفرات"),
        ("عبد الرحم\u0670ن", "عبد الرحمن"),
        ("إدلب أحمد آمنة \u0671حتار", "ادلب احمد امنة احتار"),
        ("الزبدانى سور\u06ccا", "الزبداني سوريا"),
        ("الرقه", "الرقة"),
        ("المسؤولين", "المسئولين"),
        ("\u06a9ردستان \u06beدنة \u06c1دنة هدن\u06d5", "كردستان هدنة هدنة هدنة"),
        ("٢٢٥٤ و ۲۲۵۴", "2254 و 2254"),
        ("SDF", "sdf"),
        ("\u06a4يينا \u067eاريس", "فيينا باريس"),
        ("اليمـ\u0640ـن", "اليمن"),
        ("الإرها\u00adبي \u200fوزير\u202c", "الإرهابي وزير"),
        ("ﻏﺎﺭﺓ ﺟﻮﻳﺔ اﻻنفجار ﷲ", "غارة جوية الانفجار الله"),
        ("ا\u0653منة ا\u0654حمد ا\u0655دلب و\u0654", "آمنة أحمد إدلب ؤ"),
        ("داعـ.ـش", "داعش"),
        ("قتـ ـيـ ـلاً", "قتيلا"),
        ("التـ ـنـ ـظـ ـيم", "التنظيم"),
    ],
)
def test_spellings_of_the_same_words_fold_to_the_same(variant, plain):
    assert fold(variant) == fold(plain)
    assert words(variant) == words(plain)


@pytest.mark.parametrize(
    ("one", "other"),
    [("حماة", "حماية"), ("سوريا", "سورية"), ("درعا", "درع"), ("قائد", "قايد"), ("هجوم", "هجوم1")],
)
def test_different_words_stay_different(one, other):
    assert fold(one) != fold(other)


def test_tokens_stand_in_the_text_as_published():
    tokens = tokenize(HEADLINE)

    assert [token.raw for token in tokens][3:5] == ["قسدَ", "بالانسحابِ"]
    assert all(HEADLINE[token.start : token.end] == token.raw for token in tokens)


def test_a_dotted_tatweel_mends_a_word_and_a_full_stop_does_not():
    assert words("ميليشـ.ـيات القوات.الروسية") == ["ميليشيات", "القوات", "الروسيه"]


def test_a_token_of_a_split_word_covers_all_its_pieces():
    [token] = tokenize("داعـ.ـش")

    assert (token.start, token.end, token.folded) == (0, 7, "داعش")


def test_a_hashtag_is_the_words_between_its_underscores():
    assert words("#شرق_الفرات") == ["شرق", "الفرات"]


def test_a_lone_tatweel_is_no_word():
    assert words("قال ـــ إن") == ["قال", "ان"]


def test_controls_round_a_word_are_not_of_it():
    [token] = tokenize("\u200fوزير\u202c")

    assert (token.start, token.end) == (1, 5)


def test_letters_keep_what_exact_comparison_needs():
    assert letters("إدلبَ") == "إدلب"
    assert letters("٢٢٥٤") == "٢٢٥٤"


def test_the_index_sees_words_one_space_apart():
    assert index_text("لـ«حزب الله»، أمس") == "ل حزب الله امس"


@given(TEXTS)
def test_folding_twice_changes_nothing(text):
    assert fold(fold(text)) == fold(text)


@given(TEXTS)
def test_tokens_are_cut_from_the_text_in_order(text):
    tokens = tokenize(text)

    assert all(text[token.start : token.end] == token.raw for token in tokens)
    assert all(one.end <= other.start for one, other in pairwise(tokens))
    assert all(token.folded and not token.folded.isspace() for token in tokens)


@given(TEXTS)
def test_every_way_to_the_words_gives_the_same_words(text):
    tokens = tokenize(text)

    assert [token.folded for token in tokens] == words(text)
    assert [token.raw for token in tokens] == [trim(raw) for raw in raw_words(text)]
    assert index_text(text) == " ".join(words(text))


@given(TEXTS)
def test_indexed_words_are_found_again_in_the_index(text):
    assert words(index_text(text)) == words(text)


@given(TEXTS)
def test_the_pieces_of_a_text_are_its_words_and_what_is_between(text):
    cut = pieces(text)

    assert cut[1::2] == raw_words(text)
    assert "".join(cut) == text.replace("_", " ")


def test_a_word_of_ten_megabytes_is_one_token():
    text = "ش" * 5_000_000 + "\u064e\u0640" * 10

    [token] = tokenize(text)

    assert len(token.folded) == 5_000_000


def test_vowelled_news_folds_to_the_plain_text():
    path = SHARED / "tashkeel/news_sentences.jsonl.gz"
    if not path.exists():
        pytest.skip("the shared sentences are not here")
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        pairs = [json.loads(line) for line in lines]

    differing = [p["plain"] for p in pairs if fold(p["diacritised"]) != fold(p["plain"])]

    assert (len(pairs), differing) == (783, [])
