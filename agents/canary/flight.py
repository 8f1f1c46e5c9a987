"""Sends one canary after another, to each partition of the log in turn and through each door, and hears them arrive."""

import asyncio
import secrets
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition

from agents.canary.tally import Tally
from agents.clock import WallClock, wall_ms
from agents.delivery.consumer_end import end_consumer
from agents.delivery.producer import Outbox, partition_for
from agents.security.kafka import kafka_client
from agents.settings import Settings
from agents.signals.canary import CanariesBack, CanariesLooked, CanariesMissed
from streams.canary import read, stages_s, touch_of
from streams.topology import CANARY, TOUCH_TOPICS, name_of

POLL_MS = 100


def leads_of(partitions: int) -> list[str]:
    """For each partition of the log a name whose hash is there."""
    found: dict[int, str] = {}
    number = 0
    while len(found) < partitions:
        lead = f"canary-{number}"
        found.setdefault(partition_for(lead.encode(), partitions), lead)
        number += 1
    return [found[partition] for partition in range(partitions)]


class Flight:
    """One run of canaries."""

    def __init__(
        self, settings: Settings, every_s: float, within_s: float,
        clock: WallClock = wall_ms, monotonic: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._settings, self._every_s = settings, every_s
        self._clock, self._monotonic = clock, monotonic
        self._tally = Tally(within_s, settings.partitions)
        self._leads = leads_of(settings.partitions)
        self._run = secrets.token_hex(8)
        """So that what others send is nobody's of ours."""
        self._numbers = 0
        self._due: deque[int] = deque()
        """Numbers of those not written yet."""
        self._out = Outbox(settings)
        self._writing: asyncio.Task[None] | None = None
        self._hearing = False
        self._missed = 0
        """Lost since they last arrived in time."""

    def not_ready(self) -> list[str]:
        """Whether a canary could be heard."""
        return [] if self._hearing else ["no broker has answered yet"]

    async def run(self) -> None:
        """Until it is cancelled. Heard first, sent then: what nobody hears would be taken for lost."""
        await self._out.start()
        consumer = await self._connect()
        sending: asyncio.Task[None] | None = None
        try:
            self._hearing = True
            sending = asyncio.create_task(self._send())
            while not sending.done():
                for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
                    self._hear(records)
            sending.result()
        finally:
            for task in (sending, self._writing):
                if task is not None:
                    task.cancel()
            await end_consumer(consumer)
            await self._out.stop()

    async def _connect(self) -> AIOKafkaConsumer:
        """A reader of the canaries' own topic, from its end."""
        consumer = AIOKafkaConsumer(
            **kafka_client(self._settings), enable_auto_commit=False, auto_offset_reset="latest"
        )
        await consumer.start()
        partitions = range(await self._out.partitions_of(CANARY))
        consumer.assign([TopicPartition(name_of(CANARY, self._settings), number) for number in partitions])
        await consumer.seek_to_end()
        for tp in consumer.assignment():
            await consumer.position(tp)  # it stands there before the first is sent
        return consumer

    async def _send(self) -> None:
        while True:
            began_s = self._monotonic()
            self._begin()
            await asyncio.sleep(max(0.0, self._every_s - (self._monotonic() - began_s)))

    def _begin(self) -> None:
        """One more is due: written at once, or as soon as those before it are."""
        number = self._numbers
        self._numbers += 1
        self._tally.sent(self._id(number), number % self._settings.partitions, self._monotonic())
        self._due.append(number)
        if self._writing is None or self._writing.done():
            if self._writing is not None:
                self._writing.result()
            self._writing = asyncio.create_task(self._write())
        self._tell(sent=1)

    def _id(self, number: int) -> str:
        return f"{self._run}-{number}"

    async def _write(self) -> None:
        """What was given up meanwhile, since no broker took what was before it, is not written any more."""
        while self._due:
            number = self._due.popleft()
            if not self._tally.waits(self._id(number)):
                continue
            topic = TOUCH_TOPICS[number % len(TOUCH_TOPICS)]
            count = await self._out.partitions_of(topic)
            lead = self._leads[number % self._settings.partitions]
            touch = touch_of(self._id(number), lead, self._clock())
            await self._out.write(topic, [(number // len(TOUCH_TOPICS) % count, None, touch, [])])

    def _hear(self, records: list[Any]) -> None:
        now_s, took_s = self._monotonic(), []
        stages: list[dict[str, float]] = []
        for record in records:
            canary = read(record.value)
            if canary is None or (one_s := self._tally.arrived(canary.id, now_s)) is None:
                continue
            took_s.append(one_s)
            stages.append(stages_s(canary, record.timestamp))
        self._tell(took_s=took_s, stages=stages)

    def _tell(self, sent: int = 0, took_s: Sequence[float] = (), stages: Sequence[Mapping[str, float]] = ()) -> None:
        now_s = self._monotonic()
        lost = self._tally.give_up(now_s)
        late, self._tally.late = self._tally.late, 0
        CanariesLooked(
            sent=sent, took_s=took_s, stages_s=stages, lost=lost, late=late, waiting_s=self._tally.waiting_s(now_s)
        ).emit()
        if lost and not self._missed:
            CanariesMissed().emit()
        elif took_s and self._missed and not lost:
            CanariesBack(lost=self._missed).emit()
            self._missed = 0
        self._missed += lost
