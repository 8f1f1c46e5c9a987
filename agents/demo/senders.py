"""The producers: the website through the intake, the company's other systems straight onto the topics."""

import asyncio
import functools
import time
from collections.abc import Iterator

import msgspec
from aiokafka import AIOKafkaProducer

from agents.clock import wall_ms
from agents.demo.company import Sending
from agents.demo.receipts import Receipts
from agents.demo.website import website
from agents.security.kafka import kafka_client
from agents.settings import Settings
from streams.topology import name_of

TICK_S = 0.02
CATCH_UP_S = 0.2
"""Being late by more than this, the load goes on from now, without a flood."""


class Senders:
    """Everybody who speaks to Touchline in the demo."""

    def __init__(self, settings: Settings, intake_url: str, receipts: Receipts) -> None:
        self.receipts = receipts
        self._settings = settings
        self._site = website(intake_url, settings.write_key.get_secret_value(), receipts)
        self._producer = AIOKafkaProducer(
            **kafka_client(settings), client_id="touchline-demo", acks="all", enable_idempotence=True
        )
        self._futures: set[asyncio.Future[object]] = set()

    @property
    def sdk(self) -> str:
        """What the website sends with."""
        return self._site.name

    async def start(self) -> None:
        """Connect."""
        await self._producer.start()

    async def send(self, sending: Sending, at_ms: int | None = None) -> None:
        """Through its door, now (or told of an earlier moment); a repeat keeps its first moment."""
        if isinstance(sending.body, bytes):
            await self._producer.send(self._name(sending.door), value=sending.body)
            return
        at_ms = self.receipts.at_ms.setdefault(sending.id, at_ms if at_ms is not None else wall_ms())
        if sending.door == "intake":
            await self._site.report(sending, at_ms)
            return
        value = msgspec.json.encode(sending.body | {"at": at_ms})
        future = await self._producer.send(self._name(sending.door), value=value, key=sending.key.encode())
        self._futures.add(future)
        future.add_done_callback(functools.partial(self._answered, sending))

    def _answered(self, sending: Sending, future: "asyncio.Future[object]") -> None:
        self._futures.discard(future)
        if not sending.counts:
            return
        if future.cancelled() or future.exception() is not None:
            self.receipts.doubt(sending.id)
        else:
            self.receipts.acknowledge(sending.id)

    async def load(self, hour: Iterator[Sending], per_s: float, stop: asyncio.Event) -> None:
        """Play the hour at this rate until told to stop."""
        due_s = time.monotonic()
        while not stop.is_set():
            now_s = time.monotonic()
            due_s = max(due_s, now_s - CATCH_UP_S)
            while due_s <= now_s:
                await self.send(next(hour))
                due_s += 1 / per_s
            await asyncio.sleep(TICK_S)

    async def close(self, *, flush: bool) -> None:
        """End; `flush`: after all that was sent is answered, or in doubt for good."""
        await self._site.close(flush=flush)
        if flush:
            await self._producer.flush()
        await self._producer.stop()

    def _name(self, door: str) -> str:
        return name_of(door, self._settings)
