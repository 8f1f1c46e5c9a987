"""Asks the broker for a topic's id, which no topic created later shares: aiokafka 0.14 does not know the field yet."""

import asyncio
from typing import Any
from uuid import UUID

from aiokafka.errors import KafkaError
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Boolean, CompactArray, CompactString, Int16, Int32, Schema, TaggedFields

TEXT = CompactString("utf-8")
ID_BYTES = 16
PAUSE_S = 0.1


class Uuid:
    """16 bytes, in network order."""

    @classmethod
    def encode(cls, value: UUID) -> bytes:
        """To the wire."""
        return value.bytes

    @classmethod
    def decode(cls, data: Any) -> UUID:
        """From the wire."""
        return UUID(bytes=data.read(ID_BYTES))

    @classmethod
    def repr(cls, value: UUID) -> str:
        """For aiokafka's own logs."""
        return str(value)


PARTITION = (
    ("error_code", Int16), ("partition", Int32), ("leader", Int32), ("leader_epoch", Int32),
    ("replicas", CompactArray(Int32)), ("isr", CompactArray(Int32)), ("offline_replicas", CompactArray(Int32)),
    ("tags", TaggedFields),
)  # fmt: skip


class MetadataResponseV12(Response):
    """Metadata since Kafka 3.1."""

    API_KEY = 3
    API_VERSION = 12
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("brokers", CompactArray(
            ("node_id", Int32), ("host", TEXT), ("port", Int32), ("rack", TEXT), ("tags", TaggedFields)
        )),
        ("cluster_id", TEXT),
        ("controller_id", Int32),
        ("topics", CompactArray(
            ("error_code", Int16), ("name", TEXT), ("topic_id", Uuid), ("is_internal", Boolean),
            ("partitions", CompactArray(*PARTITION)), ("authorized_operations", Int32), ("tags", TaggedFields),
        )),
        ("tags", TaggedFields),
    )  # fmt: skip


class MetadataRequestV12(RequestStruct):
    """Asks for topics by name; never creates one."""

    API_KEY = 3
    API_VERSION = 12
    FLEXIBLE_VERSION = True
    RESPONSE_TYPE = MetadataResponseV12
    SCHEMA = Schema(
        ("topics", CompactArray(("topic_id", Uuid), ("name", TEXT), ("tags", TaggedFields))),
        ("allow_auto_topic_creation", Boolean),
        ("include_topic_authorized_operations", Boolean),
        ("tags", TaggedFields),
    )


class TopicIdRequest(Request[MetadataRequestV12]):
    """What aiokafka's client sends; it negotiates the version."""

    API_KEY = 3

    def __init__(self, topic: str) -> None:
        self._topic = topic

    @property
    def topics(self) -> list[str]:
        """aiokafka's log shows it."""
        return [self._topic]

    def build(self, request_struct_class: type[MetadataRequestV12]) -> MetadataRequestV12:
        """The request for one topic."""
        return request_struct_class([(UUID(int=0), self._topic, {})], False, False, {})


class NoTopicId(RuntimeError):
    """The broker does not know the topic, or is too old to have ids."""


async def topic_id(client: Any, topic: str) -> str:
    """The id of a topic, as Kafka's own tools print it without padding; `client` is an aiokafka client, connected."""
    response = await _asked(client, TopicIdRequest(topic))
    for error, name, identity, *_ in response.topics:
        if name == topic and not error:
            return str(identity)
    raise NoTopicId(f"the broker has no id for {topic}: is it there, and is Kafka 3.1 or newer?")


async def _asked(client: Any, request: TopicIdRequest) -> Any:
    """The answer of any broker: the one tried first may have died, and nobody knows yet."""
    while True:
        try:
            return await client.send(client.get_random_node(), request)
        except KafkaError as fault:
            if not fault.retriable:
                raise
            await client.force_metadata_update()
            await asyncio.sleep(PAUSE_S)
