"""Brings the topics of a cluster in line with the topology: what differs, how to repair it, and never a deletion."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from enum import StrEnum
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import LeaderNotAvailableError, TopicAlreadyExistsError, for_code
from msgspec import Struct

from agents.settings import Settings
from streams.topology import INPUTS, SCORING_MODELS, TOPICS, Step, Topic, config

FEW = 3
"""Partitions of what is neither an input nor on the log's partitions."""
LOOKS_S = (0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2, 6.4)
"""Pauses between looks at what was made: a broker hears of it after the controller decided it."""
DYNAMIC_TOPIC_CONFIG = 1
"""Kafka's config source of a setting made on the topic itself."""
DECISIVE = ("cleanup.policy", "message.timestamp.type")
"""Settings a worker refuses to start without: the others cost disk or speed, these cost scores."""


class Kind(StrEnum):
    """What may differ."""

    MISSING = "missing"
    PARTITIONS = "partitions"
    CONFIG = "config"


class Difference(Struct, frozen=True, kw_only=True):
    """One thing the cluster has otherwise than the topology says."""

    topic: str
    """As named on the broker, prefix included."""
    kind: Kind
    wanted: str
    found: str
    setting: str = ""
    """Kafka's name of the setting, for `config`."""
    repairable: bool = True
    """Does `touchline topics apply` repair it?"""

    @property
    def sentence(self) -> str:
        """What differs, for a reader."""
        match self.kind:
            case Kind.MISSING:
                return f"{self.topic} is missing (wanted: {self.wanted})"
            case Kind.PARTITIONS:
                return f"{self.topic} has {self.found} partitions where {self.wanted} are configured"
            case Kind.CONFIG:
                return f"{self.topic} has {self.setting} = {self.found} where {self.wanted} is needed"


class Applied(Struct, frozen=True, kw_only=True):
    """What `apply` did; or, when a person must decide first, nothing, and all that differs."""

    done: list[Difference]
    left: list[Difference]


class Found(Struct, frozen=True):
    """A topic as the cluster has it."""

    partitions: int
    settings: dict[str, str]
    """In force, whatever their source."""
    own: dict[str, str]
    """Set on the topic itself."""


def partitions_of(topic: Topic, settings: Settings) -> int:
    """How many partitions we create a topic with."""
    if topic.copartitioned:
        return settings.partitions
    if topic in INPUTS:
        return settings.input_partitions or settings.partitions
    return 1 if topic is SCORING_MODELS else min(FEW, settings.partitions)


def command(settings: Settings, words: str, *, prefix: str | None = None, partitions: int | None = None) -> str:
    """A command line that reaches the same cluster, for a remedy."""
    name = settings.prefix if prefix is None else prefix
    given = f" --prefix {name}" if name else ""
    return f"touchline {words} --bootstrap {settings.bootstrap}{given} --partitions {partitions or settings.partitions}"


@asynccontextmanager
async def connected(settings: Settings) -> AsyncIterator[AIOKafkaAdminClient]:
    """An admin client for the length of a block."""
    client = AIOKafkaAdminClient(bootstrap_servers=settings.bootstrap, request_timeout_ms=10_000)
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


def compare(topic: Topic, found: Found | None, settings: Settings) -> list[Difference]:
    """What differs for one topic."""
    name, wanted = f"{settings.prefix}{topic.name}", partitions_of(topic, settings)
    if found is None:
        how = f"{wanted} partition{'s' if wanted > 1 else ''}, {config(topic)['cleanup.policy']}"
        return [Difference(topic=name, kind=Kind.MISSING, wanted=how, found="")]
    told: list[Difference] = []
    # Elsewhere any count serves: keys there need no common partition.
    if topic.copartitioned and found.partitions != wanted:
        told.append(
            Difference(
                topic=name, kind=Kind.PARTITIONS, wanted=str(wanted), found=str(found.partitions), repairable=False
            )
        )
    for key, value in config(topic).items():
        if found.settings.get(key) != value:
            is_now = found.settings.get(key, "nothing")
            told.append(Difference(topic=name, kind=Kind.CONFIG, setting=key, wanted=value, found=is_now))
    return told


async def _plan(client: AIOKafkaAdminClient, settings: Settings, topics: tuple[Topic, ...]) -> list[Difference]:
    found = await look(client, {f"{settings.prefix}{topic.name}" for topic in topics})
    return [d for topic in topics for d in compare(topic, found.get(f"{settings.prefix}{topic.name}"), settings)]


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
        await _create(client, settings, {d.topic for d in differences if d.kind is Kind.MISSING})
        await _alter(client, [d for d in differences if d.kind is Kind.CONFIG])
        if differences:
            await _until_seen(client, settings)
    return Applied(done=differences, left=[])


async def _create(client: AIOKafkaAdminClient, settings: Settings, missing: set[str]) -> None:
    wanted = [
        NewTopic(
            f"{settings.prefix}{topic.name}",
            partitions_of(topic, settings),
            settings.replication or -1,
            # aiokafka takes the broker's default (-1) only beside an empty assignment.
            replica_assignments=None if settings.replication else {},
            topic_configs=config(topic),
        )
        for topic in TOPICS
        if f"{settings.prefix}{topic.name}" in missing
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


async def _alter(client: AIOKafkaAdminClient, wrong: list[Difference]) -> None:
    """Change the settings that differ and leave the topic's others as they are."""
    if not wrong:
        return
    changed: dict[str, dict[str, str]] = {}
    for difference in wrong:
        changed.setdefault(difference.topic, {})[difference.setting] = difference.wanted
    now = await look(client, set(changed))
    # This request replaces all of a topic's own settings, so those it has are sent along.
    whole = [ConfigResource(ConfigResourceType.TOPIC, t, now[t].own | new) for t, new in changed.items()]
    for response in await client.alter_configs(whole):
        for code, message, _, name in response.resources:
            if code:
                raise for_code(code)(f"settings of {name}: {message}")


async def check_topics(settings: Settings, step: Step) -> list[str]:
    """What keeps a stage from starting: one sentence each, with the command that repairs it."""
    concerned = tuple(t for t in TOPICS if t in (*step.reads, *step.says, step.remembers))
    async with connected(settings) as client:
        differences = await _plan(client, settings, concerned)
    return [
        f"{d.sentence}: {remedy(d, settings)}"
        for d in differences
        if d.kind is not Kind.CONFIG or d.setting in DECISIVE
    ]


def remedy(difference: Difference, settings: Settings) -> str:
    """What to do about it, with a command."""
    if difference.kind is not Kind.PARTITIONS:
        return f"run `{command(settings, 'topics apply')}`"
    return (
        f"a lead may not change its partition, so either keep that count with `--partitions {difference.found}` "
        f"(TOUCHLINE_PARTITIONS) or begin a new log under a new prefix: "
        f"`{command(settings, 'topics apply', prefix=f'{settings.prefix}new.')}`"
    )
