"""Decay, windows, repeats: what a rule's count is worth."""

from decimal import Decimal, getcontext
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.scoring_model import Repeat, Rule
from schemas.units import DAY_MS, MICRO
from streams.scoring.counting import counter_of
from tests.pure.lives import T

HALF_LIFE = 7 * DAY_MS
ages = st.lists(st.integers(0, 400 * DAY_MS), min_size=1, max_size=40)


def day_of(at_ms: int) -> int:
    return at_ms // DAY_MS


def counted(rule: Rule, times: list[int], hashes: list[int] | None = None) -> int:
    """Worth at T of touches counted in this order, the clock moving as a lead's does."""
    counter = counter_of(rule, day_of)
    kept, clock = counter.empty(), 0
    for i, at_ms in enumerate(times):
        clock = max(clock, at_ms)
        counter.count(kept, at_ms, clock, hashes[i] if hashes else 0)
    return counter.worth(kept, T)


def rule(**more: Any) -> Rule:
    return Rule(name="r", when=("x",), points=4 * MICRO, **more)


@given(ages)
def test_decay_equals_a_computation_with_fifty_digits(ages: list[int]) -> None:
    getcontext().prec = 50
    exact = sum(Decimal(4) * Decimal(2) ** (-Decimal(age) / Decimal(HALF_LIFE)) for age in ages)

    assert float(exact) == pytest.approx(counted(rule(half_life_ms=HALF_LIFE), [T - a for a in ages]) / MICRO, abs=2e-6)


@given(
    ages.flatmap(lambda a: st.tuples(st.just(a), st.permutations(a))),
    st.sampled_from(
        [
            {},
            {"half_life_ms": HALF_LIFE},
            {"window_ms": 30 * DAY_MS},
            {"window_ms": 30 * DAY_MS, "half_life_ms": HALF_LIFE},
            {"repeat": Repeat(once=True), "half_life_ms": HALF_LIFE},
            {"repeat": Repeat(per_day=3)},
            {"repeat": Repeat(per_day=3), "half_life_ms": HALF_LIFE, "window_ms": 30 * DAY_MS},
        ]
    ),
)
def test_order_of_arrival_does_not_change_worth(orders: tuple[list[int], list[int]], more: dict[str, Any]) -> None:
    one, other = orders

    assert counted(rule(**more), [T - a for a in one]) == pytest.approx(
        counted(rule(**more), [T - a for a in other]), abs=2
    )


def test_a_week_old_view_is_worth_half_and_a_month_old_one_nothing() -> None:
    prices = rule(half_life_ms=HALF_LIFE, window_ms=30 * DAY_MS)

    assert 2 * MICRO == counted(prices, [T - 7 * DAY_MS])
    assert 1 * MICRO == counted(prices, [T - 14 * DAY_MS])
    assert 3 * MICRO == counted(prices, [T - 14 * DAY_MS, T - 7 * DAY_MS])
    assert 0 == counted(prices, [T - 31 * DAY_MS])


def test_a_window_is_open_at_its_start_and_closed_at_its_end() -> None:
    month = rule(window_ms=30 * DAY_MS)

    assert 0 == counted(month, [T - 30 * DAY_MS])
    assert 4 * MICRO == counted(month, [T - 30 * DAY_MS + 1])
    assert 4 * MICRO == counted(month, [T])
    assert 8 * MICRO == counted(month, [T, T - 30 * DAY_MS + 1])


def test_once_per_value_counts_each_value_once_at_its_earliest() -> None:
    video = rule(repeat=Repeat(per_prop="video"), half_life_ms=HALF_LIFE)

    assert 6 * MICRO == counted(video, [T, T - 7 * DAY_MS, T], [1, 2, 2])


def test_three_a_day_counts_three_of_each_day() -> None:
    assert 6 * 4 * MICRO == counted(rule(repeat=Repeat(per_day=3)), [T] * 5 + [T - DAY_MS] * 5)


def test_a_sum_survives_a_landmark_a_thousand_half_lives_old() -> None:
    hourly = rule(half_life_ms=3_600_000)

    assert 4 * MICRO == counted(hourly, [T - 400 * DAY_MS, T])
