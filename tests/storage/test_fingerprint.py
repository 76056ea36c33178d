import pytest

from storage import fingerprint
from storage.fingerprint import FINGERPRINT_VERSION, digest, folded, keys_of

HEADLINE = "القواتُ الروسيّةُ تهدّدُ “قسدَ” بالانسحابِ من شرقِ الفراتِ"
BODY = (
    "قالت مصادر محلية إن القوات الروسية أبلغت قوات سوريا الديمقراطية نيتها الانسحاب من مواقعها"
    " في شرق الفرات خلال 48 ساعة، إذا لم تلتزم بالاتفاق الموقع في سوتشي مع عبد الله الأحمد."
)

KEYS = keys_of(folded(HEADLINE, BODY))


def bands(headline, body):
    return fingerprint.bands(folded(headline, body))


def title_key(headline):
    return fingerprint.title_key(folded(headline, "").headline)


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
    "counted",
    [
        "1,250 مشاهدة",
        "المشاهدات: ٣٢٠ · تعليق واحد",
        "شوهد 33 مرة",
        "3 دقائق قراءة",
        "منذ 5 ساعات",
        "مشاركة 12",
        "آخر تحديث منذ 4 دقائق",
    ],
)
def test_a_line_that_only_counts_leaves_the_digest_and_the_keys_as_they_are(counted):
    assert digest(HEADLINE, f"{BODY}\n\n{counted}") == digest(HEADLINE, BODY)
    assert digest(HEADLINE, f"{counted}\n{BODY}") == digest(HEADLINE, BODY)
    assert bands(HEADLINE, f"{BODY}\n{counted}") == bands(HEADLINE, BODY)


@pytest.mark.parametrize(
    "news", ["قتل 3 مدنيين", "الحادثة وقعت منذ 3 أيام في الرقة", "300 قتيل", "3 مشاهد من المعركة"]
)
def test_a_line_that_says_more_than_a_number_is_text(news):
    assert digest(HEADLINE, f"{BODY}\n{news}") != digest(HEADLINE, BODY)


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


def test_a_text_has_80_keys_that_fit_a_signed_64_bit_integer():
    keys = bands(HEADLINE, BODY)

    assert len(set(keys)) == 80
    assert all(-(2**63) <= key < 2**63 for key in keys)


def test_the_keys_are_those_of_earlier_releases():
    # They are kept in archives: other keys need another FINGERPRINT_VERSION and a migration.
    assert FINGERPRINT_VERSION == 3
    assert bands(HEADLINE, BODY)[:2] == [-8013431901943532365, -9214885619346480634]
    assert bands(HEADLINE, BODY)[-1] == -8768765273985700454
    assert title_key(HEADLINE) == -8875919597915377849


def test_keys_of_another_version_are_none_of_these(monkeypatch):
    monkeypatch.setattr(fingerprint, "_VERSION", b"2 ")

    assert not keys_of(folded(HEADLINE, BODY)) & KEYS


def test_an_edited_copy_shares_keys_and_another_text_shares_none():
    copy = "دمشق – وكالات\n" + BODY.replace("قالت مصادر محلية", "أفادت مصادر")
    other = " ".join(f"كلمة{number}" for number in range(40))

    assert len(set(bands(HEADLINE, BODY)) & set(bands("عنوان آخر", copy))) > 4
    assert not set(bands(HEADLINE, BODY)) & set(bands("عنوان", other))


def test_a_text_cut_short_is_found_by_its_opening():
    rest = " ".join(f"كلمة{number}" for number in range(2_000))
    cut = " ".join(BODY.split()[:22])

    whole, short = bands(HEADLINE, f"{BODY} {rest}"), bands("عنوان آخر", cut)
    assert set(whole) & set(short)


@pytest.mark.parametrize("length", [20, 25, 40])
def test_of_a_short_text_most_keys_stay_when_a_word_is_changed(length):
    words = [f"كلمة{number}" for number in range(length)]
    edited = [*words[:10], "أخرى", *words[11:]]

    shared = set(bands("", " ".join(words))) & set(bands("", " ".join(edited)))
    assert len(shared) > 20


def test_two_texts_share_as_many_keys_as_their_word_sequences_promise():
    # J², on average: here J is a half.
    shared = 0
    for number in range(40):
        words = [f"كلمة{number}ص{place}" for place in range(300)]
        other = [f"غيرها{number}ص{place}" for place in range(100)]
        one, two = " ".join(words), " ".join([*words[:200], *other])
        shared += len(set(bands("", one)[:64]) & set(bands("", two)[:64]))

    assert 0.2 < shared / (40 * 64) < 0.3


def test_a_headline_without_end_can_be_read():
    assert len(bands("عنوان طويل جدا " * 5_000, BODY)) == 80


def test_a_short_text_has_no_keys_but_its_headline_has_one():
    assert bands(HEADLINE, "عاجل") == []
    assert title_key(HEADLINE) == title_key("القوات الروسية تهدد قسد بالانسحاب من شرق الفرات")
    assert title_key("عاجل") is None


def test_a_text_without_end_is_read_to_a_limit():
    assert len(bands("", "كلمة أخرى ثم أخرى " * 200_000)) == 80
