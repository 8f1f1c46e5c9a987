"""One ride through the whole pipeline at one rate: touches go in by a door, handoffs are read by a stranger."""

import asyncio
import math
import uuid
from collections.abc import Mapping
from pathlib import Path

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from prometheus_client.parser import text_string_to_metric_families

from agents.demo.crew import Worker
from agents.settings import Settings
from schemas.handoff import HandoffEvent, HandoffType
from streams.topology import HANDOFFS
from tests.bench.measured import cpu_s
from tests.bench.sender import Sent
from tests.bench.subjects import Program
from tests.bench.visitors import now_ns, sent_of

STUCK_AFTER_S = 30.0
"""Without a handoff."""
HISTOGRAM = "touchline_handoff_latency_seconds"
_DECODER = msgspec.json.Decoder(HandoffEvent)

FLUSHES, RECORDS = "touchline_flush_duration_seconds", "touchline_group_records"

Stages = Mapping[str, Worker]
Buckets = dict[float, float]
"""Observations at or under each edge, seconds."""


class Work(msgspec.Struct, kw_only=True):
    """A stage during a ride."""

    cores: float
    """Used on average."""
    flushes_per_s: float
    records: float
    """Per flush."""
    flush_ms: float


class Ride(msgspec.Struct, kw_only=True):
    """What came out."""

    rate: int
    sent: Sent
    seconds: list[float] = []
    """From sending the touch to reading its handoff, sorted; those of the warm-up left out."""
    all_seconds: list[float] = []
    """Those of the warm-up too, sorted."""
    repeated: int = 0
    """Handoffs read more than once."""
    product: Buckets = {}
    """What the product's own histogram says of this ride, warm-up included."""
    work: dict[str, Work] = {}
    """By stage."""
    broker_cores: float = 0.0
    """0: unknown."""

    @property
    def missing(self) -> int:
        """Handoffs that never came."""
        return self.sent.ripe - len(self.all_seconds)

    @property
    def reached(self) -> bool:
        """The sender kept up with its rate."""
        return self.sent.touches / self.sent.took_s > self.rate * 0.99

    @property
    def product_count(self) -> int:
        """Handoffs timed by the product."""
        return int(self.product.get(math.inf, 0))


async def ride(
    settings: Settings, stages: Stages, folder: Path, rate: int, seconds: float, warm_up_s: float = 6.0,
    broker_pid: int = 0,
) -> Ride:  # fmt: skip
    """Send at a rate and wait for every handoff, or until none comes any more."""
    run = uuid.uuid4().hex[:8]
    arguments = (settings.bootstrap, settings.prefix, run, str(rate), str(warm_up_s), str(seconds))
    sender = Program("sender", arguments, folder / run)
    before = {name: await _look(worker) for name, worker in stages.items()}
    broker_s = cpu_s(broker_pid)
    topic = f"{settings.prefix}{HANDOFFS.name}"
    reader = AIOKafkaConsumer(bootstrap_servers=settings.bootstrap, enable_auto_commit=False)
    await reader.start()
    try:
        partitions = [TopicPartition(topic, p) for p in range(settings.partitions)]
        reader.assign(partitions)
        await reader.seek_to_end(*partitions)
        began_ns = now_ns()
        sending = asyncio.create_task(asyncio.to_thread(sender.measure, 60.0 + warm_up_s + seconds, Sent))
        read = await _read(reader, run, sending)
        took_s = (now_ns() - began_ns) / 1e9
        sent = await sending
    finally:
        await reader.stop()
        sender.kill()
    after = {name: await _look(worker) for name, worker in stages.items()}
    return Ride(
        rate=rate, sent=sent, seconds=sorted(s for s, counted in read.first.values() if counted),
        all_seconds=sorted(s for s, _ in read.first.values()), repeated=read.repeated,
        product={edge: count - before["route"].speed.get(edge, 0.0) for edge, count in after["route"].speed.items()},
        work={name: _work(before[name], after[name], took_s) for name in stages},
        broker_cores=(cpu_s(broker_pid) - broker_s) / took_s,
    )  # fmt: skip


class Read(msgspec.Struct):
    """Handoffs of a run, by id."""

    first: dict[str, tuple[float, bool]] = {}
    """Seconds it took, and whether it counts."""
    repeated: int = 0


async def _read(reader: AIOKafkaConsumer, run: str, sending: "asyncio.Task[Sent]") -> Read:
    read, came_ns = Read(), now_ns()
    while not sending.done() or len(read.first) < sending.result().ripe:
        fetched = await reader.getmany(timeout_ms=200)
        at_ns = now_ns()
        for record in (r for records in fetched.values() for r in records):
            event = _DECODER.decode(record.value)
            of_run, sent_ns, counted = sent_of(event.causationid)
            if of_run != run or event.type != f"io.touchline.handoff.{HandoffType.REQUESTED}.v1":
                continue
            if event.data.handoff_id in read.first:
                read.repeated += 1
            else:
                read.first[event.data.handoff_id] = (at_ns - sent_ns) / 1e9, counted
                came_ns = at_ns
        if sending.done() and (at_ns - max(came_ns, 0)) / 1e9 > STUCK_AFTER_S:
            break
    return read


class Seen(msgspec.Struct):
    """A worker's counters at one moment."""

    cpu_s: float
    speed: Buckets = {}
    """Routing speed, all triggers together."""
    sums: dict[str, float] = {}
    """`_sum` and `_count` of other histograms."""


async def _look(worker: Worker) -> Seen:
    seen = Seen(cpu_s(worker.pid))
    for family in text_string_to_metric_families(await worker.page("/metrics")):
        for sample in family.samples:
            if sample.name == f"{HISTOGRAM}_bucket":
                edge = float(sample.labels["le"])
                seen.speed[edge] = seen.speed.get(edge, 0.0) + sample.value
            elif family.name in (FLUSHES, RECORDS) and not sample.name.endswith("_bucket"):
                seen.sums[sample.name] = sample.value
    return seen


def _work(before: Seen, after: Seen, took_s: float) -> Work:
    def grown(name: str) -> float:
        return after.sums.get(name, 0.0) - before.sums.get(name, 0.0)

    flushes = grown(f"{FLUSHES}_count")
    return Work(
        cores=(after.cpu_s - before.cpu_s) / took_s,
        flushes_per_s=flushes / took_s,
        records=grown(f"{RECORDS}_sum") / max(1.0, flushes),
        flush_ms=grown(f"{FLUSHES}_sum") * 1000 / max(1.0, flushes),
    )


def quantile(seconds: list[float], share: float) -> float:
    """Of sorted values, by nearest rank."""
    return seconds[max(0, math.ceil(share * len(seconds)) - 1)] if seconds else math.nan


def bucket_of(buckets: Buckets, share: float) -> tuple[float, float]:
    """Edges of the bucket in which a quantile lies."""
    wanted, below = share * buckets.get(math.inf, 0.0), 0.0
    for edge in sorted(buckets):
        if buckets[edge] >= wanted:
            return below, edge
        below = edge
    return below, math.inf


def agrees(ride: Ride, share: float) -> bool:
    """Our quantile lies in the product's bucket or in one beside it."""
    edges = [0.0, *sorted(ride.product)]
    low, high = bucket_of(ride.product, share)
    lower = edges[max(0, edges.index(low) - 1)]
    upper = edges[min(len(edges) - 1, edges.index(high) + 1)]
    return lower <= quantile(ride.all_seconds, share) <= upper
