"""All looks, side by side."""

import asyncio
from collections.abc import Callable

from agents.checkup.documents import documents
from agents.checkup.kafka import kafka
from agents.checkup.machine import machine
from agents.checkup.problem import Area, Problem
from agents.checkup.redis_server import redis
from agents.clock import wall_ms
from agents.settings import Settings

ORDER = {area: place for place, area in enumerate(Area)}


async def check_up(settings: Settings, now_ms: Callable[[], int] = wall_ms) -> list[Problem]:
    """All problems, the most fundamental first."""
    (of_kafka, ends), (of_redis, copied) = await asyncio.gather(kafka(settings, now_ms), redis(settings, now_ms))
    problems = [*of_kafka, *of_redis, *copied.problems(ends), *documents(settings), *machine(settings, now_ms())]
    return sorted(problems, key=lambda problem: ORDER[problem.area])
