"""Identities that contradict each other: the graph joins and refuses as a simple model of the policy does."""

import asyncio
from collections import defaultdict

import hypothesis.strategies as st
import pytest
from hypothesis import HealthCheck, example, given, settings

from agents.people.asking import Ask
from agents.people.identity_graph import IdentityGraph
from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from deploy.local.stack import Addresses
from streams.people.identity import Hider
from streams.people.policy import IdentityPolicy
from tests.live.graph_model import GraphModel
from tests.live.simulated import apart

pytestmark = [pytest.mark.live, pytest.mark.timeout(200)]

POOL = [
    *(f"crm:hub:{n}" for n in range(2)), *(f"email:{n}" for n in range(9)), *(f"phone:{n}" for n in range(2)),
    *(f"anonymous:{n}" for n in range(3)), "telegram:1", "telegram:2",
]  # fmt: skip
HIDER = Hider("a key", "KZ")
RANK = ("crm", "email", "phone", "telegram", "anonymous")


def strongest_first(identities: list[str]) -> list[str]:
    by_namespace = {identity.split(":")[0]: identity for identity in identities}
    return sorted(by_namespace.values(), key=lambda one: RANK.index(one.split(":")[0]))


asks = st.lists(
    st.lists(st.sampled_from(POOL), min_size=2, max_size=3, unique=True).map(strongest_first), min_size=20, max_size=70
)
"""Long enough for somebody to have too many addresses, and for a phone to be refused to too many people."""

TOLD_BY_THREE = [
    ["crm:hub:0", "phone:1"], ["crm:hub:0", "email:4"], ["email:3", "telegram:1"], ["phone:1", "telegram:1"],
    ["email:7", "phone:1", "anonymous:2"], ["email:8", "phone:1", "anonymous:0"], ["email:0", "phone:1"],
    ["email:1", "phone:1"],
]  # fmt: skip
"""Who shows three identities is refused a phone once, though two of the three speak against it."""


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@example(said=TOLD_BY_THREE, chunk=1)
@given(said=asks, chunk=st.integers(1, 5))
def test_contradicting_identities_are_joined_and_refused_as_the_policy_says(
    stack: Addresses, said: list[list[str]], chunk: int
) -> None:
    model = GraphModel(IdentityPolicy(), HIDER.lead_id)
    for one in said:
        model.ask(one)

    partition, refused = asyncio.run(asked(stack, said, chunk))

    assert model.partition == partition
    assert {reason for reason, count in model.refusals.items() if count} == refused


async def asked(stack: Addresses, said: list[list[str]], chunk: int) -> tuple[set[frozenset[str]], set[str]]:
    """Sets of identities with one lead, and why others were not joined."""
    own = apart(stack)
    redis, keys = connect(own, patient=False), RedisKeys(own.prefix)
    graph = IdentityGraph(redis, keys)
    try:
        await redis.set(keys.graph, "whole")
        whole = [Ask("", 1_000 + n, tuple(one), tuple(map(HIDER.lead_id, one))) for n, one in enumerate(said)]
        refused = set[str]()
        for first in range(0, len(whole), chunk):
            refused |= {reason for reason, _ in (await graph.resolve(whole[first : first + chunk])).refused}
        groups: dict[str, set[str]] = defaultdict(set)
        for identity in {identity for one in said for identity in one}:
            groups[await graph.root(await graph.home_of(identity))].add(identity)
    finally:
        async for key in redis.scan_iter(match=f"{keys.everything}*", count=1_000):
            await redis.unlink(key)
        await redis.aclose()
    return {frozenset(group) for group in groups.values()}, refused
