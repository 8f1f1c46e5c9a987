"""Brings the topics of a cluster in line with the topology: what differs, how to repair it, and never a deletion."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import LeaderNotAvailableError, TopicAlreadyExistsError, for_code
from msgspec import Struct

from agents.security.kafka import kafka_client
from agents.security.rights_held import lacking, told
from agents.settings import Settings
from agents.topics.plan import DECISIVE, FIRST, Difference, Found, Kind, command, compare, partitions_of, remedy
from streams.acls import of_step
from streams.topic_settings import config
from streams.topology import LEAD_EVENTS, TOPICS, Step, Topic, name_of

__all__ = [
    "Applied", "Difference", "Found", "Kind", "alter", "apply", "check_topics", "command", "connected", "create",
    "look", "partitions_of", "plan", "remedy",
]  # fmt: skip

LOOKS_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
"""Pauses between looks at what was made: a broker hears of it after the controller decided it."""
DYNAMIC_TOPIC_CONFIG = 1
"""Kafka's config source of a setting made on the topic itself."""


class Applied(Struct, frozen=True, kw_only=True):
    """What `apply` did; or, when a person must decide first, nothing, and all that differs."""

    done: list[Difference]
    left: list[Difference]


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client for the length of a block."""
    client = AIOKafkaAdminClient(**kafka_client(settings), request_timeout_ms=10_000)
    try:
        await client.start()
        yield client
    finally:
        await client.close()


async def look(client: AIOKafkaAdminClient, names: set[str]) -> dict[str, Found]:
    """Those of the named topics that exist, with their settings."""
    # All topics are listed and then filtered: asking for one by name may create it.
    counts = {
        t["topic"]: len(t["partitions"])
        for t in await client.describe_topics()
        if t["topic"] in names and all(p["leader"] >= 0 for p in t["partitions"])
    }
    found: dict[str, Found] = {}
    if not counts:
        return found
    resources = [ConfigResource(ConfigResourceType.TOPIC, name) for name in sorted(counts)]
    for response in await client.describe_configs(resources):
        for code, message, _, name, entries in response.resources:
            if code:
                raise for_code(code)(f"settings of {name}: {message}")
            told: list[tuple[Any, ...]] = entries
            found[name] = Found(
                counts[name],
                {entry[0]: entry[1] for entry in told if entry[1] is not None},
                {entry[0]: entry[1] for entry in told if entry[3] == DYNAMIC_TOPIC_CONFIG},
            )
    return found


async def _plan(client: AIOKafkaAdminClient, settings: Settings, topics: tuple[Topic, ...]) -> list[Difference]:
    found = await look(client, {name_of(topic, settings) for topic in topics})
    log = found.get(name_of(LEAD_EVENTS, settings))
    heirs = await _others(client, settings) if log is not None and log.sealed else {}
    return [d for topic in topics for d in compare(topic, found.get(name_of(topic, settings)), settings, heirs)]


async def _others(client: AIOKafkaAdminClient, settings: Settings) -> dict[str, int]:
    """Partitions of the other generations of the log, by name."""
    first = f"{settings.prefix}{LEAD_EVENTS.name}"
    counts = {t["topic"]: len(t["partitions"]) for t in await client.describe_topics()}
    ours = {name: count for name, count in counts.items() if name == first or name.startswith(f"{first}.")}
    named = {name.removeprefix(first).removeprefix(".") or FIRST: count for name, count in ours.items()}
    return {name: count for name, count in named.items() if name != (settings.generation or FIRST)}


async def plan(settings: Settings) -> list[Difference]:
    """All that differs between the cluster and the topology. Changes nothing."""
    async with connected(settings) as client:
        return await _plan(client, settings, TOPICS)


async def apply(settings: Settings) -> Applied:
    """Create what is missing and repair settings. Deletes nothing, repartitions nothing; twice is as once.

    Another partition count than the log's is most likely a slip: then nothing is done, or the slip would spread.
    """
    async with connected(settings) as client:
        differences = await _plan(client, settings, TOPICS)
        if any(not d.repairable for d in differences):
            return Applied(done=[], left=differences)
        missing = {d.topic for d in differences if d.kind is Kind.MISSING}
        await create(client, settings, [t for t in TOPICS if name_of(t, settings) in missing])
        changed: dict[str, dict[str, str]] = {}
        for d in differences:
            if d.kind is Kind.CONFIG:
                changed.setdefault(d.topic, {})[d.setting] = d.wanted
        await alter(client, changed)
        if differences:
            await _until_seen(client, settings)
    return Applied(done=differences, left=[])


async def create(
    client: AIOKafkaAdminClient, settings: Settings, topics: Iterable[Topic], more: Mapping[str, str] | None = None
) -> None:
    """Make these topics, unless they are there; `more` are settings beside the topology's."""
    wanted = [
        NewTopic(
            name_of(topic, settings),
            partitions_of(topic, settings),
            settings.replication or -1,
            # aiokafka takes the broker's default (-1) only beside an empty assignment.
            replica_assignments=None if settings.replication else {},
            topic_configs=config(topic, settings.replication) | dict(more or {}),
        )
        for topic in topics
    ]
    if not wanted:
        return
    response = await client.create_topics(wanted)
    for name, code, *message in response.topic_errors:
        if code and for_code(code) is not TopicAlreadyExistsError:
            raise for_code(code)(f"{name}: {' '.join(filter(None, message))}")


async def _until_seen(client: AIOKafkaAdminClient, settings: Settings) -> None:
    """So that a worker started next finds what was made."""
    for pause_s in LOOKS_S:
        left = await _plan(client, settings, TOPICS)
        if not left:
            return
        await asyncio.sleep(pause_s)
    raise LeaderNotAvailableError(f"made, and {sum(LOOKS_S):.0f} s later still not there: {left[0].sentence}")


async def alter(client: AIOKafkaAdminClient, changed: Mapping[str, Mapping[str, str]]) -> None:
    """Change these settings of topics and leave their others as they are."""
    if not changed:
        return
    now = await look(client, set(changed))
    # This request replaces all of a topic's own settings, so those it has are sent along.
    whole = [ConfigResource(ConfigResourceType.TOPIC, t, now[t].own | dict(new)) for t, new in changed.items()]
    for response in await client.alter_configs(whole):
        for code, message, _, name in response.resources:
            if code:
                raise for_code(code)(f"settings of {name}: {message}")


async def check_topics(settings: Settings, step: Step) -> list[str]:
    """What keeps a stage from starting: one sentence each, with the command that repairs it."""
    concerned = tuple(t for t in TOPICS if t in step.topics)
    async with connected(settings) as client:
        if missing := await lacking(client, of_step(step, settings)):
            return told(missing, settings)  # what we may not see would look as if it were not there
        differences = await _plan(client, settings, concerned)
    return [
        f"{d.sentence}: {remedy(d, settings)}"
        for d in differences
        if d.kind is not Kind.CONFIG or d.setting in DECISIVE
    ]
