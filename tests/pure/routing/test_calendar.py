"""Working time, by hand and against a minute-by-minute count."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.routing_policy import Hours, Shift, Span
from schemas.units import HOUR_MS, MINUTE_MS
from streams.routing.calendar import Calendar, NeverOpen
from tests.pure.routing.policies import ALMATY, HOLIDAYS, OFFICE, WEEKDAYS, almaty, utc

OFFICE_TIME = Calendar(OFFICE, ALMATY, HOLIDAYS)


@pytest.mark.parametrize(
    ("touch", "answer"),
    [
        ("2026-11-27 17:50", "2026-11-30 09:20"),  # Friday, over the week-end
        ("2026-12-15 17:45", "2026-12-17 09:15"),  # Tuesday; Wednesday is a holiday
        ("2026-11-30 03:00", "2026-11-30 09:30"),  # Monday, before opening
        ("2026-11-30 12:00", "2026-11-30 12:30"),
        ("2026-11-30 17:30", "2026-11-30 18:00"),  # to the minute of closing
    ],
)
def test_half_an_hour_of_working_time_ends_when_a_person_would_say(touch: str, answer: str) -> None:
    assert almaty(answer) == OFFICE_TIME.after(almaty(touch), 30 * MINUTE_MS)


def test_a_shift_that_ends_before_it_begins_spans_midnight() -> None:
    night = Calendar(Hours(shifts=(Shift((4,), 22 * 60, 6 * 60),)), "UTC")
    assert night.is_open(utc("2026-11-27 23:00"))
    assert night.is_open(utc("2026-11-28 05:59"))
    assert not night.is_open(utc("2026-11-28 06:00"))
    assert not night.is_open(utc("2026-11-28 22:30"))


def test_absence_is_no_working_time_and_ends_to_the_minute() -> None:
    eve = Calendar(OFFICE, ALMATY, absent=(Span(almaty("2026-12-03 14:00"), almaty("2026-12-03 16:00")),))
    assert not eve.is_open(almaty("2026-12-03 14:30"))
    assert eve.is_open(almaty("2026-12-03 16:00"))
    assert almaty("2026-12-03 16:00") == eve.next_open(almaty("2026-12-03 14:30"))
    assert almaty("2026-12-03 16:10") == eve.after(almaty("2026-12-03 13:50"), 20 * MINUTE_MS)


def test_a_day_on_which_the_clock_goes_back_has_an_hour_more() -> None:
    whole_day = Calendar(Hours(shifts=(Shift((6,), 0, 24 * 60),)), "Europe/Berlin")
    start = utc("2026-10-24 22:00")  # midnight in Berlin; the clock goes back on this Sunday
    assert start + 25 * HOUR_MS == whole_day.after(start, 25 * HOUR_MS)


def test_who_never_works_is_told_instead_of_looked_for_without_end() -> None:
    with pytest.raises(NeverOpen):
        Calendar(Hours(), "UTC").after(0, 1)
    with pytest.raises(NeverOpen):
        Calendar(Hours(always=True), "UTC", absent=(Span(0, 10**14),)).next_open(5)


def test_always_is_every_minute_of_holidays_too() -> None:
    always = Calendar(Hours(always=True), ALMATY, (date(2027, 1, 1).toordinal(),))
    moment = almaty("2027-01-01 03:00")
    assert always.is_open(moment)
    assert moment + 90 * MINUTE_MS == always.after(moment, 90 * MINUTE_MS)


shifts = st.builds(
    Shift,
    st.lists(st.integers(0, 6), min_size=1, max_size=7, unique=True).map(tuple),
    st.integers(0, 1439),
    st.integers(0, 1440),
)


@settings(deadline=None, max_examples=60)
@given(
    shifts=st.lists(shifts, min_size=1, max_size=3),
    start=st.integers(0, 14 * 24 * 60),
    minutes=st.integers(1, 400),
    away=st.tuples(st.integers(0, 14 * 24 * 60), st.integers(1, 2_000)),
)
def test_working_time_is_what_counting_minute_by_minute_gives(
    shifts: list[Shift], start: int, minutes: int, away: tuple[int, int]
) -> None:
    monday = utc("2026-11-30 00:00")
    span = Span(monday + away[0] * MINUTE_MS, monday + (away[0] + away[1]) * MINUTE_MS)
    calendar = Calendar(Hours(shifts=tuple(shifts)), "UTC", absent=(span,))
    at_ms = monday + start * MINUTE_MS
    try:
        end = calendar.after(at_ms, minutes * MINUTE_MS)
    except NeverOpen:
        return
    counted = sum(calendar.is_open(moment) for moment in range(at_ms, end, MINUTE_MS))
    assert minutes == counted
    assert calendar.is_open(end - 1)


def test_the_days_of_a_shift_are_local_ones() -> None:
    calendar = Calendar(Hours(shifts=(Shift(WEEKDAYS, 0, 60),)), ALMATY)
    assert calendar.is_open(utc("2026-11-29 19:30"))  # Monday, half past midnight in Almaty
