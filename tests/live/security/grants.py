"""Gives and takes rights on a broker as its owner does, by Kafka's own protocol."""

import asyncio
from collections.abc import Iterable

from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import for_code
from aiokafka.protocol.admin import CreateAclsRequest, DeleteAclsRequest, DescribeAclsRequest

from streams.acls import Operation, Resource, Right
from tests.live.kafka import until

RESOURCES = {Resource.TOPIC: 2, Resource.GROUP: 3}
OPERATIONS = {
    Operation.READ: 3, Operation.WRITE: 4, Operation.CREATE: 5, Operation.DESCRIBE: 8, Operation.DESCRIBE_CONFIGS: 10,
    Operation.ALTER_CONFIGS: 11,
}  # fmt: skip
ANY, LITERAL, ALLOW = 1, 3, 3
ANSWERED = {CreateAclsRequest: "creation_responses", DeleteAclsRequest: "filter_responses"}
"""Where the answer to each says what became of it."""


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
        for answer in await asyncio.gather(*(client._send_to_controller(kind(*entry)) for entry in entries)):
            ((error, message, *_),) = answer.get_item(ANSWERED[kind])
            assert not error, f"{for_code(error).__name__}: {message}"
        given = kind is CreateAclsRequest

        async def in_force() -> bool:
            theirs = DescribeAclsRequest(ANY, None, LITERAL, principal, None, ANY, ALLOW)
            said = await client._client.send(client._client.get_random_node(), theirs)
            held = {(t, name, acl[2]) for t, name, _, acls in said.resources for acl in acls}
            return all(((e[0], e[1], e[5]) in held) is given for e in entries)

        # The controller has decided it; the broker hears of it a moment later.
        await until(in_force, "the broker to know its rights")
    finally:
        await client.close()
