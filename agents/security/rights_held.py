"""Asks the broker which of the rights that we need we have: it tells each client its own."""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import (
    GroupAuthorizationFailedError,
    IncompatibleBrokerVersion,
    KafkaError,
    TopicAuthorizationFailedError,
    for_code,
)
from aiokafka.protocol.admin import DescribeGroupsResponse_v3
from aiokafka.protocol.api import Request, RequestStruct
from aiokafka.protocol.types import Array, Boolean, Schema, String

from agents.security.principal import principal_of
from agents.settings import Settings
from agents.table.topic_identity import MetadataRequestV12
from streams.acls import Operation, Resource, Right, alike, given

CODES = {
    Operation.READ: 3, Operation.WRITE: 4, Operation.CREATE: 5, Operation.DESCRIBE: 8, Operation.DESCRIBE_CONFIGS: 10,
    Operation.ALTER_CONFIGS: 11,
}  # fmt: skip
"""Kafka's numbers of operations: an answer has a bit for each that the asker may do."""
NOT_TOLD = -(2**31)
"""A broker without rights, or one too old to tell them."""


class RightsRequest(Request[MetadataRequestV12]):
    """Asks what may be done with topics."""

    API_KEY = 3

    def __init__(self, names: Sequence[str]) -> None:
        self.topics = list(names)

    def build(self, request_struct_class: type[MetadataRequestV12]) -> MetadataRequestV12:
        """Makes no topic."""
        return request_struct_class([(UUID(int=0), name, {}) for name in self.topics], False, True, {})


class DescribeGroupsRequestV3(RequestStruct):
    """aiokafka's own takes the answer for an older one, without rights in it."""

    API_KEY = 15
    API_VERSION = 3
    RESPONSE_TYPE = DescribeGroupsResponse_v3
    SCHEMA = Schema(("groups", Array(String("utf-8"))), ("include_authorized_operations", Boolean))


class GroupRightsRequest(Request[DescribeGroupsRequestV3]):
    """Asks what may be done with a group."""

    API_KEY = 15

    def __init__(self, name: str) -> None:
        self._name = name

    def build(self, request_struct_class: type[DescribeGroupsRequestV3]) -> DescribeGroupsRequestV3:
        """Of one group."""
        return request_struct_class([self._name], True)


async def lacking(client: AIOKafkaAdminClient, rights: Iterable[Right]) -> list[Right]:
    """What of it we may not do. A topic that is not there, but might be seen, lacks nothing."""
    wanted = {(right.resource, right.name): right for right in rights}
    topics = [name for resource, name in wanted if resource is Resource.TOPIC]
    groups = [name for resource, name in wanted if resource is Resource.GROUP]
    try:
        held = await _of_topics(client, topics) if topics else {}
        for name in groups:
            held[Resource.GROUP, name] = await _of_group(client, name)
    except IncompatibleBrokerVersion:
        return []  # an old broker says it by refusing
    found = [(right, held.get(place, NOT_TOLD)) for place, right in wanted.items()]
    return [
        Right(right.resource, right.name, missing)
        for right, bits in found
        if bits != NOT_TOLD and (missing := tuple(o for o in right.operations if not bits >> CODES[o] & 1))
    ]


async def _of_topics(client: AIOKafkaAdminClient, names: list[str]) -> dict[tuple[Resource, str], int]:
    said = await client._client.send(client._client.get_random_node(), RightsRequest(names))
    return {
        (Resource.TOPIC, name): 0 if for_code(error) is TopicAuthorizationFailedError else bits
        for error, name, _, _, _, bits, _ in said.topics
    }


async def _of_group(client: AIOKafkaAdminClient, name: str) -> int:
    try:
        said: Any = await client._client.send(await client.find_coordinator(name), GroupRightsRequest(name))
    except GroupAuthorizationFailedError:
        return 0
    except IncompatibleBrokerVersion:
        raise
    except KafkaError:
        return NOT_TOLD  # a group nobody has used on a new cluster: whoever joins it will learn it
    ((error, _, _, _, _, _, bits),) = said.groups
    return 0 if for_code(error) is GroupAuthorizationFailedError else int(bits)


def mended(missing: Sequence[Right], settings: Settings) -> list[tuple[str, str]]:
    """What is missing, in words, and the command that gives it."""
    who = principal_of(settings)
    return [
        (
            f"{who} may not {' or '.join(right.operations)} {right.resource} {', '.join(names)}",
            given(right, names, who, settings.bootstrap),
        )
        for right, names in alike(missing)
    ]


def told(missing: Sequence[Right], settings: Settings) -> list[str]:
    """A sentence for each command that mends it."""
    return [f"{what}: `{command}`" for what, command in mended(missing, settings)]
