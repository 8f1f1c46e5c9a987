"""Identify says on every partition of the log how far it has read its inputs, idle ones too."""

import pytest

from agents.clock import wall_ms
from agents.settings import Settings
from streams.generations.log_marks import WATERMARK_KEY
from streams.generations.watermarks import InputsRead
from streams.topology import LEAD_EVENTS, TOUCHES_WEB
from tests.conftest import StartWorker
from tests.live.kafka import Kafka, until
from tests.live.touches import TOPICS, events, touch

pytestmark = pytest.mark.live


async def test_every_partition_of_the_log_hears_that_all_inputs_are_read_and_what_was_read_lies_before_it(
    kafka: Kafka, worker: StartWorker, settings: Settings
) -> None:
    await kafka.create(TOPICS)
    await worker("identify", watermark_every_s=0.2)
    *_, last = await kafka.say(TOUCHES_WEB, [touch(n, {"user": f"u{n}"}) for n in range(40)])
    said_ms = wall_ms()
    await events(kafka, 40)
    read = {partition: InputsRead() for partition in range(settings.partitions)}
    before: dict[int, int] = {}
    """Touches on each partition of the log before its first word that all inputs are read past the last touch."""

    async def heard() -> bool:
        read.update({partition: InputsRead() for partition in read})
        before.clear()
        touches = dict.fromkeys(read, 0)
        for record in await kafka.read_all(LEAD_EVENTS, watermarks=True):
            known = read[record.partition]
            if record.key == WATERMARK_KEY:
                known.hear(record.value)
                if known.all_before_ms > last.timestamp:
                    before.setdefault(record.partition, touches[record.partition])
            else:
                touches[record.partition] += 1
        return all(known.all_before_ms > said_ms for known in read.values())

    await until(heard, "all inputs to be read past now", within_s=10)

    assert 40 == sum(before.values())
    assert all(known.all_before_ms < wall_ms() for known in read.values())
