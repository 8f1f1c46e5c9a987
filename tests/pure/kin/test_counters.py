"""What two leads counted for one rule is what one would have counted: each kind of counter, alone."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.scoring_model import Repeat, Rule
from schemas.units import DAY_MS, HOUR_MS, MICRO
from streams.kin.counters import together, united
from streams.scoring.counting import counter_of
from tests.pure.lives import T

RULES = {
    "ever": Rule(name="r", when=("v",), points=MICRO),
    "decays": Rule(name="r", when=("v",), points=MICRO, half_life_ms=DAY_MS),
    "window": Rule(name="r", when=("v",), points=MICRO, window_ms=2 * DAY_MS),
    "once": Rule(name="r", when=("v",), points=MICRO, repeat=Repeat(once=True)),
    "per value": Rule(name="r", when=("v",), points=MICRO, repeat=Repeat(per_prop="p"), half_life_ms=DAY_MS),
    "twice a day": Rule(name="r", when=("v",), points=MICRO, repeat=Repeat(per_day=2)),
}
touches = st.lists(st.tuples(st.integers(0, 60).map(lambda n: T - n * HOUR_MS), st.integers(0, 2)), max_size=12)


@pytest.mark.parametrize("name", RULES)
@settings(max_examples=60, deadline=None)
@given(ours=touches, theirs=touches)
def test_counts_of_two_are_worth_what_one_count_of_all_is_and_gains_lost_are_the_repeats(
    name: str, ours: list[tuple[int, int]], theirs: list[tuple[int, int]]
) -> None:
    counter = counter_of(RULES[name], lambda at_ms: at_ms // DAY_MS)

    def counted(told: list[tuple[int, int]]) -> tuple[Any, list[int]]:
        """What is kept, and the times at which points were gained."""
        state, gained = counter.empty(), list[int]()
        for at_ms, value in sorted(told):
            if (instead := counter.count(state, at_ms, T, value)) is not None:
                gained.append(at_ms)
                if instead:
                    gained.remove(instead)
        return state, gained

    one, gained_one = counted([*ours, *theirs])
    (mine, gained_mine), (yours, gained_yours) = counted(ours), counted(theirs)
    lost = united(counter, mine, yours, 0)
    left = [*gained_mine, *gained_yours]
    for at_ms in lost:
        left.remove(at_ms)

    assert counter.worth(one, T) == pytest.approx(counter.worth(mine, T), abs=1)
    assert counter.number(one) == counter.number(mine)
    assert sorted(gained_one) == sorted(left)


def test_three_touches_of_one_day_on_two_leads_are_two_of_that_day() -> None:
    counter = counter_of(RULES["twice a day"], lambda at_ms: at_ms // DAY_MS)
    ours, theirs = counter.empty(), counter.empty()
    counter.count(ours, T + 1, T + 3, 0)
    counter.count(ours, T + 3, T + 3, 0)
    counter.count(theirs, T + 2, T + 3, 0)

    assert [T + 3] == united(counter, ours, theirs, 0)
    assert ([T + 1, T + 2], 2 * MICRO) == (counter.times(ours), counter.worth(ours, T + 3))


@given(st.lists(st.integers(0, 9)), st.lists(st.integers(0, 9)), st.integers(0, 12))
def test_as_many_times_alike_as_events_came_to_both_are_one_touch_each(
    ours: list[int], theirs: list[int], doubled: int
) -> None:
    whole, left_out = together(sorted(ours), sorted(theirs), doubled)

    assert sorted([*ours, *theirs]) == sorted([*whole, *left_out])
    assert whole == sorted(whole)
    assert len(left_out) <= doubled
    assert all(at_ms in ours and at_ms in theirs for at_ms in left_out)
