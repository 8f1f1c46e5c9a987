"""What the recount reads: all but the drill's own canaries and documents, and how long each touch took meanwhile."""

import json
import math
from collections.abc import Iterable, Sequence

from aiokafka import ConsumerRecord

from streams.canary import RESERVED
from streams.topology import DEAD_LETTERS, LEAD_LEDGER
from tests.chaos.load import DOORS, TOUCH_DOORS
from tests.live.kafka import Kafka, Name

OURS = RESERVED.encode()
TOPIC = "__touchline.errors.topic"
NO_LEAD = b"\0"
"""Keys that begin so are of no lead: canaries, marks."""


class WatchedKafka(Kafka):
    """Reads topics for the recount, and notes on the way when each touch came and when it was counted."""

    came_ms: dict[str, int]
    counted_ms: dict[str, int]

    def begin(self) -> None:
        """Note from now on."""
        self.came_ms, self.counted_ms = {}, {}

    async def read_all(self, topic: Name, within_s: float = 20.0, *, watermarks: bool = False) -> list[ConsumerRecord]:
        """Of these topics without what the drill put there beside the load."""
        records = await super().read_all(topic, within_s, watermarks=watermarks)
        name = topic if isinstance(topic, str) else topic.name
        if name in DOORS:
            records = [record for record in records if OURS not in (record.value or b"")]
        elif name == DEAD_LETTERS.name:
            records = [record for record in records if dict(record.headers)[TOPIC].decode() in DOORS]
        elif name == "ripe":
            records = [record for record in records if not (record.key or b"").startswith(NO_LEAD)]
        if name in TOUCH_DOORS:
            _note_came(records, self.came_ms)
        elif name == LEAD_LEDGER.name:
            _note_counted(records, self.counted_ms)
        return records

    def took_ms(self, began_ms: int, ended_ms: int) -> list[int]:
        """From its append to an input topic to that of its line in the ledger: each touch that came meanwhile."""
        return sorted(
            max(0, self.counted_ms[touch] - came)
            for touch, came in self.came_ms.items()
            if began_ms <= came < ended_ms and touch in self.counted_ms
        )


def percentile(sorted_ms: Sequence[int], percent: float) -> int:
    """The value that so many of a hundred keep."""
    return sorted_ms[max(0, math.ceil(len(sorted_ms) * percent / 100) - 1)] if sorted_ms else 0


def _note_came(records: Iterable[ConsumerRecord], came_ms: dict[str, int]) -> None:
    for record in records:
        try:
            touch = str(json.loads(record.value)["touch_id"])
        except (TypeError, ValueError, KeyError, RecursionError):
            continue
        came_ms[touch] = min(record.timestamp, came_ms.get(touch, record.timestamp))


def _note_counted(records: Iterable[ConsumerRecord], counted_ms: dict[str, int]) -> None:
    for record in records:
        line = json.loads(record.value)
        for touch in line["touches"] if line["cause"] == "touch" else ():
            name = touch["touch_id"]
            counted_ms[name] = min(record.timestamp, counted_ms.get(name, record.timestamp))
