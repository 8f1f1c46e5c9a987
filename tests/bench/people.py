"""Is everybody one lead, whatever the order in which they show who they are? Nobody lost, doubled, welded, left apart?

`python -m tests.bench.people [--touches 1000000] [--people 200000] [--quick] [--again]`: people over four channels,
whose truth is known, through real identify and score workers; then everybody's card is held against a count by hand.
"""

import argparse
import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator, Iterable, Sequence
from pathlib import Path
from typing import Any

import msgspec
from aiokafka import AIOKafkaProducer

from agents.clock import wall_ms
from agents.delivery.producer import partition_for
from agents.demo.crew import Worker
from agents.settings import Settings
from deploy.local.ports import free_port
from streams.topology import IDENTIFY, LEAD_EVENTS, SCORE
from tests.bench.known_people import Message, People
from tests.bench.measured import cpu_s
from tests.bench.parts import Part, Run, measured, parser
from tests.bench.people_count import Counted, compare, read
from tests.bench.place import BATCH_BYTES, Place, topics_of
from tests.bench.results import Row
from tests.live.kafka import Kafka, until

MODEL = Path(__file__).with_name("people.yaml")
READY_WITHIN_S = 90.0
DIGESTED_PER_S = 1_000.0
"""Less, and something hangs."""
NONE = ("lost", "twice", "wrongly_merged", "wrongly_apart", "scores_wrong", "cards_missing", "cards_left")
"""Figures of which there must be none."""


class Size(msgspec.Struct, frozen=True):
    """How much is measured."""

    touches: int
    people: int

    @property
    def words(self) -> str:
        """Of its rows."""
        return f"{self.touches:,} touches of {self.people:,} people"


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """What it came to, and what it took."""

    counted: Counted
    took_s: float
    """From the first message to the last commit."""
    cpu_s: dict[str, float]
    """By stage."""


FULL = Size(1_000_000, 200_000)
QUICK = Size(20_000, 4_000)


class Heap:
    """All messages in the order of their coming, made first, so that making them does not hold the workers up."""

    def __init__(self, settings: Settings, messages: Iterable[Message]) -> None:
        self._settings = settings
        self._messages = [(self._place(said), said.key, said.value) for said in messages]

    def _place(self, said: Message) -> tuple[str, int]:
        return f"{self._settings.prefix}{said.door}", partition_for(said.key, self._settings.partitions)

    async def pour(self) -> None:
        """Onto their topics, as fast as the broker takes them."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self._settings.bootstrap, enable_idempotence=True, acks="all", compression_type="lz4",
            max_batch_size=BATCH_BYTES,
        )  # fmt: skip
        await producer.start()
        acks: list[asyncio.Future[Any]] = []
        filling: dict[tuple[str, int], Any] = {}
        try:
            for place, key, value in self._messages:
                batch = filling.get(place)
                if batch is None or batch.append(key=key, value=value, timestamp=None) is None:
                    if batch is not None:
                        acks.append(await producer.send_batch(batch, place[0], partition=place[1]))
                    batch = filling[place] = producer.create_batch()
                    batch.append(key=key, value=value, timestamp=None)
            for (topic, partition), batch in filling.items():
                acks.append(await producer.send_batch(batch, topic, partition=partition))
            await asyncio.gather(*acks)
        finally:
            await producer.stop()


@contextlib.asynccontextmanager
async def working(settings: Settings, folder: Path) -> AsyncIterator[dict[str, Worker]]:
    """Who finds out whose a touch is, and who counts it; ended afterwards."""
    own = settings.model_copy(update={"model": MODEL, "cards_every_s": 0.0, "data_dir": folder / "data"})
    stages = {step.name: Worker(step.name, own, folder / step.name, free_port()) for step in (IDENTIFY, SCORE)}
    try:
        await asyncio.gather(*(worker.ready(READY_WITHIN_S) for worker in stages.values()))
        yield stages
    finally:
        for worker in stages.values():
            worker.kill()


async def digested(kafka: Kafka, within_s: float) -> None:
    """Until both stages have committed all they read, and nobody says more."""

    async def quiet() -> bool:
        before = await kafka.end_offsets(LEAD_EVENTS)
        for step in (IDENTIFY, SCORE):
            committed = await kafka.committed(f"touchline-{step.name}")
            for topic in step.reads:
                ends = await kafka.end_offsets(topic)
                if any(committed.get((topic.name, partition), 0) < end for partition, end in ends.items()):
                    await asyncio.sleep(0.3)
                    return False
        return before == await kafka.end_offsets(LEAD_EVENTS)

    await until(quiet, "identify and score to be done", within_s)


async def measure(settings: Settings, folder: Path, people: People) -> Done:
    """Everybody comes while the workers work; then the count."""
    settings = settings.model_copy(update={"watermark_every_s": 20.0})  # the log must stand still to be seen as done
    kafka, heap = Kafka(settings), Heap(settings, people.messages())
    try:
        async with working(settings, folder) as stages:
            before = {name: cpu_s(worker.pid) for name, worker in stages.items()}
            began_s = time.monotonic()
            await heap.pour()
            await digested(kafka, 60 + people.touches / DIGESTED_PER_S)
            took_s = time.monotonic() - began_s
            used_s = {name: cpu_s(worker.pid) - before[name] for name, worker in stages.items()}
    finally:
        await kafka.close()
    return Done(counted=compare(await read(settings, people), people), took_s=took_s, cpu_s=used_s)


def parts(size: Size) -> list[Part]:
    """One."""

    def all_of_it(where: Place, folder: Path) -> Sequence[Row]:
        with topics_of(where.settings, "people") as settings:
            done = asyncio.run(measure(settings, folder, People(size.touches, size.people, wall_ms())))
        for line in done.counted.told:
            print(line, flush=True)
        return rows(size, done)

    return [Part(tuple(_words(size, name) for name in (*NONE, "wall time")), all_of_it)]


def rows(size: Size, done: Done) -> list[Row]:
    """What must be none, and how long it took."""
    counted = done.counted
    none = []
    for name in NONE:
        figure, unit = getattr(counted, name), "touches" if name in ("lost", "twice") else "people"
        none.append(Row(what=_words(size, name), figure=figure, unit=unit, goal="none", met=not figure))
    cpu = ", ".join(f"{name} {used_s:.0f} s of CPU" for name, used_s in done.cpu_s.items())
    note = (
        f"{counted.leads:,} leads left, {counted.merged:,} merged, {counted.handed_on:,} touches handed on; {cpu}; "
        f"{size.touches / done.took_s:,.0f} touches/s"
    )
    return [*none, Row(what=_words(size, "wall time"), figure=done.took_s, unit="s", note=note)]


def _words(size: Size, name: str) -> str:
    return f"{size.words}: {name.replace('_', ' ')}"


def work(run: Run, said: argparse.Namespace) -> None:
    """What is missing."""
    size = QUICK if run.quick else FULL
    run.do(parts(Size(said.touches or size.touches, said.people or size.people)))


def main() -> int:
    """Exit code 1 when a server failed; what was lost or welded is in the table."""
    options = parser("people", __doc__)
    options.add_argument("--touches", type=int, help=f"distinct ones (default: {FULL.touches:,})")
    options.add_argument("--people", type=int, help=f"who make them (default: {FULL.people:,})")
    said = options.parse_args()
    return measured(said, "people", lambda run: work(run, said))


if __name__ == "__main__":
    sys.exit(main())
