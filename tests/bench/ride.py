"""One ride through the whole pipeline at one rate: touches go in by a door, handoffs are read by a stranger."""

import asyncio
import math
import uuid
from collections.abc import Mapping
from pathlib import Path

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from prometheus_client.parser import text_string_to_metric_families

from agents.settings import Settings
from schemas.handoff import HandoffEvent, HandoffType
from streams.topology import HANDOFFS
from tests.bench.measured import cpu_s
from tests.bench.sender import Sent
from tests.bench.subjects import Program
from tests.bench.visitors import now_ns, sent_of
from tests.live.worker import Worker

STUCK_AFTER_S = 30.0
"""Without a handoff."""
HISTOGRAM = "touchline_handoff_latency_seconds"
_DECODER = msgspec.json.Decoder(HandoffEvent)

Stages = Mapping[str, Worker]
Buckets = dict[float, float]
"""Observations at or under each edge, seconds."""


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
    cpu: dict[str, float] = {}
    """Cores used by each stage."""

    @property
    def missing(self) -> int:
        """Handoffs that never came."""
        return self.sent.ripe - len(self.all_seconds)

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
    pids = {name: worker.pid for name, worker in stages.items()} | ({"broker": broker_pid} if broker_pid else {})
    before = await product_buckets(stages["route"])
    used_s = {name: cpu_s(pid) for name, pid in pids.items()}
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
    after = await product_buckets(stages["route"])
    return Ride(
        rate=rate, sent=sent, seconds=sorted(s for s, counted in read.first.values() if counted),
        all_seconds=sorted(s for s, _ in read.first.values()), repeated=read.repeated,
        product={edge: count - before.get(edge, 0.0) for edge, count in after.items()},
        cpu={name: (cpu_s(pid) - used_s[name]) / took_s for name, pid in pids.items()},
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


async def product_buckets(route: Worker) -> Buckets:
    """The product's routing speed, all triggers together."""
    buckets: Buckets = {}
    for family in text_string_to_metric_families(await route.page("/metrics")):
        for sample in family.samples:
            if sample.name == f"{HISTOGRAM}_bucket":
                edge = float(sample.labels["le"])
                buckets[edge] = buckets.get(edge, 0.0) + sample.value
    return buckets


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
