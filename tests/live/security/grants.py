"""Gives and takes rights on a broker as its owner does, by Kafka's own protocol."""

from collections.abc import Iterable
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.protocol.api import Request, RequestStruct, Response
from aiokafka.protocol.types import Array, Int8, Int16, Int32, Schema, String

from streams.acls import Operation, Resource, Right
from tests.live.kafka import until

RESOURCES = {Resource.TOPIC: 2, Resource.GROUP: 3}
OPERATIONS = {
    Operation.READ: 3, Operation.WRITE: 4, Operation.CREATE: 5, Operation.DESCRIBE: 8, Operation.DESCRIBE_CONFIGS: 10,
    Operation.ALTER_CONFIGS: 11,
}  # fmt: skip
ANY, LITERAL, ALLOW = 1, 3, 3
TEXT = String("utf-8")
_ENTRY = (
    ("resource_type", Int8), ("resource_name", TEXT), ("pattern", Int8), ("principal", TEXT), ("host", TEXT),
    ("operation", Int8), ("permission", Int8),
)  # fmt: skip


class CreateAclsResponse(Response):
    API_KEY = 30
    API_VERSION = 1
    SCHEMA = Schema(("throttle_time_ms", Int32), ("results", Array(("error", Int16), ("message", TEXT))))


class CreateAclsStruct(RequestStruct):
    API_KEY = 30
    API_VERSION = 1
    RESPONSE_TYPE = CreateAclsResponse
    SCHEMA = Schema(("creations", Array(*_ENTRY)))


class DeleteAclsResponse(Response):
    API_KEY = 31
    API_VERSION = 1
    SCHEMA = Schema(
        ("throttle_time_ms", Int32),
        ("results", Array(("error", Int16), ("message", TEXT), ("matching", Array(
            ("error", Int16), ("message", TEXT), *_ENTRY,
        )))),
    )  # fmt: skip


class DeleteAclsStruct(RequestStruct):
    API_KEY = 31
    API_VERSION = 1
    RESPONSE_TYPE = DeleteAclsResponse
    SCHEMA = Schema(("filters", Array(*_ENTRY)))


class DescribeAclsResponse(Response):
    API_KEY = 29
    API_VERSION = 1
    SCHEMA = Schema(
        ("throttle_time_ms", Int32), ("error", Int16), ("message", TEXT),
        ("resources", Array(("resource_type", Int8), ("resource_name", TEXT), ("pattern", Int8), ("acls", Array(
            ("principal", TEXT), ("host", TEXT), ("operation", Int8), ("permission", Int8),
        )))),
    )  # fmt: skip


class DescribeAclsStruct(RequestStruct):
    API_KEY = 29
    API_VERSION = 1
    RESPONSE_TYPE = DescribeAclsResponse
    SCHEMA = Schema(*_ENTRY)


class DescribeAclsRequest(Request[DescribeAclsStruct]):
    """All of one principal."""

    API_KEY = 29

    def __init__(self, principal: str) -> None:
        self._principal = principal

    def build(self, request_struct_class: type[DescribeAclsStruct]) -> DescribeAclsStruct:
        return request_struct_class(ANY, None, LITERAL, self._principal, None, ANY, ALLOW)


class CreateAclsRequest(Request[CreateAclsStruct]):
    API_KEY = 30

    def __init__(self, entries: list[tuple[Any, ...]]) -> None:
        self._entries = entries

    def build(self, request_struct_class: type[CreateAclsStruct]) -> CreateAclsStruct:
        return request_struct_class(self._entries)


class DeleteAclsRequest(Request[DeleteAclsStruct]):
    API_KEY = 31

    def __init__(self, entries: list[tuple[Any, ...]]) -> None:
        self._entries = entries

    def build(self, request_struct_class: type[DeleteAclsStruct]) -> DeleteAclsStruct:
        return request_struct_class(self._entries)


async def give(bootstrap: str, principal: str, rights: Iterable[Right]) -> None:
    """`bootstrap`: the owner's door."""
    await _ask(bootstrap, CreateAclsRequest, principal, rights)


async def take(bootstrap: str, principal: str, rights: Iterable[Right]) -> None:
    """The same rights, away."""
    await _ask(bootstrap, DeleteAclsRequest, principal, rights)


async def _ask(
    bootstrap: str, kind: type[CreateAclsRequest] | type[DeleteAclsRequest], principal: str, rights: Iterable[Right]
) -> None:
    entries = [
        (RESOURCES[right.resource], right.name, LITERAL, principal, "*", OPERATIONS[operation], ALLOW)
        for right in rights
        for operation in right.operations
    ]
    client = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await client.start()
    try:
        answer = await client._send_to_controller(kind(entries))
        for error, message, *_ in answer.results:
            assert not error, f"{for_code(error).__name__}: {message}"
        assert len(entries) == len(answer.results)
        given = kind is CreateAclsRequest

        async def in_force() -> bool:
            said = await client._client.send(client._client.get_random_node(), DescribeAclsRequest(principal))
            held = {(t, name, acl[2]) for t, name, _, acls in said.resources for acl in acls}
            return all(((e[0], e[1], e[5]) in held) is given for e in entries)

        # The controller has decided it; the broker hears of it a moment later.
        await until(in_force, "the broker to know its rights")
    finally:
        await client.close()
