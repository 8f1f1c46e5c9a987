"""A log with a life on it, its score table, and the commands that move them: for tests of rebuilds."""

import asyncio
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import msgspec
import pytest
from aiokafka import ConsumerRecord
from aiokafka.admin import AIOKafkaAdminClient, RecordsToDelete
from aiokafka.structs import TopicPartition

from agents.app import CannotStart
from agents.delivery.producer import Outbox
from agents.demo.crew import Worker
from agents.group_commit import Group
from agents.model_file import load_model
from agents.rebuild.order import Order, Rebuilt
from agents.rebuild.rebuild import rebuild
from agents.score import Score
from agents.settings import Settings
from agents.snapshots.shelf import FolderShelf
from agents.snapshots.snapshot import put, taken_back
from agents.snapshots.taking import read_settled
from agents.topics.admin import connected, create
from schemas.lead_event import FactLearned, LeadEvent, Origin, TouchSeen
from schemas.lead_state import Control, LeadState
from schemas.units import MINUTE_MS
from streams.generations.log_marks import MARK_KEY
from streams.judge import Judge
from streams.lead_codec import CONTROL_KEY, applied_of, decode
from streams.topology import LEAD_EVENTS, LEAD_STATE, RIPE, SCORE, Topic, bare_name, name_of
from tests.conftest import StartWorker
from tests.live.kafka import Kafka, until
from tests.live.touchline import Ended, touchline

START_MS = 1_790_000_000_000
M1 = Path(__file__).parent.parent / "models" / "m1.yaml"


def life(leads: int, rounds: int, first: int = 0) -> list[tuple[str, LeadEvent]]:
    """(lead, event) in order: every third lead is big enough, asks for a demo, and becomes ripe."""
    told: list[tuple[str, LeadEvent]] = []
    for number in range(first, first + leads * rounds):
        lead, at_ms = f"lead-{number % leads:04d}", START_MS + number * MINUTE_MS
        origin = Origin("touches.web", number % 3, number, at_ms)
        if number % leads % 3 == 0 and number // leads % 2 == 0:
            fact = Origin("facts", 0, number, at_ms)
            size: dict[str, str | int | float | bool | None] = {"headcount": 40}
            told.append((lead, FactLearned(id=f"f{number}", at_ms=at_ms, origin=fact, by="form", facts=size)))
            kind = "demo_request"
        else:
            kind = "page_view"
        page = "/blog/a" if kind == "page_view" else ""
        touch = TouchSeen(id=f"t{number}", at_ms=at_ms, origin=origin, kind=kind, channel="web", page=page)
        told.append((lead, touch))
    return told


def lives(records: list[ConsumerRecord]) -> dict[bytes, list[tuple[bytes, int]]]:
    """Each lead's events with their times, in the order of the log."""
    told: dict[bytes, list[tuple[bytes, int]]] = {}
    for record in sorted(records, key=lambda r: (r.partition, r.offset)):
        if record.key != MARK_KEY:
            told.setdefault(record.key, []).append((record.value, record.timestamp))
    return told


class Delivery:
    """Records of one partition, as the transport hands them to a stage."""

    def __init__(self, records: list[ConsumerRecord]) -> None:
        self.value, self.message = records, records[0]

    def ack(self) -> bool:
        """Nobody listens."""
        return True


class Generation:
    """One generation of a log, seen by a test."""

    def __init__(self, settings: Settings, worker: StartWorker) -> None:
        self.settings, self._worker = settings.model_copy(update={"model": M1}), worker
        self.kafka = Kafka(self.settings)

    def named(self, generation: str, partitions: int) -> "Generation":
        """Another one of the same log."""
        changes = {"generation": generation, "partitions": partitions}
        return Generation(self.settings.model_copy(update=changes), self._worker)

    async def make(self) -> "Generation":
        """Its topics, and those score writes to."""
        async with connected(self.settings) as client:
            await create(client, self.settings, SCORE.topics)
        await self.kafka.end_offsets(LEAD_STATE)
        return self

    async def say(self, told: list[tuple[str, LeadEvent]]) -> None:
        """Write its log as `identify` does."""
        out = Outbox(self.settings)
        await out.start()
        try:
            await out.write(LEAD_EVENTS, [(None, lead.encode(), msgspec.json.encode(e), []) for lead, e in told])
        finally:
            await out.stop()

    async def scoring(self, **changes: Any) -> Worker:
        """A worker at work on it."""
        given = {name: getattr(self.settings, name) for name in ("prefix", "generation", "partitions", "model")}
        return await self._worker("score", **(given | changes))

    async def refused(self) -> str:
        """What a worker says that may not start."""
        given = {name: getattr(self.settings, name) for name in ("prefix", "generation", "partitions", "model")}
        one = await self._worker("score", wait=False, **given)
        assert 2 == await asyncio.to_thread(one.wait_end, 20.0)
        return one.excerpt(20)

    async def refusal(self) -> str:
        """What the stage itself says that may not start: as a worker does, without joining the group."""
        text, model = load_model(M1, self.settings)
        stage = Score(self.settings, model, text)
        with pytest.raises(CannotStart) as refused:
            await stage.assigned({LEAD_EVENTS.name: set(range(self.settings.partitions))})
        return str(refused.value)

    async def score(self, told: list[tuple[str, LeadEvent]]) -> None:
        """Say it and have it scored by the stage itself, without a worker around it; nothing is acknowledged."""
        await self.say(told)
        text, model = load_model(M1, self.settings)
        out, stage = Outbox(self.settings), Score(self.settings, model, text)
        await out.start()
        try:
            await stage.start(out)
            await stage.assigned({LEAD_EVENTS.name: set(range(self.settings.partitions))})
            starts = stage.starts()
            records = await self.kafka.read_all(LEAD_EVENTS)
            news = [r for r in records if r.offset >= starts[LEAD_EVENTS.name, r.partition]]
            for partition in sorted({r.partition for r in news}):
                delivery = Delivery([r for r in news if r.partition == partition])
                await stage.flush(Group([delivery], partial(bare_name, place=self.settings), lambda: False))
        finally:
            await stage.stop()
            await out.stop()

    async def rebuild(self, *words: str | Path, came_from: str = "first") -> Ended:
        """The command, into this generation."""
        return await touchline(self.settings, "rebuild", "--from-generation", came_from, *words, within_s=60.0)

    async def rebuilt(
        self, *, came_from: str = "", accept_loss: bool = False, snapshots: Path | None = None
    ) -> Rebuilt:
        """What the command does, without its process."""
        old = name_of(LEAD_STATE, self.settings.model_copy(update={"generation": came_from}))
        order = Order(
            settings=self.settings, came_from=came_from, judge=Judge.of(load_model(M1, self.settings)[1]),
            accept_loss=accept_loss, tell=lambda _line: None,
            snapshot=None if snapshots is None else taken_back(FolderShelf(snapshots), old),
        )  # fmt: skip
        return await rebuild(order)

    async def snapshot(self, folder: Path) -> None:
        """What `touchline snapshot` does, without its process."""
        for number, held in (await read_settled(self.settings)).items():
            if held.control is not None:
                put(FolderShelf(folder), name_of(LEAD_STATE, self.settings), number, held.control, held.encoded, 0)

    async def table(self) -> tuple[dict[str, LeadState], dict[int, Control]]:
        """The score table as a worker would restore it."""
        leads: dict[bytes, bytes] = {}
        controls: dict[int, Control] = {}
        for record in await self.kafka.read_all(LEAD_STATE):
            if record.key == CONTROL_KEY:
                control = msgspec.json.decode(record.value, type=Control)
                if record.partition not in controls or control.applied >= controls[record.partition].applied:
                    controls[record.partition] = control
            elif record.key not in leads or applied_of(record.value) > applied_of(leads[record.key]):
                leads[record.key] = record.value
        return {key.decode(): decode(value) for key, value in leads.items()}, controls

    async def until_scored(self, within_s: float = 30.0) -> None:
        """Wait until the control records reach the end of the log."""
        ends = await self.kafka.end_offsets(LEAD_EVENTS)

        async def scored() -> bool:
            _, controls = await self.table()
            return all(p in controls and controls[p].applied + 1 >= end for p, end in ends.items() if end)

        await until(scored, "the score table to reach the end of the log", within_s)

    async def ripe(self) -> Counter[tuple[str, int]]:
        """Words on `ripe`, by handoff and revision."""
        return Counter((word.handoff_id, word.revision) for word in await self.kafka.values(RIPE))

    async def delete(self, *topics: Topic) -> None:
        """Delete topics and wait until they are gone."""
        names = {name_of(topic, self.settings) for topic in topics}
        async with connected(self.settings) as client:
            await client.delete_topics(sorted(names))

            async def gone() -> bool:
                return not names & {t["topic"] for t in await client.describe_topics()}

            await until(gone, f"{names} to be gone")

    async def forget_before(self, topic: Topic, offsets: dict[int, int]) -> None:
        """What retention does, at once."""
        async with connected(self.settings) as client:
            admin: AIOKafkaAdminClient = client
            name = name_of(topic, self.settings)
            await admin.delete_records({TopicPartition(name, p): RecordsToDelete(o) for p, o in offsets.items()})
