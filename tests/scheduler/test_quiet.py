from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scheduler.quiet import Mode, due
from storage.hours import Quiet

DAMASCUS = ZoneInfo("Asia/Damascus")
BERLIN = ZoneInfo("Europe/Berlin")


def at(hour: int, minute: int = 0, day: int = 23) -> datetime:
    """A moment of the desk's clock, which is three hours ahead of UTC."""
    return datetime(2026, 11, day, hour, minute, tzinfo=DAMASCUS)


@pytest.mark.parametrize(
    ("now", "wakes"),
    [
        (at(22, 59), at(22, 59)),
        (at(23), at(6, day=24)),
        (at(0, 30, day=24), at(6, day=24)),
        (at(5, 59), at(6)),
        (at(6), at(6)),
    ],
)
def test_quiet_hours_may_pass_midnight(now, wakes):
    assert Quiet.parse("23:00-06:00").wakes(now, DAMASCUS) == wakes


@pytest.mark.parametrize(("now", "wakes"), [(at(12, 59), at(12, 59)), (at(13), at(15))])
def test_quiet_hours_may_lie_within_a_day(now, wakes):
    assert Quiet.parse("13:00-15:00").wakes(now, DAMASCUS) == wakes


def test_quiet_hours_of_no_length_are_never():
    assert Quiet.parse("08:00-08:00").wakes(at(8), DAMASCUS) == at(8)


def test_quiet_hours_end_by_the_clock_on_the_wall_when_it_is_put_forward():
    night = datetime(2027, 3, 28, 0, 30, tzinfo=UTC)  # Berlin skips 02:00-03:00 that night

    assert Quiet.parse("23:00-06:00").wakes(night, BERLIN) == datetime(2027, 3, 28, 4, tzinfo=UTC)


@pytest.mark.parametrize(
    ("mode", "now", "moment"),
    [
        ("instant", at(12, 34), at(12, 34)),
        ("hourly", at(12, 34), at(13)),
        ("daily 08:00", at(7, 59), at(8)),
        ("daily 08:00", at(8), at(8, day=24)),
    ],
)
def test_a_mode_says_when_an_alert_goes_out(mode, now, moment):
    assert Mode.parse(mode).sends(now, DAMASCUS) == moment


def test_a_digest_due_in_quiet_hours_waits_for_their_end():
    moment = due(
        at(1), mode=Mode.parse("daily 05:00"), quiet=Quiet.parse("23:00-06:00"), zone=DAMASCUS
    )

    assert moment == at(6)


@pytest.mark.parametrize("text", ["", "23:00", "23-06", "24:00-06:00", "23:60-06:00", "a-b"])
def test_what_are_no_quiet_hours_is_refused(text):
    with pytest.raises(ValueError, match=r"23:00-06:00|no time of day"):
        Quiet.parse(text)


@pytest.mark.parametrize("text", ["", "weekly", "daily", "daily 8", "instant 08:00", "hourly x"])
def test_what_is_no_mode_is_refused(text):
    with pytest.raises(ValueError, match=r"daily 08:00|no time of day"):
        Mode.parse(text)


@given(st.integers(0, 10 * 365 * 24 * 60), st.sampled_from([DAMASCUS, BERLIN]))
def test_nothing_is_ever_due_in_the_past(minutes, zone):
    now = datetime(2020, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)

    for mode in ("instant", "hourly", "daily 02:30"):
        assert due(now, mode=Mode.parse(mode), quiet=Quiet.parse("23:00-06:00"), zone=zone) >= now
