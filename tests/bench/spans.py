"""CPU time by part inside a stage that works as ever, but for a broker: batches are made and thrown away."""

import asyncio
import contextlib
import time
from collections.abc import Iterable, Iterator
from typing import Any, cast

import msgspec
from aiokafka.producer.message_accumulator import BatchBuilder

from agents.delivery.producer import BATCH_BYTES, Item, Landed, Outbox
from agents.settings import Settings
from streams.topology import Topic
from tests.bench.load import PARTITIONS
from tests.bench.profile_score import CODECS


class Told(msgspec.Struct):
    """A delivery, as the transport hands it out."""

    value: list[Any]
    message: Any

    def ack(self) -> bool:
        """Nobody waits for it."""
        return True


class Spans:
    """CPU time of this process by column and part."""

    def __init__(self) -> None:
        self.took_ns: dict[tuple[str, str], int] = {}
        self.counts: dict[str, int] = {}
        self.column = ""

    @contextlib.contextmanager
    def span(self, part: str) -> Iterator[None]:
        """Add what is done inside; nothing while no column is measured."""
        began_ns = time.process_time_ns()
        yield
        if self.column:
            at = self.column, part
            self.took_ns[at] = self.took_ns.get(at, 0) + time.process_time_ns() - began_ns

    def watch(self, owner: Any, name: str, part: str) -> None:
        """Take the time of an object's method from now on."""
        work = getattr(owner, name)

        def call(*args: Any) -> Any:
            with self.span(part):
                return work(*args)

        async def wait(*args: Any) -> Any:
            with self.span(part):
                return await work(*args)

        setattr(owner, name, wait if asyncio.iscoroutinefunction(work) else call)

    def us(self, part: str, column: str) -> float:
        """Microseconds each."""
        return self.took_ns.get((column, part), 0) / 1000 / max(1, self.counts.get(column, 0))


class Paper(Outbox):
    """Makes batches as they would be sent, and throws them away."""

    def __init__(self, settings: Settings, spans: Spans) -> None:
        super().__init__(settings)
        self._spans = spans

    def create_batch(self) -> BatchBuilder:
        """As aiokafka's producer does."""
        return BatchBuilder(BATCH_BYTES, CODECS["snappy"])

    async def write(
        self, topic: Topic, items: Iterable[Item], stamps: Iterable[int] | None = None
    ) -> dict[int, list[Landed]]:
        """The out box's own way from items to batches."""
        held = list(items)
        with self._spans.span(f"write {topic.name}: append to batches"):
            sealed = list(self._sealed(cast(Any, self), topic, held, PARTITIONS, stamps))
        with self._spans.span(f"write {topic.name}: compress"):
            for batch in sealed:
                batch.builder._build()
        return {}
