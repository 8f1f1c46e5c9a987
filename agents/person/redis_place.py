"""What Redis holds of a person beside the identity graph, and its removal."""

from collections.abc import Iterable
from typing import cast

import msgspec
from redis.asyncio import Redis

from agents.redis.keys import RedisKeys

CHUNK = 500


async def clear(redis: Redis, keys: RedisKeys, leads: Iterable[str], handoffs: Iterable[str]) -> int:
    """Card, ranking, contact details and handoffs; how many keys there were. Harmless when repeated."""
    gone, leads, handoffs = 0, list(leads), list(handoffs)
    for at in range(0, len(leads), CHUNK):
        some = leads[at : at + CHUNK]
        gone += int(await redis.delete(*(key for lead in some for key in (keys.card(lead), keys.profile(lead)))))
        gone += int(await redis.zrem(keys.ranking, *some))
        gone += int(await redis.hdel(keys.unannounced_profiles, *some))
    for at in range(0, len(handoffs), CHUNK):
        some = handoffs[at : at + CHUNK]
        gone += int(await redis.delete(*(key for one in some for key in (keys.handoff(one), keys.handoff_lead(one)))))
        gone += int(await redis.zrem(keys.open_handoffs, *some))
    return gone


async def mirrored_to(redis: Redis, keys: RedisKeys, topic: str, partition: int) -> int:
    """The last offset that the mirror has copied; -1: none."""
    said = cast(bytes | None, await redis.hget(keys.mirrored, f"{topic}/{partition}"))
    return -1 if said is None else int(said)


def handoff_of(value: bytes | None) -> str:
    """The id of the handoff that a message is about; empty: it is none."""
    try:
        said = msgspec.json.decode(value or b"", type=dict[str, msgspec.Raw])
        return str(msgspec.json.decode(said["data"], type=dict[str, object])["handoff_id"])
    except (msgspec.MsgspecError, UnicodeDecodeError, KeyError):
        return ""
