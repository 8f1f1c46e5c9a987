"""`touchline` by the month's clock: `python -m tests.month.hurried run score`.

It is the program itself. Three readings of time are turned into the month's: its one clock, the time the broker's clock
puts on what it gets (a straight line of the same machine's time, so nothing is moved against anything else), and the
moment at which an answer of the broker was read. Pauses, sessions and locks stay real.
"""

import os
from pathlib import Path
from typing import Any

from aiokafka.consumer.fetcher import PartitionRecords

import agents.clock
from tests.month.pace import VARIABLE, PaceFile

BROKERS_CLOCK = 1
"""aiokafka's timestamp type of a record stamped by the broker."""


def hurry(pace: PaceFile) -> None:
    """Before anything else of `agents` is imported: clocks are default arguments."""
    setattr(agents.clock, "wall_ms", pace.now_ms)  # noqa: B010 - a function may not be assigned plainly
    as_read = PartitionRecords._consumer_record

    def in_the_month(self: Any, tp: Any, record: Any) -> Any:
        read = as_read(self, tp, record)
        if read.timestamp_type == BROKERS_CLOCK:
            object.__setattr__(read, "timestamp", pace.at(read.timestamp))
        return read

    PartitionRecords._consumer_record = in_the_month

    from agents.batch_transport import Consumer

    as_answered = Consumer.answered

    def answered(self: Any, tp: Any) -> tuple[int, int] | None:
        said = as_answered(self, tp)
        return None if said is None else (pace.at(said[0]), said[1])

    setattr(Consumer, "answered", answered)  # noqa: B010 - the same


if __name__ == "__main__":
    hurry(PaceFile(Path(os.environ[VARIABLE])))
    from agents.cli.main import main

    main()
