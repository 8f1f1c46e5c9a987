"""What a worker tells at a scrape: what is left of the partitions it holds now and of no other, and how it fares."""

from collections.abc import Iterator
from typing import Any, cast

import pytest

from agents.app import StageApp
from agents.delivery.looks import Looks, lag, status_of
from agents.group_commit import Position
from agents.signals.scrape import PartitionLooked, Status

NOW_MS = 1_000_000


class Box:
    usable, waiting_s = True, 0.5


class Group:
    def __init__(self, positions: dict[tuple[str, int], Position]) -> None:
        self.positions = positions


class Member:
    """As much of a stage's app as a scrape looks at."""

    def __init__(self, positions: dict[tuple[str, int], Position]) -> None:
        self.stage = self.consumer = self.step = self
        self.name, self.group_reachable, self.restored = "route", True, True
        self.out, self.group_commit = Box(), Group(positions)

    def not_ready(self) -> list[str]:
        return ["waits"]


def scraped(member: Any, end: int | None = 5) -> dict[tuple[str, ...], float]:
    looks = Looks(cast(StageApp, member), lambda *_: (end, None), lambda: NOW_MS)
    return {
        (sample.name.removeprefix("touchline_"), *sample.labels.values()): sample.value
        for metric in looks.collect()
        for sample in metric.samples
    }


def held(seconds: float, still_s: float = 0.0) -> PartitionLooked:
    return PartitionLooked(topic="ripe", partition=0, records=1, seconds=seconds, still_s=still_s, processed_ms=0)


def test_a_partition_at_its_end_has_no_lag() -> None:
    assert (0, 0.0) == lag(Position(100), 100, None, NOW_MS)


def test_lag_counts_from_the_acknowledged_position_and_ages_with_the_oldest_record_waiting() -> None:
    position = Position(100)
    position.waiting.extend([(109, NOW_MS - 2_500, NOW_MS), (119, NOW_MS - 100, NOW_MS)])

    assert (30, 2.5) == lag(position, 130, None, NOW_MS)


def test_transaction_markers_at_the_end_are_no_lag() -> None:
    assert (0, 0.0) == lag(Position(100), 102, 102, NOW_MS)


def test_what_the_broker_does_not_hand_out_ages_from_when_it_was_first_seen() -> None:
    position = Position(100)

    assert (5, 0.0) == lag(position, 105, 100, NOW_MS)
    assert (5, 3.0) == lag(position, 105, 100, NOW_MS + 3_000)
    assert (0, 0.0) == lag(position, 105, 105, NOW_MS + 4_000)
    assert 0 == position.behind_since_ms


@pytest.mark.parametrize("end", [None, 50])
def test_an_end_not_known_yet_or_behind_us_is_no_lag(end: int | None) -> None:
    assert (0, 0.0) == lag(Position(100), end, None, NOW_MS)


def test_a_partition_given_away_leaves_no_series_nor_does_a_topic_of_which_none_is_left() -> None:
    mine = {("ripe", 0): Position(1, processed_ms=9_000), ("ripe", 1): Position(1), ("crm.updates", 0): Position(1)}
    member = Member(mine)

    def told() -> Iterator[tuple[str, ...]]:
        return (key for key in scraped(member) if key[0].startswith(("partition", "last")))

    assert 3 + 3 + 2 == len(list(told()))
    assert 9.0 == scraped(member)["last_processed_timestamp_seconds", "route", "ripe"]
    del mine["ripe", 1], mine["crm.updates", 0]
    assert {
        ("partition_lag", "route", "ripe", "0"),
        ("partition_lag_seconds", "route", "ripe", "0"),
        ("last_processed_timestamp_seconds", "route", "ripe"),
    } == set(told())
    member.restored = False
    assert [] == list(told()), "while a rebalance takes its time, nobody holds anything"


def test_a_worker_is_ok_lagging_stalled_or_restoring_and_only_one_of_them() -> None:
    member = Member({("ripe", 0): Position(1)})
    assert Status.OK is status_of([])
    assert Status.OK is status_of([held(4.9, still_s=99.0)])
    assert Status.LAGGING is status_of([held(5.1, still_s=99.0), held(60.0, still_s=1.0)]), "one of them moves"
    assert Status.STALLED is status_of([held(31.0, still_s=31.0), held(0.0)])

    member.restored = False
    told = {key[2]: value for key, value in scraped(member).items() if key[0] == "worker_status"}
    assert {"ok": 0.0, "lagging": 0.0, "stalled": 0.0, "restoring": 1.0} == told


def test_whether_a_worker_is_ready_reaches_kafka_and_waits_for_a_write_is_told_at_each_scrape() -> None:
    told = scraped(Member({}))

    assert (0.0, 1.0, 0.5) == tuple(told[name, "route"] for name in ("ready", "kafka_up", "write_waiting_seconds"))
