"""Kafka as far as it can be seen from here: reachable, its topics, its clock, who reads, and what waits."""

import asyncio
from collections.abc import Callable, Mapping

from aiokafka import TopicPartition
from aiokafka.errors import KafkaConnectionError, KafkaError, TopicAuthorizationFailedError

from agents.checkup.broker import why_unreachable
from agents.checkup.clocks import log_clock
from agents.checkup.lag import lag
from agents.checkup.problem import Area, Problem, address, one_line
from agents.checkup.replicas import replicas
from agents.checkup.spans import spans
from agents.checkup.steady import steady
from agents.checkup.topics import Topics, topics
from agents.security.rights_held import lacking, mended
from agents.security.tls import BadSecurity
from agents.settings import Settings
from agents.topics.admin import connected
from streams.acls import errand_called, of_errand
from streams.topology import DEAD_LETTERS, HANDOFFS, IDENTITY_LINKS, LEAD_CARDS

PATIENCE_S = 20.0
"""Longest wait for Kafka to answer all questions."""

Ends = Mapping[TopicPartition, tuple[int, int]]


async def kafka(settings: Settings, now_ms: Callable[[], int]) -> tuple[list[Problem], Ends]:
    """Its problems, and the spans of what Redis copies or holds; none: it cannot be reached."""
    try:
        async with asyncio.timeout(PATIENCE_S):
            return await _looked(settings, now_ms)
    except BadSecurity as bad:
        return [Problem(area=Area.KAFKA, what=one_line(bad), next="touchline config check")], {}
    except (KafkaConnectionError, TimeoutError) as fault:
        return [await why_unreachable(settings, isinstance(fault, TimeoutError))], {}
    except TopicAuthorizationFailedError as refused:
        what = f"{settings.bootstrap} does not let us look: {one_line(refused)}"
        return [Problem(area=Area.KAFKA, what=what, next=f"touchline acls --command doctor {address(settings)}")], {}
    except KafkaError as refused:
        what = f"{settings.bootstrap} refused: {one_line(refused)}"
        return [Problem(area=Area.KAFKA, what=what, next="check this client's rights (ACLs) and the brokers' log")], {}


async def _looked(settings: Settings, now_ms: Callable[[], int]) -> tuple[list[Problem], Ends]:
    if lacks := await steady(lambda: _rights(settings)):
        return lacks, {}  # what we may not see would look as if it were not there
    found: Topics = await steady(lambda: topics(settings))
    problems = [*found.problems, *await steady(lambda: replicas(settings))]
    if found.missing:
        return problems, {}
    problems += [*await lag(settings), *await steady(lambda: log_clock(settings, now_ms))]
    copied = (DEAD_LETTERS, LEAD_CARDS, HANDOFFS, IDENTITY_LINKS)
    ends = await steady(lambda: spans(settings, copied))
    return [*problems, *_dead_letters(settings, ends)], ends


async def _rights(settings: Settings) -> list[Problem]:
    """Of this command itself: each stage tells at its start which of its own it lacks."""
    ours = errand_called("doctor")
    async with connected(settings) as client:
        missing = await lacking(client, () if ours is None else of_errand(ours, settings))
    return [Problem(area=Area.KAFKA, what=what, next=command) for what, command in mended(missing, settings)]


def _dead_letters(settings: Settings, ends: Ends) -> list[Problem]:
    name = f"{settings.prefix}{DEAD_LETTERS.name}"
    count = sum(end - begin for partition, (begin, end) in ends.items() if partition.topic == name)
    if not count:
        return []
    what = f"{count} message{'s' if count > 1 else ''} could not be used"
    return [Problem(area=Area.DEAD_LETTERS, what=what, next=f"touchline dead-letters ls {address(settings)}")]
