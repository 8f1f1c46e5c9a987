"""What is measured while it happens: lag, routing speed, the hottest leads, handoffs, dead letters."""

import asyncio
import math
import time
from collections import Counter
from contextlib import aclosing
from http.client import HTTPException

import msgspec
from msgspec import Struct
from prometheus_client.parser import text_string_to_metric_families

from agents.demo.crew import Crew, Worker
from agents.demo.receipts import Receipts
from agents.redis.read_model import ReadModel
from agents.settings import Settings
from agents.topics.reader import heard
from schemas.card import Card
from schemas.handoff import HandoffEvent, HandoffType
from schemas.journal import Task
from schemas.reject import HEADER_PREFIX
from streams.topology import DEAD_LETTERS, HANDOFFS, LEAD_TASKS, TOPOLOGY

LOOK_EVERY_S = 0.5
STAGES = [step.name for step in TOPOLOGY]
HOTTEST = 8
REQUESTED = "io.touchline.handoff.requested.v1"
WITHDRAWN = "io.touchline.handoff.withdrawn.v1"
REASON = f"{HEADER_PREFIX}reason"


class Lag(Struct, frozen=True):
    """Of one worker, as its /metrics says it at this moment."""

    records: int
    seconds: float


class Heard(Struct, frozen=True):
    """A request for sales, as it stood on `handoffs`."""

    event: HandoffEvent
    took_ms: int | None
    """From the touch that fired (our own clock when it was sent) to the broker's append; None: not sent by us."""


class Gauges:
    """Reads Kafka, Redis and the workers' metrics; changes nothing."""

    def __init__(self, settings: Settings, crew: Crew, receipts: Receipts, began_s: float) -> None:
        self.receipts, self.crew = receipts, crew
        self.handoffs: list[Heard] = []
        self.withdrawn: dict[str, HandoffEvent] = {}
        """By lead."""
        self.told: dict[tuple[str, HandoffType], HandoffEvent] = {}
        """The first of each kind, by lead."""
        self.reminders: dict[str, Task] = {}
        """By lead."""
        self.letters: Counter[str] = Counter()
        self.lag: dict[str, Lag | None] = {}
        """By stage; None: it does not answer."""
        self.top: list[Card] = []
        self.leads = 0
        self.first_handoff_s: float | None = None
        """From the start of the command."""
        self.read = ReadModel.of(settings)
        self._settings, self._began_s = settings, began_s
        self._known: set[str] = set()

    @property
    def elapsed_s(self) -> float:
        """Since the command began."""
        return time.monotonic() - self._began_s

    def speed(self, percent: float, before: int | None = None) -> int | None:
        """Routing speed in ms that so many percent of the (first `before`) handoffs kept; None: no handoff yet."""
        took = sorted(h.took_ms for h in self.handoffs[:before] if h.took_ms is not None)
        return took[max(0, math.ceil(len(took) * percent / 100) - 1)] if took else None

    async def follow(self) -> None:
        """Until cancelled."""
        await asyncio.gather(self._handoffs(), self._tasks(), self._letters(), self._look())

    async def _handoffs(self) -> None:
        decode = msgspec.json.Decoder(HandoffEvent).decode
        async with aclosing(heard(self._settings, HANDOFFS, from_beginning=True)) as batches:
            async for batch in batches:
                for record in batch:
                    event = decode(record.value or b"")
                    self.told.setdefault((event.subject, HandoffType(event.type.split(".")[-2])), event)
                    if event.type == WITHDRAWN:
                        self.withdrawn[event.subject] = event
                    if event.type != REQUESTED or event.id in self._known:
                        continue
                    self._known.add(event.id)
                    # What reached Kafka long after it happened says nothing about our speed.
                    at_ms = None if event.data.late else self.receipts.at_ms.get(event.causationid)
                    self.handoffs.append(Heard(event, None if at_ms is None else record.timestamp - at_ms))
                    self.first_handoff_s = self.first_handoff_s or self.elapsed_s

    async def _tasks(self) -> None:
        decode = msgspec.json.Decoder(Task).decode
        async with aclosing(heard(self._settings, LEAD_TASKS, from_beginning=True)) as batches:
            async for batch in batches:
                for task in (decode(record.value or b"") for record in batch):
                    if task.kind == "remind":
                        self.reminders.setdefault(task.lead_id, task)

    async def _letters(self) -> None:
        async with aclosing(heard(self._settings, DEAD_LETTERS, from_beginning=True)) as batches:
            async for batch in batches:
                self.letters.update(value.decode() for r in batch for name, value in r.headers if name == REASON)

    async def _look(self) -> None:
        while True:
            self.top, self.leads = await self.read.top(HOTTEST), await self.read.leads()
            await asyncio.gather(*(self.measure(name) for name in STAGES))
            await asyncio.sleep(LOOK_EVERY_S)

    async def measure(self, stage: str) -> Lag | None:
        """A worker's lag now; None: it does not answer."""
        self.lag[stage] = lag = await lag_of(self.crew.stages[stage])
        return lag


async def lag_of(worker: Worker) -> Lag | None:
    """From its /metrics: records summed, the oldest's age, over its partitions."""
    try:
        page = await worker.page("/metrics")
    except (OSError, HTTPException):
        return None
    records, seconds, partitions = 0, 0.0, 0
    for family in text_string_to_metric_families(page):
        for sample in family.samples:
            if sample.name == "touchline_partition_lag":
                records, partitions = records + int(sample.value), partitions + 1
            elif sample.name == "touchline_partition_lag_seconds":
                seconds = max(seconds, sample.value)
    return Lag(records, seconds) if partitions else None
