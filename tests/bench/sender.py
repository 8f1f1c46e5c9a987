"""Sends touches at a steady rate, from a process of its own.

`python -m tests.bench.sender BOOTSTRAP PREFIX RUN RATE WARM_UP_S SECONDS` prints what it sent as one JSON line.
"""

import asyncio
import sys
import time
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer

from agents.delivery.producer import partition_for
from streams.topology import TOUCHES_WEB
from tests.bench.load import PARTITIONS
from tests.bench.measured import own_cpu_s
from tests.bench.visitors import now_ns, steps, touch_id, value

TICK_S = 0.005
"""Touches due are sent together, as a busy intake would."""
MOST = 500
"""Touches at once, when the sender was held up."""
BATCH_BYTES = 256 * 1024


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """What was sent."""

    touches: int
    ripe: int
    """Those that must make a handoff."""
    took_s: float
    latest_s: float
    """How late the sender was at worst; touches carry the moment they really left."""
    cpu_s: float


async def send(bootstrap: str, prefix: str, run: str, rate: int, warm_up_s: float, seconds: float) -> Sent:
    """At the rate, warm-up included."""
    topic = f"{prefix}{TOUCHES_WEB.name}"
    producer = AIOKafkaProducer(
        bootstrap_servers=bootstrap, enable_idempotence=True, acks="all", max_batch_size=BATCH_BYTES
    )
    await producer.start()
    coming = steps(run, rate)
    total, number, ripe, latest_s = int(rate * (warm_up_s + seconds)), 0, 0, 0.0
    acks: set[asyncio.Future[Any]] = set()
    try:
        began_s = time.monotonic()
        while number < total:
            due = min(total, number + MOST, int((time.monotonic() - began_s) * rate) + 1)
            latest_s = max(latest_s, time.monotonic() - began_s - number / rate)
            filling: dict[int, Any] = {}
            while number < due:
                step = next(coming)
                at_ns = now_ns()
                id = touch_id(run, number, at_ns, number >= warm_up_s * rate)
                partition = partition_for(step.key, PARTITIONS)
                batch = filling.get(partition) or filling.setdefault(partition, producer.create_batch())
                if batch.append(timestamp=None, key=step.key, value=value(step, id, at_ns)) is None:
                    raise RuntimeError("a batch is too small for a tick's touches: raise BATCH_BYTES")
                number, ripe = number + 1, ripe + step.ripe
            for partition, batch in filling.items():
                ack = await producer.send_batch(batch, topic, partition=partition)
                acks.add(ack)
                ack.add_done_callback(acks.discard)
            await asyncio.sleep(TICK_S - (time.monotonic() - began_s) % TICK_S)
        took_s = time.monotonic() - began_s
        await asyncio.gather(*acks)
    finally:
        await producer.stop()
    return Sent(touches=number, ripe=ripe, took_s=took_s, latest_s=latest_s, cpu_s=own_cpu_s())


if __name__ == "__main__":
    bootstrap, prefix, run, rate, warm_up_s, seconds = sys.argv[1:]
    sent = asyncio.run(send(bootstrap, prefix, run, int(rate), float(warm_up_s), float(seconds)))
    print(msgspec.json.encode(sent).decode(), flush=True)
