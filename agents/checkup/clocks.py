"""Clocks that differ: ours, the brokers', Redis'. Deadlines are kept by them, and promises to leads."""

from collections.abc import Callable

from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.checkup.problem import Area, Problem
from agents.checkup.spans import spans
from agents.delivery.consumer_end import end_consumer
from agents.security.kafka import kafka_client
from agents.settings import Settings
from schemas.units import SECOND_MS
from streams.topology import INPUTS, LEAD_EVENTS

APART_MS = 2 * SECOND_MS
"""More than a network and a busy machine explain."""
SET_IT = "let both machines keep time by NTP (`chronyc tracking` tells how far one is off)"
LATEST_MS = 2_000


async def log_clock(settings: Settings, now_ms: Callable[[], int]) -> list[Problem]:
    """Records that Kafka got in our future: the brokers' clock is ahead of ours. What is past tells nothing."""
    newest_ms = await _newest(settings)
    ahead_ms = newest_ms - now_ms()
    if ahead_ms <= APART_MS:
        return []
    what = f"the brokers' clock is {ahead_ms / SECOND_MS:.0f} s ahead of this machine's"
    return [Problem(area=Area.CLOCK, what=what, next=SET_IT)]


async def _newest(settings: Settings) -> int:
    """When Kafka got the latest record of the inputs and the log; 0: there is none."""
    reach = await spans(settings, (*INPUTS, LEAD_EVENTS))
    last = {p: end - 1 for p, (begin, end) in reach.items() if end > begin}
    if not last:
        return 0
    consumer = AIOKafkaConsumer(**kafka_client(settings), enable_auto_commit=False, auto_offset_reset="latest")
    await consumer.start()
    try:
        consumer.assign(list(last))
        for partition, offset in last.items():
            consumer.seek(partition, offset)
        newest: dict[TopicPartition, int] = {}
        while len(newest) < len(last):
            polled = await consumer.getmany(timeout_ms=LATEST_MS)
            if not polled:
                break  # the end of a partition may be a marker of a transaction, which nobody is handed
            newest |= {p: max(r.timestamp for r in records) for p, records in polled.items()}
    finally:
        await end_consumer(consumer)
    return max(newest.values(), default=0)


def redis_clock(told_ms: int, before_ms: int, after_ms: int) -> list[Problem]:
    """Redis' own time against ours, asked between two looks at our clock."""
    off_ms = told_ms - after_ms if told_ms > after_ms else told_ms - before_ms if told_ms < before_ms else 0
    if abs(off_ms) <= APART_MS:
        return []
    side = "ahead of" if off_ms > 0 else "behind"
    what = f"Redis' clock is {abs(off_ms) / SECOND_MS:.0f} s {side} this machine's"
    return [Problem(area=Area.CLOCK, what=what, next=SET_IT)]
