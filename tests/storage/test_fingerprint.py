import pytest

from storage.fingerprint import bands, digest, title_key

HEADLINE = "القواتُ الروسيّةُ تهدّدُ “قسدَ” بالانسحابِ من شرقِ الفراتِ"
BODY = (
    "قالت مصادر محلية إن القوات الروسية أبلغت قوات سوريا الديمقراطية نيتها الانسحاب من مواقعها"
    " في شرق الفرات خلال 48 ساعة، إذا لم تلتزم بالاتفاق الموقع في سوتشي مع عبد الله الأحمد."
)


@pytest.mark.parametrize(
    ("headline", "body"),
    [
        ("القوات الروسية تهدد قسد بالانسحاب من شرق الفرات", BODY),
        (HEADLINE, BODY.replace("48", "٤٨")),
        (HEADLINE, BODY.replace("عبد الله", "عبدالله").replace("الأحمد", "الاحمد")),
        (HEADLINE, BODY.replace("، إذا", "؛\n\nإذا") + " \u200f"),
        (HEADLINE, BODY.replace("شرق", "ش\u0640\u0640رق").replace(" قوات", "\u00a0\u00a0«قوات»")),
    ],
)
def test_cosmetic_changes_leave_the_digest_as_it_is(headline, body):
    assert digest(headline, body) == digest(HEADLINE, BODY)


@pytest.mark.parametrize(
    ("headline", "body"),
    [
        (HEADLINE, BODY.replace("48", "72")),
        (HEADLINE, BODY.replace("48", "4 8")),
        (HEADLINE, BODY.replace("الانسحاب", "البقاء")),
        (HEADLINE + " غدا", BODY),
        ("", f"{HEADLINE} {BODY}"),
    ],
)
def test_another_word_or_number_changes_the_digest(headline, body):
    assert digest(headline, body) != digest(HEADLINE, BODY)


def test_a_text_has_48_keys_that_fit_a_signed_64_bit_integer():
    keys = bands(HEADLINE, BODY)

    assert len(set(keys)) == 48
    assert all(-(2**63) <= key < 2**63 for key in keys)


def test_the_keys_are_those_of_earlier_releases():
    # They are kept in archives: other keys need another FINGERPRINT_VERSION.
    assert bands(HEADLINE, BODY)[:2] == [3192804603079018470, -7018013217320377799]
    assert title_key(HEADLINE) == -1389382208578398158


def test_an_edited_copy_shares_keys_and_another_text_shares_none():
    copy = "دمشق – وكالات\n" + BODY.replace("قالت مصادر محلية", "أفادت مصادر")
    other = " ".join(f"كلمة{number}" for number in range(40))

    assert len(set(bands(HEADLINE, BODY)) & set(bands("عنوان آخر", copy))) > 4
    assert not set(bands(HEADLINE, BODY)) & set(bands("عنوان", other))


def test_a_short_text_has_no_keys_but_its_headline_has_one():
    assert bands(HEADLINE, "عاجل") == []
    assert title_key(HEADLINE) == title_key("القوات الروسية تهدد قسد بالانسحاب من شرق الفرات")
    assert title_key("عاجل") is None


def test_a_text_without_end_is_read_to_a_limit():
    assert len(bands("", "كلمة أخرى ثم أخرى " * 200_000)) == 48
