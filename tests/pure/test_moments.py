"""Moments as text: what Python's own clockwork says, to the millisecond."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from schemas.units import LATEST_MS
from streams.moments import EPOCH, rfc3339, to_ms


@given(st.integers(0, LATEST_MS))
@example(0)
@example(LATEST_MS)
@example(951_782_399_999)  # the last moment before a leap day
def test_a_moment_is_said_as_iso_8601_has_it_and_read_back(at_ms: int) -> None:
    said = rfc3339(at_ms)

    expected = (EPOCH + timedelta(milliseconds=at_ms)).isoformat(timespec="milliseconds")
    assert expected == said.removesuffix("Z") + "+00:00"
    assert at_ms == to_ms(datetime.fromisoformat(said))


def test_the_examples_of_the_contract() -> None:
    assert "2026-11-22T10:30:00.000Z" == rfc3339(to_ms(datetime(2026, 11, 22, 10, 30, tzinfo=UTC)))
    assert "2024-02-29T23:59:59.007Z" == rfc3339(1_709_251_199_007)


@pytest.mark.parametrize("at_ms", [LATEST_MS, LATEST_MS + 1, 10**18])
def test_what_lies_after_the_year_9999_is_said_as_its_last_moment(at_ms: int) -> None:
    assert "9999-12-31T23:59:59.999Z" == rfc3339(at_ms)
