"""Looks at everything Touchline stands on and says what is wrong, each with the next command. Changes nothing."""

import asyncio
import shlex
from enum import StrEnum

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError
from msgspec import Struct
from redis.exceptions import RedisError

from agents.delivery.consumer_end import end_consumer
from agents.model_file import BadModel, load_model
from agents.people.policy_file import BadPolicy, load_policy
from agents.redis.client import OLDEST, connect
from agents.security.kafka import kafka_client
from agents.settings import DEVELOPMENT_KEY, Settings
from agents.topics import admin
from streams.topology import DEAD_LETTERS, SCORE, TOPOLOGY, Step, Topic, name_of

LAG_WORTH_A_LINE = 10_000
"""Records waiting for a stage that is being read: fewer are a busy moment."""
KEEPS_ALL = "noeviction"
KEEPS_OURS = ("volatile-lru", "volatile-lfu", "volatile-random", "volatile-ttl")
"""Only keys that run out may be dropped, and who is who does not."""
PATIENCE_S = 15.0
"""Longest wait for Kafka to answer all questions."""


class Area(StrEnum):
    """What was looked at."""

    KAFKA = "kafka"
    TOPICS = "topics"
    REDIS = "redis"
    IDENTITY_KEY = "identity key"
    IDENTITY_POLICY = "identity policy"
    MODEL = "model"
    LAG = "lag"
    DEAD_LETTERS = "dead letters"


class Problem(Struct, frozen=True, kw_only=True):
    """One thing wrong, and what to do next."""

    area: Area
    what: str
    next: str
    """A command, or a sentence where no command helps."""


async def check_up(settings: Settings) -> list[Problem]:
    """All problems, the most fundamental first."""
    of_kafka, of_redis = await asyncio.gather(_kafka(settings), _redis(settings))
    return [*of_kafka, *of_redis, *_identity_key(settings), *_identity_policy(settings), *_model(settings)]


def _address(settings: Settings) -> str:
    return f"--bootstrap {settings.bootstrap}" + (f" --prefix {settings.prefix}" if settings.prefix else "")


def _run(settings: Settings, step: Step) -> str:
    redis = "" if settings.redis == Settings.model_fields["redis"].default or "@" in settings.redis else settings.redis
    return admin.command(settings, f"run {step.name}") + (f" --redis {redis}" if redis and step is not SCORE else "")


async def _kafka(settings: Settings) -> list[Problem]:
    try:
        async with asyncio.timeout(PATIENCE_S):
            problems = [*await _topics(settings)]
            if not any(problem.area is Area.TOPICS and "missing" in problem.what for problem in problems):
                problems += [*await _lag(settings), *await _dead_letters(settings)]
            return problems
    except (KafkaConnectionError, TimeoutError) as error:
        told = "answers too late" if isinstance(error, TimeoutError) else "no broker answers"
        start = "start one with `touchline stack`, or give the right --bootstrap"
        return [Problem(area=Area.KAFKA, what=f"{told} at {settings.bootstrap}", next=start)]
    except KafkaError as refused:
        what = f"{settings.bootstrap} refused: {' '.join(str(refused).split())}"
        return [Problem(area=Area.KAFKA, what=what, next="check this client's rights (ACLs) and the brokers' log")]


async def _topics(settings: Settings) -> list[Problem]:
    differences = await admin.plan(settings)
    missing = [d.topic for d in differences if d.kind is admin.Kind.MISSING]
    wrong = [d for d in differences if d.kind is not admin.Kind.MISSING]
    problems = []
    if missing:
        what = f"{len(missing)} missing: {', '.join(missing[:3])}{'...' if len(missing) > 3 else ''}"
        problems.append(Problem(area=Area.TOPICS, what=what, next=admin.command(settings, "topics apply")))
    # One line for each remedy, not for each topic.
    told: dict[str, list[admin.Difference]] = {}
    for difference in wrong:
        told.setdefault(admin.remedy(difference, settings), []).append(difference)
    for remedy, alike in told.items():
        more = f" (and {len(alike) - 1} more)" if len(alike) > 1 else ""
        problems.append(Problem(area=Area.TOPICS, what=alike[0].sentence + more, next=remedy))
    return problems


async def _lag(settings: Settings) -> list[Problem]:
    groups = {f"{settings.prefix}touchline-{step.name}": step for step in TOPOLOGY}
    async with admin.connected(settings) as client:
        # Asking for the coordinator of a group nobody has used yet may fail on a new cluster, so list first.
        known = {group for group, *_ in await client.list_consumer_groups()} & set(groups)
        members: dict[str, int] = {}
        committed: dict[str, dict[TopicPartition, int]] = {}
        for group in sorted(known):
            for response in await client.describe_consumer_groups([group]):
                members |= {described[1]: len(described[5]) for described in response.groups}
            offsets = await client.list_consumer_group_offsets(group)
            committed[group] = {partition: stored.offset for partition, stored in offsets.items()}
    problems = []
    for group, step in groups.items():
        waiting = await _waiting(settings, step, committed.get(group, {}))
        if waiting and not members.get(group):
            what = f"nobody runs {step.name}; {waiting} records wait for it"
            problems.append(Problem(area=Area.LAG, what=what, next=_run(settings, step)))
        elif waiting >= LAG_WORTH_A_LINE:
            what = f"{step.name} is {waiting} records behind ({members[group]} at work)"
            more = f"start one more: {_run(settings, step)}"
            problems.append(Problem(area=Area.LAG, what=what, next=more))
    return problems


async def _spans(settings: Settings, topics: tuple[Topic, ...]) -> dict[TopicPartition, tuple[int, int]]:
    """First and next offset of each partition."""
    names = {name_of(topic, settings) for topic in topics}
    async with admin.connected(settings) as client:
        counts = {t["topic"]: len(t["partitions"]) for t in await client.describe_topics() if t["topic"] in names}
    partitions = [TopicPartition(name, p) for name, count in counts.items() for p in range(count)]
    consumer = AIOKafkaConsumer(**kafka_client(settings), enable_auto_commit=False)
    await consumer.start()
    try:
        begins, ends = await consumer.beginning_offsets(partitions), await consumer.end_offsets(partitions)
    finally:
        await end_consumer(consumer)
    return {p: (begins[p], ends[p]) for p in partitions}


async def _waiting(settings: Settings, step: Step, committed: dict[TopicPartition, int]) -> int:
    """Records a stage has not acknowledged."""
    spans = await _spans(settings, step.reads)
    return sum(max(0, end - max(begin, committed.get(p, begin))) for p, (begin, end) in spans.items())


async def _dead_letters(settings: Settings) -> list[Problem]:
    count = sum(end - begin for begin, end in (await _spans(settings, (DEAD_LETTERS,))).values())
    if not count:
        return []
    what = f"{count} message{'s' if count > 1 else ''} could not be used"
    return [Problem(area=Area.DEAD_LETTERS, what=what, next=f"touchline dead-letters ls {_address(settings)}")]


async def _redis(settings: Settings) -> list[Problem]:
    redis = connect(settings, patient=False)
    try:
        told = str((await redis.info("server")).get("redis_version", "?"))
        memory = await redis.info("memory")
    except RedisError as error:
        shown = settings.redis.rpartition("@")[2]
        what = f"no Redis answers at {shown} ({' '.join(str(error).split()) or type(error).__name__})"
        start = "start one with `touchline stack`, or give the right --redis"
        return [Problem(area=Area.REDIS, what=what, next=start)]
    finally:
        await redis.aclose()
    problems = []
    if tuple(int(n) for n in told.split(".")[:2] if n.isdigit()) < OLDEST:
        oldest = ".".join(map(str, OLDEST))
        problems.append(
            Problem(area=Area.REDIS, what=f"Redis {told} is too old", next=f"install Redis {oldest} or later")
        )
    evicts = str(memory.get("maxmemory_policy", KEEPS_ALL))
    if memory.get("maxmemory") and evicts not in (KEEPS_ALL, *KEEPS_OURS):
        what = f"a full Redis drops keys ({evicts}): whoever's identity is dropped gets a second lead"
        mend = f"redis-cli config set maxmemory-policy {KEEPS_ALL}, then touchline identity rebuild --yes"
        problems.append(Problem(area=Area.REDIS, what=what, next=mend))
    return problems


def _identity_key(settings: Settings) -> list[Problem]:
    if settings.identity_key.get_secret_value() != DEVELOPMENT_KEY:
        return []
    what = "the development key hashes identities: whoever has the source can guess them"
    make = "before the first real touch: export TOUCHLINE_IDENTITY_KEY=$(openssl rand -hex 32), kept as a secret"
    return [Problem(area=Area.IDENTITY_KEY, what=what, next=make)]


def _identity_policy(settings: Settings) -> list[Problem]:
    try:
        load_policy(settings.identity_policy)
    except BadPolicy as refused:
        told = str(refused).strip().splitlines()[-1]
        check = f"touchline identity policy check {shlex.quote(str(settings.identity_policy))}"
        return [Problem(area=Area.IDENTITY_POLICY, what=f"{settings.identity_policy} is refused ({told})", next=check)]
    return []


def _model(settings: Settings) -> list[Problem]:
    if settings.model is None:
        return []
    try:
        load_model(settings.model, settings)
    except BadModel as refused:
        told = str(refused).strip().splitlines()[-1]
        check = f"touchline model check {shlex.quote(str(settings.model))}"
        return [Problem(area=Area.MODEL, what=f"{settings.model} is refused ({told})", next=check)]
    return []
