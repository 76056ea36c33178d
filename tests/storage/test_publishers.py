from datetime import UTC, datetime, timedelta

import pytest

from storage.publishers import Carrier, appeared, in_order, sources

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
MIDNIGHT = datetime(2026, 11, 22, 21, tzinfo=UTC)  # in Damascus
HOUR = timedelta(hours=1)
OUTLETS = {
    "سانا - الوكالة العربية السورية للأنباء": "sana",
    "تلفزيون سوريا": "syriatv",
    "الوطن": "alwatan",
    "عنب بلدي": "enab",
    "نورث برس": "npa",
}
NEWS = "أعلنت وزارة الصحة وصول قافلة مساعدات."


def carrier(number, published, seen=NOON + 9 * HOUR, site="s", named=()):
    return Carrier(number, f"{site}{number}", published, seen, named)


def order(*carriers):
    return [each.carrier.article_id for each in in_order(carriers)]


def test_the_earliest_stated_time_is_first_whoever_was_crawled_first():
    late_crawl = carrier(2, NOON, seen=NOON + 30 * HOUR)

    assert order(carrier(1, NOON + HOUR), late_crawl, carrier(3, NOON + 2 * HOUR)) == [2, 1, 3]


@pytest.mark.parametrize("stated", [None, NOON + 20 * HOUR])
def test_without_a_true_time_it_counts_when_it_was_seen(stated):
    found = appeared(carrier(1, stated, seen=NOON))

    assert (found.at, found.basis) == (NOON, "first seen")


def test_a_day_without_an_hour_says_only_that_it_was_not_later_than_seen():
    found = appeared(carrier(1, MIDNIGHT, seen=NOON))

    assert (found.at, found.basis) == (NOON, "published that day")
    assert appeared(carrier(1, MIDNIGHT, seen=NOON + 90 * HOUR)).at == MIDNIGHT + 24 * HOUR


def test_of_times_that_do_not_decide_the_one_that_is_named_goes_first():
    copy = carrier(1, NOON, named=["s2"])
    minutes = timedelta(minutes=5)

    assert order(copy, carrier(2, NOON + minutes)) == [2, 1]
    assert order(copy, carrier(2, None, seen=NOON + 5 * HOUR)) == [2, 1]
    assert order(copy, carrier(2, NOON + HOUR)) == [1, 2]


@pytest.mark.parametrize(
    ("body", "named"),
    [
        (f"دمشق – سانا\n{NEWS}", ["sana"]),
        (f"دمشق-سانا: {NEWS}", ["sana"]),
        (f"وكالات – عنب بلدي\n{NEWS}", ["وكالات", "enab"]),
        (f"{NEWS}\nالمصدر: رويترز", ["رويترز"]),
        (f"{NEWS}\nالمصدر: الوكالة العربية السورية للأنباء", ["sana"]),
        (f"بيروت (رويترز) {NEWS}", ["رويترز"]),
        (f"{NEWS} وذلك نقلاً عن وكالة نورث برس.", ["npa"]),
        (f"بيروت (أ.ف.ب) {NEWS}", ["فرانس برس"]),
        (f"{NEWS}\nالمصدر: تلفزيون سوريا", ["syriatv"]),
        (f"{NEWS}\nالمصدر: الوطن", ["alwatan"]),
        (f"{NEWS} نقلا عن مصادر في الوطن.", []),
        (f"دمشق سانا – {NEWS}", ["sana"]),
        (NEWS, []),
        (f"{NEWS} وقال مراسل سانا إن القافلة وصلت.", []),
    ],
)
def test_the_source_a_text_names_is_found(body, named):
    assert sources(body, outlets=OUTLETS) == named


def test_an_agency_in_the_byline_is_a_source():
    assert sources(NEWS, ["وكالة سانا"], outlets=OUTLETS) == ["sana"]
