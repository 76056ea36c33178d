import math
import random
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.health import Facts, Finding, Rhythm, Yield, fallen, judge, remember

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def office(until: datetime, days: int = 28, each_hour: int = 2) -> list[datetime]:
    """A newsroom that publishes from 8 to 18 except on Fridays."""
    return [
        day.replace(hour=hour, minute=59 * number // each_hour)
        for day in (until - DAY * n for n in range(days, -1, -1))
        for hour in range(8, 18)
        for number in range(each_hour)
        if day.weekday() != 4 and day.replace(hour=hour) < until
    ]


def silent(last: datetime, seen: datetime, arrivals: list[datetime]) -> Finding:
    facts = Facts(
        outcome="ok",
        last_success_at=seen,
        last_new_at=last,
        arrivals=[moment for moment in arrivals if moment <= last],
    )
    return judge(facts, now=seen)


def test_a_night_and_a_friday_are_no_silence():
    thursday = datetime(2026, 11, 26, 17, 30, tzinfo=UTC)
    saturday = datetime(2026, 11, 28, 8, 30, tzinfo=UTC)

    assert silent(thursday, saturday, office(thursday)) == Finding("ok")


def test_the_same_hours_on_a_working_day_are_a_silence():
    sunday = datetime(2026, 11, 22, 17, 30, tzinfo=UTC)
    tuesday = datetime(2026, 11, 24, 8, 30, tzinfo=UTC)

    finding = silent(sunday, tuesday, office(sunday))

    assert finding.state == "quiet"
    assert "nothing new for 39 h, since 2026-11-22 17:30 UTC" in finding.reason
    assert "articles would have come" in finding.reason


def test_silence_ends_with_the_last_poll_that_was_answered():
    # Nobody asked for two days: what was not asked for is not missed.
    last = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    facts = Facts(
        outcome="ok", last_success_at=last + HOUR, last_new_at=last, arrivals=office(last)
    )

    assert judge(facts, now=last + 2 * DAY).state == "ok"


def test_of_a_site_known_for_three_days_no_silence_is_said():
    last = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)

    assert silent(last, last + 5 * DAY, office(last, days=3)).state == "ok"


def test_a_site_that_publishes_once_a_week_may_be_silent_for_days():
    last = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)
    weekly = [last - n * 7 * DAY for n in range(30)]

    assert silent(last, last + 6 * DAY, weekly).state == "ok"


@pytest.mark.parametrize("seed", range(8))
def test_a_site_of_random_moments_is_rarely_called_quiet(seed):
    rng = random.Random(seed)
    moments, moment = [], NOW - 28 * DAY
    while moment < NOW:
        moments.append(moment)
        moment += timedelta(hours=rng.expovariate(1.5))

    states = [
        silent(before, after, moments).state
        for before, after in zip(moments[-200:], moments[-199:], strict=False)
    ]

    assert states.count("quiet") <= 1


def test_the_rhythm_expects_what_usually_comes_between_two_moments():
    last = datetime(2026, 11, 24, 17, 59, tzinfo=UTC)
    rhythm = Rhythm(office(last))

    weeks = 2.5 * rhythm.expected(last, last + 7 * DAY)

    assert math.isclose(rhythm.expected(last, last + 17.5 * DAY), weeks, rel_tol=0.1)
    assert rhythm.expected(last.replace(hour=20), last.replace(hour=23)) < 0.01
    assert rhythm.expected(last, last) == 0


@given(st.integers(0, 400), st.integers(0, 200), st.integers(0, 200))
def test_what_is_expected_adds_up(start, first, second):
    rhythm = Rhythm(office(NOW))
    a = NOW + timedelta(minutes=97 * start)
    b, c = a + first * HOUR, a + (first + second) * HOUR

    whole = rhythm.expected(a, c)

    assert math.isclose(rhythm.expected(a, b) + rhythm.expected(b, c), whole, abs_tol=1e-6)


@pytest.mark.parametrize(
    ("outcome", "failures", "hours", "state"),
    [
        ("refused", 1, 1, "refused"),
        ("refused", 40, 500, "refused"),
        ("failing", 1, 1, "failing"),
        ("failing", 9, 10, "failing"),
        ("failing", 2, 40, "failing"),
        ("failing", 3, 24, "dead"),
    ],
)
def test_what_does_not_answer_is_failing_and_after_a_day_and_three_polls_dead(
    outcome, failures, hours, state
):
    facts = Facts(
        outcome=outcome,
        reason="no route works: dns",
        failures=failures,
        last_success_at=NOW - hours * HOUR,
    )

    finding = judge(facts, now=NOW)

    assert finding.state == state
    assert "no route works: dns" in finding.reason


def test_pages_that_stop_being_articles_make_a_site_degraded_and_it_recovers():
    yields = {}
    for _ in range(20):
        yields = remember(yields, Yield((10, 10), (10, 10), (10, 10)))
    assert fallen(yields) is None

    yields = remember(yields, Yield((0, 10)))
    assert judge(Facts(outcome="ok", yields=yields), now=NOW).state == "degraded"
    assert "has its theme changed?" in fallen(yields)

    # However long it lasts, it does not become usual.
    for _ in range(200):
        yields = remember(yields, Yield((0, 10)))
    assert fallen(yields) is not None

    for _ in range(3):
        yields = remember(yields, Yield((10, 10)))
    assert judge(Facts(outcome="ok", yields=yields), now=NOW).state == "ok"


def test_dates_that_go_missing_are_told_and_a_site_that_never_had_any_is_not():
    had, never = {}, {}
    for _ in range(20):
        had = remember(had, Yield(date=(10, 10)))
        never = remember(never, Yield(date=(0, 10)))
    for _ in range(2):
        had = remember(had, Yield(date=(1, 10)))

    assert "articles with a date" in fallen(had)
    assert fallen(never) is None


def test_a_few_pages_say_nothing_of_a_site():
    assert fallen(remember({}, Yield(article=(0, 12)))) is None
