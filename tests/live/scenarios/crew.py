"""Real workers under one prefix, and everything they say, heard by one consumer."""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.structs import RecordMetadata

from agents.delivery.consumer_end import end_consumer
from agents.demo.crew import Worker
from agents.settings import Settings
from deploy.local.ports import free_port
from deploy.local.server import ServerFailed
from streams.generations.log_marks import NO_LEAD
from streams.lead_codec import CONTROL_KEY
from streams.topology import (
    DEAD_LETTERS,
    HANDOFFS,
    LEAD_CARDS,
    LEAD_EVENTS,
    LEAD_LEDGER,
    LEAD_STAGES,
    LEAD_STATE,
    LEAD_TASKS,
    RIPE,
    Topic,
)
from tests.live.kafka import Kafka, until

LISTENED = (
    LEAD_CARDS, LEAD_LEDGER, LEAD_STAGES, LEAD_TASKS, LEAD_EVENTS, LEAD_STATE, RIPE, HANDOFFS, DEAD_LETTERS,
)  # fmt: skip
WITHIN_S = 15.0
Place = tuple[str, int, int]
"""Topic without prefix, partition, offset."""


class Crew:
    """Workers of some stages, one mouth and one pair of ears."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.kafka = Kafka(settings)
        self.workers: dict[str, Worker] = {}
        self.heard: dict[str, list[ConsumerRecord]] = defaultdict(list)
        """By topic without prefix, in the order of each partition."""
        self._folder = folder
        self._entered: dict[Place, Place] = {}
        """Where a message of an input topic is found on the log or among the dead letters."""
        self._shown: dict[int, int] = {}
        """Offset of each partition of the log up to which everything is judged, and every card written."""
        self._listening: asyncio.Task[None] | None = None

    async def start(self, stages: Iterable[str]) -> None:
        """Create the topics, start the workers side by side, begin to listen."""
        await self.kafka.create()
        await asyncio.gather(*(self._employ(stage) for stage in stages))
        self._consumer = AIOKafkaConsumer(
            bootstrap_servers=self.settings.bootstrap, auto_offset_reset="earliest", enable_auto_commit=False,
            fetch_max_wait_ms=20,
        )  # fmt: skip
        await self._consumer.start()
        places: list[TopicPartition] = []
        for topic in LISTENED:
            name = self.kafka.name(topic)
            await self._consumer._client._wait_on_metadata(name)
            places += [TopicPartition(name, number) for number in self._consumer.partitions_for_topic(name)]
        self._consumer.assign(places)
        self._listening = asyncio.create_task(self._listen())

    async def stop(self) -> None:
        """End clients and workers."""
        for worker in self.workers.values():
            worker.kill()
        await self.kafka.close()
        if self._listening is not None:
            self._listening.cancel()
            with suppress(asyncio.CancelledError):
                await self._listening
            await end_consumer(self._consumer)

    async def say(
        self, topic: Topic, values: Sequence[Any], headers: Sequence[tuple[str, bytes]] = (), key: str | None = "k"
    ) -> list[RecordMetadata]:
        """Send in order (one key, one partition), and wait until all of it went through all stages."""
        said = await self.kafka.say(topic, values, key, headers=headers)
        await self.settled({(topic.name, one.partition, one.offset) for one in said})
        return said

    async def settled(self, places: set[Place]) -> None:
        """Wait until these inputs are judged, their handoffs written and the assignments on the log judged too."""
        await self._until(lambda: places <= self._entered.keys(), f"{places} to be on the log or a dead letter")
        await self._judged(self._entered[place] for place in places)
        await self._caught_up(LEAD_CARDS, LEAD_LEDGER, LEAD_STAGES, LEAD_TASKS, RIPE, DEAD_LETTERS)
        asked = {(f"{r['handoff_id']}/{r['revision']}", r["type"]) for r in self.values(RIPE)}
        await self._until(
            lambda: {one for one, _ in asked} <= {h["id"] for h in self.values(HANDOFFS)}, f"handoffs {asked}"
        )
        answers = {f"{one}/assigned" for one, kind in asked if kind == "requested"}
        await self._until(lambda: answers <= self._assigned().keys(), f"assignments {answers}")
        await self._judged(place for one, place in self._assigned().items() if one in answers)
        await self._caught_up(LEAD_CARDS)

    def values(self, topic: Topic, lead_id: str | None = None) -> list[dict[str, Any]]:
        """What was said on a topic so far, as JSON; of one lead, in its order."""
        key = None if lead_id is None else lead_id.encode()
        told = [r for r in self.heard[topic.name] if r.value and key in (None, r.key)]
        return [msgspec.json.decode(r.value) for r in told if r.key is None or not r.key.startswith(NO_LEAD)]

    async def metric(self, stage: str, name: str, **labels: str) -> float:
        """The sum of a worker's samples that bear these labels."""
        wanted = [f'{label}="{value}"' for label, value in labels.items()]
        total = 0.0
        for line in (await self.workers[stage].page("/metrics")).splitlines():
            if line.startswith((f"{name}{{", f"{name} ")) and all(one in line for one in wanted):
                total += float(line.rsplit(" ", 1)[1])
        return total

    async def _employ(self, stage: str) -> None:
        """Another program may take the port before the worker does: then on another one."""
        for attempt in range(3):
            worker = Worker(stage, self.settings, self._folder / f"{stage}-{attempt}", free_port())
            self.workers[stage] = worker
            try:
                await worker.ready(60)
                return
            except ServerFailed as failed:
                if attempt == 2 or "is in use" not in str(failed):
                    raise

    async def _judged(self, entered: Iterable[Place]) -> None:
        last: dict[int, int] = {}
        for topic, partition, offset in entered:
            if topic == LEAD_EVENTS.name:
                last[partition] = max(offset, last.get(partition, -1))
        await self._until(
            lambda: all(self._shown.get(p, -1) >= offset for p, offset in last.items()),
            f"{last} to be judged and shown",
        )

    def _assigned(self) -> dict[str, Place]:
        found = {}
        for record in self.heard[LEAD_EVENTS.name]:
            if record.key.startswith(NO_LEAD):
                continue
            event = msgspec.json.decode(record.value)
            if event["type"] == "assigned":
                found[event["id"]] = (LEAD_EVENTS.name, record.partition, record.offset)
        return found

    async def _caught_up(self, *topics: Topic) -> None:
        names = {self.kafka.name(topic) for topic in topics}
        ends = await self._consumer.end_offsets([tp for tp in self._consumer.assignment() if tp.topic in names])
        bare = len(self.settings.prefix)

        def heard() -> bool:
            last = {(r.topic, r.partition): r.offset for name in names for r in self.heard[name[bare:]]}
            return all(last.get((tp.topic, tp.partition), -1) >= end - 1 for tp, end in ends.items())

        await self._until(heard, f"the ends {ends}")

    async def _until(self, holds: Callable[[], bool], what: str) -> None:
        async def answer() -> bool:
            if self._listening is not None and self._listening.done():
                await self._listening
            return holds()

        await until(answer, what, WITHIN_S)

    async def _listen(self) -> None:
        bare = len(self.settings.prefix)
        while True:
            for records in (await self._consumer.getmany(timeout_ms=200)).values():
                for record in records:
                    self._note(record.topic[bare:], record)

    def _note(self, topic: str, record: ConsumerRecord) -> None:
        place = (topic, record.partition, record.offset)
        self.heard[topic].append(record)
        if topic == LEAD_EVENTS.name and record.key.startswith(NO_LEAD):
            return
        if topic == LEAD_EVENTS.name and (origin := msgspec.json.decode(record.value).get("origin")):
            # What identify derives of a message is written before the message itself.
            self._entered[origin[0], origin[1], origin[2]] = place
        elif topic == DEAD_LETTERS.name:
            said = {name: raw.decode() for name, raw in record.headers if name.startswith("__touchline.")}
            source = [said[f"__touchline.errors.{field}"] for field in ("topic", "partition", "offset")]
            self._entered[source[0], int(source[1]), int(source[2])] = place
        elif topic == LEAD_STATE.name and record.key == CONTROL_KEY:
            shown = msgspec.json.decode(record.value)["cards_to"]
            self._shown[record.partition] = max(shown, self._shown.get(record.partition, -1))
