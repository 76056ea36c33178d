import re
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from scheduler import moments, sayings
from scheduler.desk.locale import Locale
from scheduler.notices import worded as notice
from scheduler.phrases import ARABIC
from scraper import catalogue, outcomes
from scraper.discovery.errors import RouteError
from storage import health
from storage.errors import InputError
from storage.health import Facts

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
DAMASCUS = ZoneInfo("Asia/Damascus")
ISOLATED = re.compile(
    "[\N{LEFT-TO-RIGHT ISOLATE}\N{FIRST STRONG ISOLATE}][^\N{POP DIRECTIONAL ISOLATE}]*"
)
BROKEN = Facts(outcome="failing", reason="no route works: dns, http_500", failures=7)
FACTS = (
    Facts(outcome="refused", reason="no route works: http_403, robots"),
    Facts(outcome="refused", reason="no route works: challenge"),
    Facts(outcome="failing", reason="ended before a route answered"),
    Facts(outcome="failing", reason="the run broke off: ValueError"),
    BROKEN,
    Facts(outcome="failing", reason="dns", failures=7, last_success_at=NOW - timedelta(days=2)),
    Facts(
        outcome="ok",
        yields={
            "article": [0.1, 0.95, 400.0],
            "body": [0.3, 0.95, 400.0],
            "date": [0.2, 0.9, 400.0],
        },
    ),
    Facts(
        outcome="ok",
        last_success_at=NOW,
        last_new_at=NOW - timedelta(days=2),
        arrivals=[NOW - timedelta(days=2, hours=3 * n) for n in range(100)],
    ),
)


def english(said: str) -> list[str]:
    """What of it is in Latin letters and no name."""
    return [
        word for word in re.findall("[A-Za-z]{2,}", ISOLATED.sub("", said)) if word not in NAMES
    ]


NAMES = {"robots", "txt", "XML", "TLS", "sha", "UTF", "TOML", "webhook", "telegram", "today"}


@pytest.mark.parametrize("facts", FACTS)
def test_why_a_site_is_as_it_is_is_said_in_arabic(facts):
    reason = health.judge(facts, now=NOW).reason
    assert reason

    said = sayings.arabic(reason, DAMASCUS)

    assert said
    assert english(said) == []


def test_times_in_a_sentence_are_those_of_the_readers_clock():
    since = "no route has worked since 2026-11-22 21:30 UTC, 7 polls in a row; last: dns"

    said = Locale("ar", "arab", DAMASCUS, NOW).said(since)

    assert (
        said
        == "لم يعمل مسار منذ ٢٠٢٦/١١/٢٣ ٠٠:٣٠؛ المحاولات المتتالية: ٧؛ آخرها: اسم الخادم غير معروف"
    )


def test_every_word_of_the_ledger_has_an_arabic_one():
    words = {outcome.reason for _, outcome in outcomes.ERRORS}
    words |= {word for word in outcomes.UNREAD if not word.startswith("http_")}
    words |= set(re.findall(r"`(\w+)`", RouteError.__doc__ or ""))

    assert {word for word in words if word not in sayings.WORDS} == set()


def test_a_sentence_nobody_knows_stays_as_it_is_and_apart():
    line = notice("health", FACT | {"reason": "something else broke"}, DAMASCUS, ARABIC)[1][0]

    assert line == "السبب: \N{FIRST STRONG ISOLATE}something else broke\N{POP DIRECTIONAL ISOLATE}"


FACT = {"trouble": "refused", "name": "موقع", "over": False}


def test_channels_that_speak_arabic_are_told_the_reason_in_arabic():
    _, lines = notice("health", FACT | {"reason": "no route works: http_403"}, DAMASCUS, ARABIC)

    assert lines == ["السبب: لا مسار يعمل: جواب الخادم 403"]


def test_a_time_that_is_none_is_explained_and_its_examples_can_be_typed():
    with pytest.raises(InputError) as caught:
        moments.beginning("abc", zone=DAMASCUS, now=NOW, option="")

    said = Locale("ar", "arab", DAMASCUS, NOW).told(str(caught.value))

    assert english(said) == []
    assert "2026-11-23" in said


def test_several_sums_that_do_not_close_are_said_each():
    gaps = (
        "sana: 1 address unaccounted for: discovered is not known + fetched + refused + failed + left; "
        "2 matches are neither alerted, copy, too_old, muted nor listed"
    )

    said = sayings.arabic(gaps, DAMASCUS)

    assert said
    assert english(said) == []


def test_every_side_of_a_shipped_site_has_a_name_in_arabic():
    locale = Locale("ar", "arab", DAMASCUS, NOW)
    sides = {site.side for site in catalogue.load([]).values() if site.side}

    assert {side for side in sides if english(locale.name_of("side", side))} == set()
