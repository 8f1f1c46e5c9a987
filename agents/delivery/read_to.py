"""Up to which moment everything Kafka got is processed, for each partition a worker reads."""

from collections.abc import Callable
from typing import Any

from faust.types import TP
from msgspec import Struct

from agents.app import StageApp
from agents.group_commit import Position
from streams.topology import name_of

Place = tuple[str, int]


class Heard(Struct, frozen=True):
    """What the broker's last answer said of a partition."""

    at_ms: int
    """When it was read, by our clock."""
    end: int
    """Of the partition, open transactions included: what is in them is not processed."""
    passed: int
    """Offset up to which there is nothing left to deliver."""


class ReadTo:
    """Looked at every so often. One fetch at a time is under way per broker, so an answer read after the last look was
    asked for after the answer before it: the end it tells is not older than that."""

    def __init__(
        self, positions: Callable[[], dict[Place, Position]], heard: Callable[[str, int], Heard | None]
    ) -> None:
        self._positions, self._heard = positions, heard
        self._heard_ms: dict[Place, int] = {}
        """When the answer of the last look was read."""
        self._read: dict[Place, int] = {}

    def __call__(self) -> dict[Place, int]:
        """Where a partition is read to its end, the time of the answer before the one that said so; else the time Kafka
        got the first record that waits, or the last one processed. What is not known is left out."""
        positions = self._positions()
        for account in (self._heard_ms, self._read):
            for place in account.keys() - positions.keys():
                del account[place]
        for place, position in positions.items():
            at_ms = self._look(place, position)
            if at_ms > self._read.get(place, 0):
                self._read[place] = at_ms
        return dict(self._read)

    def _look(self, place: Place, position: Position) -> int:
        heard = self._heard(*place)
        before_ms = self._heard_ms.get(place)
        if heard is not None:
            self._heard_ms[place] = heard.at_ms
        if position.waiting:
            return position.waiting[0][1]
        if heard is None or max(position.acknowledged, heard.passed) < heard.end:
            return position.flushed_ms
        return before_ms if before_ms is not None and heard.at_ms > before_ms else position.flushed_ms


def read_to_of(app: StageApp) -> ReadTo:
    """Of a worker's own partitions."""
    consumer: Any = app.consumer

    def heard(topic: str, partition: int) -> Heard | None:
        tp = TP(name_of(topic, app.place), partition)
        answer = consumer.answered(tp)
        return Heard(answer[0], answer[1], consumer.passed_to(tp)) if answer is not None else None

    return ReadTo(lambda: app.group_commit.positions if app.restored else {}, heard)
