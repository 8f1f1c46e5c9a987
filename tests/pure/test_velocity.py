"""Bursts and surges, to the millisecond and in any order of arrival."""

from hypothesis import given
from hypothesis import strategies as st

from schemas.lead_state import BurstSeen, SurgeSeen, TouchRef
from schemas.scoring_model import Burst, Surge
from schemas.units import DAY_MS, HOUR_MS, MICRO, MINUTE_MS
from streams.scoring.velocity import burst_counts, see_burst, see_gain, surging
from tests.pure.lives import T

BURST = Burst(name="b", count=6, of=("visit",), within_ms=2 * DAY_MS, points=10 * MICRO, lasts_ms=2 * DAY_MS)
SURGE = Surge(name="s", gain=20 * MICRO, within_ms=HOUR_MS, hand_off=True)


def seen(times: list[int]) -> BurstSeen:
    burst = BurstSeen([], b"", [])
    clock = 0
    for i, at_ms in enumerate(times):
        clock = max(clock, at_ms)
        see_burst(BURST, burst, TouchRef(at_ms, f"t{i:03}", "touches.web", 0, i), clock)
    return burst


def naive_fires(times: list[int]) -> list[int]:
    """Told plainly: go through the touches by time; fire at the n-th within a window unless one still lasts."""
    fires: list[int] = []
    ordered = sorted(times)
    for i, at_ms in enumerate(ordered):
        within = [t for t in ordered[: i + 1] if t > at_ms - BURST.within_ms]
        if len(within) >= BURST.count and (not fires or at_ms >= fires[-1] + BURST.lasts_ms):
            fires.append(at_ms)
    return fires


def test_six_visits_within_two_days_burst_and_a_millisecond_more_does_not() -> None:
    five = [T + i * HOUR_MS for i in range(5)]

    assert [] == seen([*five, T + 2 * DAY_MS]).fired
    assert [T + 2 * DAY_MS - 1] == seen([*five, T + 2 * DAY_MS - 1]).fired


def test_a_seventh_visit_adds_no_second_burst() -> None:
    six = [T + i for i in range(6)]

    assert [T + 5] == seen([*six, T + MINUTE_MS]).fired


def test_a_burst_counts_for_as_long_as_it_lasts() -> None:
    burst = seen([T] * 6)

    assert burst_counts(BURST, burst, T)
    assert burst_counts(BURST, burst, T + 2 * DAY_MS - 1)
    assert not burst_counts(BURST, burst, T + 2 * DAY_MS)
    assert not burst_counts(BURST, burst, T - 1)


@given(
    st.lists(st.integers(0, 60 * 24), max_size=40).flatmap(lambda h: st.tuples(st.just(h), st.permutations(h))),
)
def test_bursts_fire_where_a_plain_reading_says_in_any_order(hours: tuple[list[int], list[int]]) -> None:
    times, shuffled = ([T + m * 8 * MINUTE_MS for m in order] for order in hours)

    assert naive_fires(times) == seen(shuffled).fired


@given(st.permutations([0, 19, 39, 59]), st.permutations([0, 20, 40, 61]))
def test_twenty_points_within_an_hour_surge_in_any_order_and_over_an_hour_do_not(
    quick: list[int], slow: list[int]
) -> None:
    def surges(minutes: list[int]) -> bool:
        surge, clock, hit = SurgeSeen([], []), 0, False
        for minute in minutes:
            at_ms = T + minute * MINUTE_MS
            clock = max(clock, at_ms)
            hit = see_gain(SURGE, surge, at_ms, 5 * MICRO, clock) or hit
        return hit

    assert surges(quick)
    assert not surges(slow)


def test_a_surge_ends_when_its_window_has_passed() -> None:
    surge = SurgeSeen([], [])
    for i in range(4):
        see_gain(SURGE, surge, T + i, 5 * MICRO, T + i)

    assert surging(SURGE, surge, T + HOUR_MS - 1)
    assert not surging(SURGE, surge, T + HOUR_MS)
