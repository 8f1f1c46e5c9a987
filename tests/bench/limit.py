"""The limit of Python on Kafka: fetch and decode each touch, do nothing with it.

`python -m tests.bench.limit BOOTSTRAP TOPIC TOUCHES` prints what it measured as one JSON line.
"""

import asyncio
import sys
import time

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition

from schemas.lead_event import LeadEvent
from tests.bench.load import PARTITIONS
from tests.bench.measured import Measured, own_cpu_s, own_peak_mb

FETCH_BYTES = 4 * 1024 * 1024
RECORDS = 20_000
"""As the worker fetches."""


async def measure(bootstrap: str, topic: str, touches: int) -> Measured:
    """From the first record to the last."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap, enable_auto_commit=False, auto_offset_reset="earliest",
        max_partition_fetch_bytes=FETCH_BYTES, isolation_level="read_committed",
    )  # fmt: skip
    decode = msgspec.json.Decoder(LeadEvent).decode
    await consumer.start()
    try:
        began_s, cpu_before_s = time.monotonic(), own_cpu_s()
        consumer.assign([TopicPartition(topic, p) for p in range(PARTITIONS)])
        seen = 0
        while seen < touches:
            for records in (await consumer.getmany(timeout_ms=1000, max_records=RECORDS)).values():
                for record in records:
                    decode(record.value)
                seen += len(records)
        return Measured(
            who="limit", touches=seen, took_s=time.monotonic() - began_s, cpu_s=own_cpu_s() - cpu_before_s,
            peak_mb=own_peak_mb(), note="fetch and decode only",
        )  # fmt: skip
    finally:
        await consumer.stop()


if __name__ == "__main__":
    print(msgspec.json.encode(asyncio.run(measure(sys.argv[1], sys.argv[2], int(sys.argv[3])))).decode(), flush=True)
