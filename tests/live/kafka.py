"""Speaks to the real broker for a test: creates topics, says and hears messages, within limits."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.structs import RecordMetadata

from agents.delivery.consumer_end import end_consumer
from agents.settings import Settings
from agents.topics.admin import partitions_of
from streams.generations.log_marks import WATERMARK_KEY
from streams.topic_settings import config
from streams.topology import TOPICS, Topic, name_of

Said = bytes | msgspec.Struct | dict[str, Any] | None
Name = Topic | str
LOOK_EVERY_S = 0.02


class Kafka:
    """One test's view of the broker: every topic and group it names gets the test's prefix."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._producer: AIOKafkaProducer | None = None

    def name(self, topic: Name) -> str:
        """As the broker knows it."""
        return name_of(topic, self.settings)

    async def create(self, topics: Iterable[Topic] = TOPICS) -> None:
        """Create these topics as the topology wants them; returns once each partition has a leader."""
        wanted, replicas = {self.name(topic): topic for topic in topics}, self.settings.replication or 1
        admin = AIOKafkaAdminClient(bootstrap_servers=self.settings.bootstrap)
        await admin.start()
        try:
            new = [
                NewTopic(name, partitions_of(topic, self.settings), replicas, topic_configs=config(topic, replicas))
                for name, topic in wanted.items()
            ]
            answer = await admin.create_topics(new)
            assert [] == [error for error in answer.topic_errors if error[1]]

            async def led() -> bool:
                found = await admin.describe_topics(list(wanted))
                return all(not t["error_code"] and all(p["leader"] >= 0 for p in t["partitions"]) for t in found)

            await until(led, f"leaders of {sorted(wanted)}", within_s=15)
        finally:
            await admin.close()

    async def say(
        self,
        topic: Name,
        values: Said | Iterable[Said],
        key: bytes | str | Sequence[bytes | str | None] | None = None,
        *,
        partition: int | None = None,
        headers: Sequence[tuple[str, bytes]] = (),
        timestamp_ms: int | None = None,
    ) -> list[RecordMetadata]:
        """Write one value or several, in order, as bytes or as what becomes JSON; returns once the broker has them.

        `key` is for all of them, or a list with one for each.
        """
        said = [values] if values is None or isinstance(values, bytes | msgspec.Struct | dict) else list(values)
        keys = [key] * len(said) if key is None or isinstance(key, bytes | str) else list(key)
        producer = await self._writer()
        sent = [
            await producer.send(
                self.name(topic), value=_bytes(value), key=_bytes(one), partition=partition, headers=list(headers),
                timestamp_ms=timestamp_ms,
            )
            for value, one in zip(said, keys, strict=True)
        ]  # fmt: skip
        return [await one for one in sent]

    async def hear(
        self, topic: Name, count: int, within_s: float = 20.0, *, watermarks: bool = False
    ) -> list[ConsumerRecord]:
        """The first `count` records of the topic, counted from its beginning; fails when they do not come in time.

        Words on how far the inputs are read, which come by themselves, are passed over unless asked for.
        """
        heard: list[ConsumerRecord] = []
        consumer = await self._reader(topic)
        try:
            async with asyncio.timeout(within_s):
                while len(heard) < count:
                    for records in (await consumer.getmany(timeout_ms=200)).values():
                        heard += [r for r in records if watermarks or r.key != WATERMARK_KEY]
        except TimeoutError:
            told = [f"{r.partition}/{r.offset} {r.key!r}: {(r.value or b'')[:200]!r}" for r in heard]
            raise AssertionError(
                f"{len(heard)} of {count} records on {self.name(topic)} in {within_s:g} s:\n" + "\n".join(told)
            ) from None
        finally:
            await end_consumer(consumer)
        return heard[:count]

    async def read_all(self, topic: Name, within_s: float = 20.0, *, watermarks: bool = False) -> list[ConsumerRecord]:
        """All that is on the topic now: up to its present end, each partition in its order; watermarks if asked for."""
        heard: list[ConsumerRecord] = []
        consumer = await self._reader(topic)
        try:
            ends = await consumer.end_offsets(list(consumer.assignment()))
            async with asyncio.timeout(within_s):
                for partition, end in sorted(ends.items()):
                    while await consumer.position(partition) < end:
                        heard += (await consumer.getmany(partition, timeout_ms=200)).get(partition, [])
        finally:
            await end_consumer(consumer)
        known = [r for r in heard if r.offset < ends[TopicPartition(r.topic, r.partition)]]
        return [r for r in known if watermarks or r.key != WATERMARK_KEY]

    async def values(self, topic: Topic, count: int | None = None, within_s: float = 20.0) -> list[Any]:
        """What was said, decoded as the topic's type: the first `count`, or all until now. Tombstones are left out."""
        records = await self.read_all(topic) if count is None else await self.hear(topic, count, within_s)
        return [msgspec.json.decode(r.value, type=topic.says) for r in records if r.value is not None]

    async def end_offsets(self, topic: Name) -> dict[int, int]:
        """The next offset of each partition."""
        consumer = await self._reader(topic)
        try:
            return {tp.partition: end for tp, end in (await consumer.end_offsets(list(consumer.assignment()))).items()}
        finally:
            await end_consumer(consumer)

    async def leader(self, place: str) -> int:
        """Id of the broker that leads `topic/partition`."""
        topic, _, partition = place.partition("/")
        admin = AIOKafkaAdminClient(bootstrap_servers=self.settings.bootstrap)
        await admin.start()
        try:
            (found,) = await admin.describe_topics([self.name(topic)])
        finally:
            await admin.close()
        return next(int(p["leader"]) for p in found["partitions"] if p["partition"] == int(partition))

    async def committed(self, group: str) -> dict[tuple[str, int], int]:
        """The group's committed offsets by (topic without prefix, partition); the group named without prefix too."""
        admin = AIOKafkaAdminClient(bootstrap_servers=self.settings.bootstrap)
        await admin.start()
        try:
            found = await admin.list_consumer_group_offsets(self.name(group))
        finally:
            await admin.close()
        bare = len(self.settings.prefix)
        return {(tp.topic[bare:], tp.partition): kept.offset for tp, kept in found.items()}

    async def until_committed(self, group: str, topic: Name, within_s: float = 20.0) -> None:
        """Wait until the group has committed everything that is on the topic now."""
        bare = self.name(topic)[len(self.settings.prefix) :]
        ends = {(bare, partition): end for partition, end in (await self.end_offsets(topic)).items() if end}

        async def caught_up() -> bool:
            kept = await self.committed(group)
            return all(kept.get(place, 0) >= end for place, end in ends.items())

        await until(caught_up, f"{self.name(group)} to commit {ends}", within_s)

    async def close(self) -> None:
        """End the clients."""
        if self._producer is not None:
            await self._producer.stop()

    async def _writer(self) -> AIOKafkaProducer:
        if self._producer is None:
            self._producer = AIOKafkaProducer(
                bootstrap_servers=self.settings.bootstrap, acks="all", enable_idempotence=True, linger_ms=2,
                max_request_size=2 * 1024 * 1024,
            )  # fmt: skip
            await self._producer.start()
        return self._producer

    async def _reader(self, topic: Name) -> AIOKafkaConsumer:
        """At the beginning of all partitions, in no group."""
        consumer = AIOKafkaConsumer(
            bootstrap_servers=self.settings.bootstrap, auto_offset_reset="earliest", enable_auto_commit=False,
            fetch_max_wait_ms=50, max_partition_fetch_bytes=4 * 1024 * 1024,
        )  # fmt: skip
        await consumer.start()
        name = self.name(topic)
        # Asking for the topic also makes the client learn of it.
        places = (await consumer._client._wait_on_metadata(name)) and consumer.partitions_for_topic(name)
        assert places, f"{name} does not exist: create it first"
        partitions = [TopicPartition(name, partition) for partition in places]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        return consumer


async def until(holds: Callable[[], Awaitable[bool]], what: str, within_s: float = 20.0) -> None:
    """Ask until the answer is yes; fail with what was waited for."""
    try:
        async with asyncio.timeout(within_s):
            while not await holds():
                await asyncio.sleep(LOOK_EVERY_S)
    except TimeoutError:
        raise AssertionError(f"waited {within_s:g} s in vain for {what}") from None


def _bytes(value: Said | str) -> bytes | None:
    if value is None or isinstance(value, bytes):
        return value
    return value.encode() if isinstance(value, str) else msgspec.json.encode(value)
