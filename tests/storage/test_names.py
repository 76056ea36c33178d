import pytest

from storage.names import differ, named
from storage.text import words


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("انفجار في بلدة ذيبان", {("ذيبان",)}),
        ("حريق بمدينة الباب أمس", {("الباب",)}),
        ("قصف على دير الزور", {("دير", "الزور")}),
        ("قصف وسط بحمص", {("حمص",)}),
        ("خطف الشاب ماهر الأحمد", {("ماهر", "الاحمد")}),
        ("قال محمد بن سلمان اليوم", {("محمد", "سلمان")}),
        ("أقدم مقرب بن سعد على قتله", {("مقرب", "سعد")}),
        ("ضبط المدعو عبد الله الخلف", {("عبد", "الله", "الخلف")}),
        ("لم يسم أحدا", set()),
    ],
)
def test_names_are_found_by_lists_and_by_what_announces_them(text, names):
    assert set().union(*named(words(text)).values()) == names


def test_a_name_is_found_again_by_the_words_before_it():
    one, other = (named(words(f"القبض على المدعو {who} أمس")) for who in ("فراس قاسم", "ماهر حداد"))

    assert one.keys() == other.keys()


@pytest.mark.parametrize(
    ("one", "other", "two_persons"),
    [
        (("فراس", "قاسم"), ("ماهر", "قاسم"), True),
        (("سامر", "الخلف"), ("سامر", "الصالح"), True),
        (("سامر", "الخلف"), ("سامر", "قال"), False),
        (("سامر", "الخلف"), ("سامر",), False),
    ],
)
def test_what_follows_a_name_may_not_belong_to_it(one, other, two_persons):
    assert differ(one, other) is two_persons
