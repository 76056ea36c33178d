"""Words, plurals, digits and times in both languages."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from markupsafe import Markup

import scheduler.desk
from scheduler.desk.locale import CATEGORIES, LANGUAGES, Locale, catalogue

DESK = Path(scheduler.desk.__file__).parent
NOW = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
DAMASCUS = ZoneInfo("Asia/Damascus")


def locale(language: str = "ar", digits: str = "arab") -> Locale:
    return Locale(language, digits, DAMASCUS, NOW)


def test_both_languages_have_the_same_texts():
    assert catalogue("ar").keys() == catalogue("en").keys()


def test_every_arabic_text_with_a_number_has_six_forms():
    forms = {key: text.keys() for key, text in catalogue("ar").items() if not isinstance(text, str)}

    assert forms
    assert {key for key, said in forms.items() if said != set(CATEGORIES)} == set()


def test_every_english_text_with_a_number_has_two_forms():
    said = [text.keys() for text in catalogue("en").values() if not isinstance(text, str)]

    assert all(keys == {"one", "other"} for keys in said)


@pytest.mark.parametrize("key", sorted(catalogue("ar")))
def test_placeholders_are_the_same_in_both_languages(key):
    def names(text):
        return set(re.findall(r"{(\w+)}", text if isinstance(text, str) else text["other"]))

    assert names(catalogue("ar")[key]) == names(catalogue("en")[key])


def test_every_text_a_template_asks_for_is_there():
    asked = set()
    for path in (DESK / "templates").glob("*.html"):
        asked |= set(re.findall(r"""\bt\(["']([\w.]+)["'][,)]""", path.read_text("utf-8")))

    assert asked
    assert asked - catalogue("ar").keys() == set()


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (1, "نشره موقع واحد"),
        (2, "نشره موقعان"),
        (7, "نشره ٧ مواقع"),
        (11, "نشره ١١ موقعاً"),
        (100, "نشره ١٠٠ موقع"),
        (103, "نشره ١٠٣ مواقع"),
    ],
)
def test_copies_are_counted_in_arabic(number, said):
    assert locale().t("stream.copies", number) == said


@pytest.mark.parametrize(
    ("gone", "said"),
    [
        (timedelta(seconds=20), "الآن"),
        (timedelta(minutes=2), "قبل دقيقتين"),
        (timedelta(hours=3), "قبل ٣ ساعات"),
        (timedelta(days=2), "قبل يومين"),
        (timedelta(days=9), "١٦ تشرين الثاني ٢٠٢٦"),
        (timedelta(minutes=-5), "٢٥ تشرين الثاني ٢٠٢٦"),
    ],
)
def test_how_long_ago_is_said_as_people_say_it(gone, said):
    assert locale().ago(NOW - gone) == said


def test_exact_times_are_of_the_desks_zone():
    assert locale().moment(NOW) == "٢٥ تشرين الثاني ٢٠٢٦، ١٣:٠٠"
    assert locale("en", "latn").moment("2026-11-25T10:00:00Z") == "25 November 2026, 13:00"


def test_values_put_into_a_text_are_escaped():
    said = locale().t("stream.forget", name="<script>")

    assert said == Markup("انسَ العرض &lt;script&gt;")


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_text_there_is_none_of_is_an_error(language):
    with pytest.raises(KeyError):
        locale(language).t("no.such.text")


def test_stylesheets_know_no_left_and_right():
    css = (DESK / "static" / "desk.css").read_text("utf-8")

    assert re.findall(r"(?:margin|padding|border|inset)?-?\b(?:left|right)\b\s*:", css) == []
    assert re.findall(r"text-align: (?:left|right)", css) == []


def test_nothing_is_asked_of_anybody_else():
    said = [
        path.read_text("utf-8")
        for path in (
            *DESK.glob("templates/*.html"),
            DESK / "static/desk.css",
            DESK / "static/desk.js",
        )
    ]

    assert re.findall(r"""(?:src|href|url|action)[=(]["']?(?:https?:)?//""", "".join(said)) == []
