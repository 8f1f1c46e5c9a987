"""The way out: idempotent, in large compressed batches, and done only when the broker has everything."""

import asyncio
import contextlib
import itertools
import math
import time
from collections.abc import Iterable
from itertools import repeat
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaTimeoutError
from msgspec import Struct

from agents.clock import wall_ms
from agents.delivery.broker_clock import compare
from agents.delivery.key_hashes import murmur2, murmur2_of_many
from agents.delivery.metadata_pace import pace_metadata
from agents.security.kafka import kafka_client
from agents.settings import Settings
from agents.signals import RecordsWritten
from streams.topology import TOPICS, Topic, name_of

Item = tuple[int | None, bytes | None, bytes | None, list[tuple[str, bytes]]]
"""(partition, key, value, headers); no partition: by the key's hash, and by turns without a key."""

BATCH_BYTES = 512 * 1024
"""Before compression. Every topic takes at least 1 MiB."""
RECORD_OVERHEAD = 512
"""Bytes a record costs beside its key, value and headers, batch header included, generously."""
KEYS_CACHED = 1 << 17
REQUEST_TIMEOUT_MS = 30_000
STOP_WITHIN_S = 2.0
METADATA_MAX_AGE_MS = 60_000


class RecordTooLarge(ValueError):
    """A record that the topic would refuse. Stages size-check what they write, so this is a bug, not bad luck."""


class Landed(Struct, frozen=True):
    """Where a batch of ours is on its partition."""

    base: int
    """Offset of its first record."""
    count: int


class _Sealed(Struct):
    """A full batch on its way."""

    partition: int
    builder: Any
    append: Any
    """Of aiokafka's own builder inside: its wrapper would cost as much as the record."""
    count: int = 0


def partition_for(key: bytes, count: int) -> int:
    """The partition of a key among so many, as Kafka's default partitioner has it."""
    return (murmur2(key) & 0x7FFFFFFF) % count


class Placing(dict[bytes, int]):
    """The partition of a key among so many, remembered."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self._count = count

    def __missing__(self, key: bytes) -> int:
        place = partition_for(key, self._count)
        self._remember({key: place})
        return place

    def learn(self, keys: Iterable[bytes]) -> None:
        """Place many keys at once, those of one length together."""
        unknown: dict[int, list[bytes]] = {}
        for key in set(keys):
            unknown.setdefault(len(key), []).append(key)
        count = self._count
        for alike in unknown.values():
            hashes = murmur2_of_many(alike) if len(alike) > 1 else [murmur2(alike[0])]
            self._remember({key: (hashed & 0x7FFFFFFF) % count for key, hashed in zip(alike, hashes, strict=True)})

    def _remember(self, places: dict[bytes, int]) -> None:
        if len(self) + len(places) > KEYS_CACHED:
            self.clear()
        self.update(places)


class Outbox:
    """A worker's own producer. One per process; writes may overlap, each ends when its own records are safe."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None
        self._turn = itertools.count()
        self._writes: dict[int, float] = {}
        """Start of each write under way, monotonic seconds."""
        self._places = Placing(settings.partitions)
        self.partition_of = self._places.__getitem__
        """Partition of a lead on the log's topics: from our own count, never from live metadata."""

    async def start(self) -> None:
        """Connect."""
        self._producer = AIOKafkaProducer(
            **kafka_client(self._settings),
            client_id="touchline",
            enable_idempotence=True,
            acks="all",
            compression_type="snappy",
            max_batch_size=BATCH_BYTES,
            max_request_size=max(topic.max_message_bytes for topic in TOPICS),
            request_timeout_ms=REQUEST_TIMEOUT_MS,
            metadata_max_age_ms=METADATA_MAX_AGE_MS,
        )
        # aiokafka fails a batch older than the request timeout when it learns that no leader is elected yet: after an
        # outage of that length the broker's first answer would crash every worker. Ours wait for the leader.
        self._producer._message_accumulator._batch_ttl = math.inf
        pace_metadata(self._producer.client)
        await self._producer.start()

    async def stop(self) -> None:
        """Disconnect. Every write that matters was waited for; what else waits for a broker that is away is left."""
        producer, self._producer = self._producer, None
        if producer is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(STOP_WITHIN_S):
                    await producer.stop()

    @property
    def usable(self) -> bool:
        """Started and not stopped."""
        return self._producer is not None

    @property
    def waiting_s(self) -> float:
        """For how long the oldest write under way has waited."""
        return time.monotonic() - min(self._writes.values()) if self._writes else 0.0

    async def partitions_of(self, topic: Topic) -> int:
        """How many a topic has, as the broker says it."""
        return len(await self._ready().partitions_for(name_of(topic, self._settings)))

    async def write(
        self, topic: Topic, items: Iterable[Item], stamps: Iterable[int] | None = None
    ) -> dict[int, list[Landed]]:
        """Send all of it and wait until every replica that must has it. Returns where it landed, per partition.

        `stamps`: the records' times in ms, where a topic takes those of its producer.
        While the broker is away this waits; it raises when the broker refuses.
        """
        producer = self._ready()
        name = name_of(topic, self._settings)
        write = next(self._turn)
        self._writes[write] = time.monotonic()
        try:
            # Asking for the partitions of a topic first met waits for a broker, too.
            count = self._settings.partitions if self._as_the_log(topic) else len(await producer.partitions_for(name))
            chains: dict[int, list[_Sealed]] = {}
            for sealed in self._sealed(producer, topic, items, count, stamps):
                chains.setdefault(sealed.partition, []).append(sealed)
            landed = await asyncio.gather(*(self._send(producer, name, chain) for chain in chains.values()))
        finally:
            del self._writes[write]
        if landed:
            RecordsWritten(topic=topic.name, records=sum(one.count for chain in landed for one in chain)).emit()
        return dict(zip(chains, landed, strict=True))

    def _as_the_log(self, topic: Topic) -> bool:
        """Its count is known without asking. What others read keeps the partitions it had in the first generation."""
        return topic.moves or (topic.copartitioned and not self._settings.generation)

    def _ready(self) -> AIOKafkaProducer:
        if self._producer is None:
            raise RuntimeError("the out box is not started: call start() first")
        return self._producer

    def _sealed(
        self,
        producer: AIOKafkaProducer,
        topic: Topic,
        items: Iterable[Item],
        count: int,
        stamps: Iterable[int] | None,
    ) -> Iterable[_Sealed]:
        """The items as full batches, in order per partition."""
        most = topic.max_message_bytes - RECORD_OVERHEAD
        rows = items if isinstance(items, list) else list(items)
        places = self._places if count == self._settings.partitions else Placing(count)
        places.learn([key for asked, key, _, _ in rows if asked is None and key is not None and key not in places])
        opened: dict[int, _Sealed] = {}
        # A record's time is that of its write, unless told.
        times = repeat(wall_ms()) if stamps is None else stamps
        for (asked, key, value, headers), stamp in zip(rows, times, strict=False):
            partition = asked
            if partition is None:
                partition = next(self._turn) % count if key is None else places[key]
            batch = opened.get(partition)
            if batch is not None and batch.append(batch.count, stamp, key, value, headers) is not None:
                batch.count += 1
                continue
            if batch is not None:
                yield batch
            # Only the first record of a batch may be larger than a batch.
            _check_size(topic, most, key, value, headers)
            builder = producer.create_batch()
            batch = opened[partition] = _Sealed(partition, builder, builder._builder.append, 1)
            batch.append(0, stamp, key, value, headers)
        yield from opened.values()

    async def _send(self, producer: AIOKafkaProducer, name: str, chain: list[_Sealed]) -> list[Landed]:
        """Batches of one partition, in order."""
        acks, began_ms = [], wall_ms()
        for sealed in chain:
            sealed.builder._relative_offset = sealed.count
            sealed.builder.close()
            acks.append(await self._enqueue(producer, name, sealed))
        done = [await ack for ack in acks]
        compare(began_ms, done, wall_ms())
        return [Landed(one.offset, sealed.count) for sealed, one in zip(chain, done, strict=True)]

    async def _enqueue(self, producer: AIOKafkaProducer, name: str, sealed: _Sealed) -> "asyncio.Future[Any]":
        while True:
            try:
                return await producer.send_batch(sealed.builder, name, partition=sealed.partition)
            except KafkaTimeoutError:
                # The batch ahead of it has not left yet: nothing of this one was sent, so we go on waiting.
                continue


def _check_size(
    topic: Topic, most: int, key: bytes | None, value: bytes | None, headers: list[tuple[str, bytes]]
) -> None:
    size = len(key or b"") + len(value or b"") + sum(len(name) + len(held or b"") + 8 for name, held in headers)
    if size > most:
        raise RecordTooLarge(
            f"a record of {size} bytes for {topic.name}, which takes {most}: lower what its writer allows, "
            f"or raise max_message_bytes in streams/topology.py"
        )
