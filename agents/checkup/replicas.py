"""How many brokers would have to die before something is lost or stands still."""

from collections.abc import Sequence
from typing import Any

from msgspec import Struct

from agents.checkup.problem import Area, Problem, few
from agents.settings import Settings
from agents.topics import admin
from streams.topic_settings import IN_SYNC, SAFE_REPLICAS
from streams.topology import TOPICS, name_of


class Kept(Struct, frozen=True, kw_only=True):
    """A topic of ours as the brokers hold it."""

    topic: str
    replicas: int
    """Fewest of its partitions."""
    in_sync: int
    """Fewest of its partitions, now."""
    least: int
    """`min.insync.replicas`."""
    leaderless: int = 0
    """Partitions without a leader."""


async def replicas(settings: Settings) -> list[Problem]:
    """What is held too seldom for the brokers there are."""
    names = {name_of(topic, settings) for topic in TOPICS}
    async with admin.connected(settings) as client:
        brokers = len((await client.describe_cluster())["brokers"])
        described = [t for t in await client.describe_topics() if t["topic"] in names]
        found = await admin.look(client, names)
    kept = [_kept(t, int(found[t["topic"]].settings.get(IN_SYNC, 1)) if t["topic"] in found else 1) for t in described]
    return judged(kept, brokers, settings)


def _kept(topic: dict[str, Any], least: int) -> Kept:
    partitions: list[dict[str, Any]] = topic["partitions"]
    return Kept(
        topic=topic["topic"], replicas=min(len(p["replicas"]) for p in partitions),
        in_sync=min(len(p["isr"]) for p in partitions), least=least,
        leaderless=sum(p["leader"] < 0 for p in partitions),
    )  # fmt: skip


def judged(kept: Sequence[Kept], brokers: int, settings: Settings) -> list[Problem]:
    """One line for each kind of fault."""
    dead = [k for k in kept if k.leaderless]
    stuck = [k for k in kept if not k.leaderless and k.in_sync < k.least]
    single = [k for k in kept if k.replicas == 1] if brokers >= SAFE_REPLICAS else []
    alone = [k for k in kept if k.replicas >= SAFE_REPLICAS and k.least < 2]
    behind = [k for k in kept if k.least <= k.in_sync < k.replicas and k not in dead]
    apply = admin.command(settings, "topics apply")
    return [
        Problem(area=Area.KAFKA, what=what, next=mend)
        for some, what, mend in (
            (dead, f"{_named(dead)}: partitions without a leader, so nothing is read or written there",
             "start the brokers that hold them"),
            (stuck, f"{_named(stuck)}: fewer replicas in sync than {IN_SYNC} asks for, so writes wait",
             "start the brokers that are away"),
            (behind, f"{_named(behind)}: replicas are behind or away", "start the brokers that are away"),
            (single, f"{_named(single)}: one replica each, with {brokers} brokers: one dead disk loses leads",
             "move to 3 with kafka-reassign-partitions.sh; new topics: TOUCHLINE_REPLICATION=3"),
            (alone, f"{_named(alone)}: {IN_SYNC} is 1, so a leader that acknowledged alone may die with what it had",
             f"TOUCHLINE_REPLICATION=3 {apply}"),
        )
        if some
    ]  # fmt: skip


def _named(some: Sequence[Kept]) -> str:
    return few([one.topic for one in some])
