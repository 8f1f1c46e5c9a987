"""Lengths of time, as people write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.units import DAY_MS, HOUR_MS
from streams.model.words.durations import LONGEST_MS, YEAR_MS, NotADuration, parse_duration, write_duration


@given(st.integers(1, LONGEST_MS))
def test_a_length_written_and_read_is_the_same(length_ms: int) -> None:
    assert parse_duration(write_duration(length_ms)) == length_ms


@given(st.text(max_size=20), st.booleans())
def test_any_text_is_a_length_above_nothing_or_told(said: str, years: bool) -> None:
    read = parse_duration(said, years=years)

    assert isinstance(read, NotADuration) or 0 < read <= LONGEST_MS


@pytest.mark.parametrize(
    ("said", "length_ms"),
    [("30d", 30 * DAY_MS), ("2w", 14 * DAY_MS), ("90m", 90 * 60_000), ("14s", 14_000), ("1.5h", 5_400_000),
     ("7 d", 7 * DAY_MS)],
)  # fmt: skip
def test_these_are_lengths(said: str, length_ms: int) -> None:
    assert parse_duration(said) == length_ms


def test_a_year_is_365_days_and_6_hours_and_only_for_dates() -> None:
    assert parse_duration("2y", years=True) == 2 * YEAR_MS == 730 * DAY_MS + 12 * HOUR_MS
    assert isinstance(parse_duration("2y"), NotADuration)


@pytest.mark.parametrize("said", ["", "d", "7", "-7d", "7 dd", "7D ", "1e3d", "1h30m", "0s", "500ms", "0.0001s", "٣d"])
def test_these_are_none(said: str) -> None:
    assert isinstance(parse_duration(said), NotADuration)
