"""What may differ between a cluster's topics and the topology, and what to do about each difference."""

import re
from collections.abc import Mapping
from enum import StrEnum

from msgspec import Struct

from agents.settings import Settings
from streams.topic_settings import IN_SYNC, config
from streams.topology import INPUTS, LEAD_EVENTS, SCORING_MODELS, Topic, name_of

FEW = 3
"""Partitions of what is neither an input nor on the log's partitions."""
DECISIVE = ("cleanup.policy", "message.timestamp.type", IN_SYNC)
"""Settings a worker refuses to start without: the others cost disk or speed, these cost scores."""
SEAL = {"max.message.bytes": "1"}
"""On a log that moved to another generation: the broker itself refuses what a forgotten worker would write there."""
FILLING = {"message.timestamp.type": "CreateTime"}
"""On a log that a rebuild fills: its copies keep the time at which Kafka got the original."""
FIRST = "first"
"""What the generation without a name is called."""


class Kind(StrEnum):
    """What may differ."""

    MISSING = "missing"
    PARTITIONS = "partitions"
    CONFIG = "config"
    CLOSED = "closed"
    FILLING = "filling"


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
            case Kind.CLOSED:
                return f"{self.topic} is closed: its leads moved to generation {self.found}"
            case Kind.FILLING:
                return f"{self.topic} is being filled by a rebuild that has not cut over yet"


class Found(Struct, frozen=True):
    """A topic as the cluster has it."""

    partitions: int
    settings: dict[str, str]
    """In force, whatever their source."""
    own: dict[str, str]
    """Set on the topic itself."""

    @property
    def sealed(self) -> bool:
        """A rebuild closed it."""
        return SEAL.items() <= self.own.items()

    @property
    def filling(self) -> bool:
        """A rebuild fills it."""
        return FILLING.items() <= self.own.items()


def partitions_of(topic: Topic, settings: Settings) -> int:
    """How many partitions we create a topic with."""
    if topic.copartitioned:
        return settings.partitions
    if topic in INPUTS:
        return settings.input_partitions or settings.partitions
    return 1 if topic is SCORING_MODELS else min(FEW, settings.partitions)


def next_generation(name: str) -> str:
    """A name for the generation after this one."""
    number = re.search(r"\d+$", name)
    return "g2" if number is None else f"{name[: number.start()]}{int(number[0]) + 1}"


def command(
    settings: Settings,
    words: str,
    *,
    prefix: str | None = None,
    partitions: int | None = None,
    generation: str | None = None,
) -> str:
    """A command line that reaches the same cluster, for a remedy."""
    name = settings.prefix if prefix is None else prefix
    suffix = settings.generation if generation is None else generation
    given = (f" --prefix {name}" if name else "") + (f" --generation {suffix}" if suffix else "")
    return f"touchline {words} --bootstrap {settings.bootstrap}{given} --partitions {partitions or settings.partitions}"


def rebuild_command(settings: Settings, *, partitions: int | None = None, more: str = "") -> str:
    """The command that moves this log to its next generation."""
    come_from = f" --from-generation {settings.generation}" if settings.generation else ""
    words = f"rebuild{come_from}{more}"
    return command(settings, words, partitions=partitions, generation=next_generation(settings.generation))


def compare(topic: Topic, found: Found | None, settings: Settings, heirs: Mapping[str, int]) -> list[Difference]:
    """What differs for one topic. `heirs`: partitions of the other generations of the log, by name."""
    name, wanted = name_of(topic, settings), partitions_of(topic, settings)
    moved = topic.moves and bool(settings.generation)
    if found is None:
        how = f"{wanted} partition{'s' if wanted > 1 else ''}, {config(topic)['cleanup.policy']}"
        return [Difference(topic=name, kind=Kind.MISSING, wanted=how, found="", repairable=not moved)]
    if topic is LEAD_EVENTS and found.sealed:
        told = ", ".join(f"{heir} ({count} partitions)" for heir, count in sorted(heirs.items())) or "one that is gone"
        return [Difference(topic=name, kind=Kind.CLOSED, wanted="open", found=told, repairable=False)]
    if topic is LEAD_EVENTS and moved and found.filling:
        return [Difference(topic=name, kind=Kind.FILLING, wanted="filled", found="", repairable=False)]
    told_of = []
    # Elsewhere any count serves: keys there need no common partition, or keep the one of the first generation.
    if found.partitions != wanted and topic.copartitioned and (topic.moves or not settings.generation):
        told_of.append(
            Difference(
                topic=name, kind=Kind.PARTITIONS, wanted=str(wanted), found=str(found.partitions), repairable=False
            )
        )
    for key, value in config(topic, settings.replication).items():
        if not _serves(key, found.settings.get(key), value):
            is_now = found.settings.get(key, "nothing")
            told_of.append(Difference(topic=name, kind=Kind.CONFIG, setting=key, wanted=value, found=is_now))
    return told_of


def _serves(setting: str, found: str | None, wanted: str) -> bool:
    """More replicas in sync than wanted are as good."""
    return found == wanted or (setting == IN_SYNC and found is not None and int(found) > int(wanted))


def remedy(difference: Difference, settings: Settings) -> str:
    """What to do about it, with a command."""
    match difference.kind:
        case Kind.PARTITIONS:
            return (
                f"a lead may not change its partition, so either keep that count with `--partitions {difference.found}`"
                f" (TOUCHLINE_PARTITIONS) or move to a new generation of the log: `{rebuild_command(settings)}`"
            )
        case Kind.CLOSED:
            return "start with that generation: `--generation` (TOUCHLINE_GENERATION) and its `--partitions`"
        case Kind.FILLING:
            return f"let it finish, or continue it: `{command(settings, 'rebuild')}`"
        case Kind.MISSING if not difference.repairable:
            return (
                f"a new generation is made of the one before it: `{command(settings, 'rebuild')}` "
                "(`--from-generation` names the one before, if it is not the first)"
            )
        case _:
            return f"run `{command(settings, 'topics apply')}`"
