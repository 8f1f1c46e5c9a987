"""Asks Redis now and then how it is: one that drops keys, or is about to be full, says so to nobody by itself."""

import asyncio

from redis.asyncio import Redis
from redis.exceptions import RedisError

from agents.redis.client import check_version
from agents.settings import Settings
from agents.signals.place import RedisLooked

LOOK_EVERY_S = 15.0


async def watch(redis: "Redis") -> None:
    """For ever, unless we may not ask. While Redis is away this waits, as everything does."""
    while True:
        try:
            stats, memory = await redis.info("stats"), await redis.info("memory")
        except RedisError:
            return  # we may not; what else there is ends a flush, too
        RedisLooked(
            evicted=int(stats.get("evicted_keys", 0)), used=int(memory.get("used_memory", 0)),
            most=int(memory.get("maxmemory", 0)),
        ).emit()  # fmt: skip
        await asyncio.sleep(LOOK_EVERY_S)


async def check_and_watch(redis: "Redis", settings: Settings) -> None:
    """Its version first, then how it is."""
    await check_version(redis, settings)
    await watch(redis)
