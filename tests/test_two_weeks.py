from datetime import timedelta

import pytest

from tests import two_weeks
from tests.two_weeks import BEGIN, HOUR, TROUBLES, spells


@pytest.fixture(scope="module")
def polls():
    return two_weeks.simulate()


def hour(moment):
    return (moment - BEGIN) / HOUR


def during(polls, what):
    """The polls while one thing was wrong."""
    [(start, end)] = [(start, end) for start, end, name, _ in TROUBLES if name == what]
    return [poll for poll in polls if start <= hour(poll.at) < end]


def test_each_trouble_has_its_state_and_the_site_recovers_from_each(polls):
    states = [state for state, _, _ in spells(polls)]

    assert states == [
        "ok", "failing", "ok", "refused", "ok", "quiet", "ok", "degraded", "ok", "failing",
        "dead", "ok",
    ]  # fmt: skip


def test_reasons_are_told_in_words(polls):
    assert during(polls, "http_403")[-1].reason == "no route works: http_403"
    assert "articles would have come" in during(polls, "silent")[-1].reason
    assert "has its theme changed?" in during(polls, "theme")[-1].reason
    assert "no route has worked since" in during(polls, "timeout")[-1].reason


def test_intervals_keep_their_bounds_and_a_dead_site_is_asked_less_and_less(polls):
    waits = [poll.wait for poll in polls]
    assert min(waits) >= timedelta(minutes=5)
    assert max(waits) <= timedelta(days=1)
    dead = [poll.wait for poll in during(polls, "timeout")]
    assert dead == sorted(dead)
    alive = [poll.wait for poll in polls if poll.state == "ok"]
    assert max(alive) <= timedelta(hours=6)


def test_a_recovery_is_seen_within_a_day(polls):
    for _, end, what, _ in TROUBLES:
        after = [poll for poll in polls if hour(poll.at) >= end]
        back = next(poll for poll in after if poll.state == "ok")
        assert hour(back.at) - end <= 24, what


def test_the_picture_in_the_documentation_is_of_this_code(polls):
    assert two_weeks.PICTURE.read_text("utf-8") == two_weeks.picture(polls)
