"""Lag is what is left between us and the end, of the partitions held now and no other."""

from collections.abc import Iterator

import pytest

from agents.delivery.lag import LagCollector
from agents.group_commit import Position

NOW_MS = 1_000_000


def lag(position: Position, end: int | None, fetched_to: int | None = None, now_ms: int = NOW_MS) -> tuple[int, float]:
    return LagCollector(dict, lambda *_: (end, fetched_to), lambda: now_ms).lag("ripe", 0, position)


def test_a_partition_at_its_end_has_no_lag() -> None:
    assert (0, 0.0) == lag(Position(100), 100)


def test_lag_counts_from_the_acknowledged_position_and_ages_with_the_oldest_record_waiting() -> None:
    position = Position(100)
    position.waiting.extend([(109, NOW_MS - 2_500), (119, NOW_MS - 100)])

    assert (30, 2.5) == lag(position, 130)


def test_transaction_markers_at_the_end_are_no_lag() -> None:
    assert (0, 0.0) == lag(Position(100), 102, fetched_to=102)


def test_what_the_broker_does_not_hand_out_ages_from_when_it_was_first_seen() -> None:
    position = Position(100)

    assert (5, 0.0) == lag(position, 105, 100)
    assert (5, 3.0) == lag(position, 105, 100, NOW_MS + 3_000)
    assert (0, 0.0) == lag(position, 105, 105, NOW_MS + 4_000)
    assert 0 == position.behind_since_ms


def test_a_partition_given_away_leaves_no_series() -> None:
    held = {("ripe", 0): Position(1), ("ripe", 1): Position(1)}
    collector = LagCollector(lambda: held, lambda *_: (5, None), lambda: NOW_MS)

    def told() -> Iterator[str]:
        return (sample.labels["partition"] for metric in collector.collect() for sample in metric.samples)

    assert {"0", "1"} == set(told())
    del held["ripe", 1]
    assert {"0"} == set(told())


@pytest.mark.parametrize("end", [None, 50])
def test_an_end_not_known_yet_or_behind_us_is_no_lag(end: int | None) -> None:
    assert (0, 0.0) == lag(Position(100), end)
