"""What people ask of Redis: a card, the ranking, a handoff, who somebody is. Reads only."""

from collections.abc import Sequence
from typing import Self, TypeVar, cast

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from agents.people.policy_file import hider_of
from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from schemas.card import Card
from schemas.handoff import HandoffEvent
from schemas.profile import Detail
from schemas.units import Millis
from streams.people.identity import Hider
from streams.routing.handing_over import read_contact

T = TypeVar("T")

_CARD = msgspec.json.Decoder(Card)
_HANDOFF = msgspec.json.Decoder(HandoffEvent)
_DETAIL = msgspec.json.Decoder(Detail)


class Waiting(Struct, frozen=True, kw_only=True):
    """An open handoff and since when."""

    requested_ms: Millis
    handoff: HandoffEvent


class ReadModel:
    """The read side of the mirror: behind the topics by moments, never ahead."""

    def __init__(self, redis: "Redis", keys: RedisKeys, hider: Hider) -> None:
        self._redis, self._keys, self._hider = redis, keys, hider

    @classmethod
    def of(cls, settings: Settings, *, patient: bool = False) -> Self:
        """As an operator has set it. Not patient: a command fails within seconds when Redis is away."""
        return cls(connect(settings, patient=patient), RedisKeys(settings.prefix), hider_of(settings))

    async def close(self) -> None:
        """Let Redis go."""
        await self._redis.aclose()

    async def card(self, lead_id: str) -> Card | None:
        """The latest card; None: no such lead, merged away or erased."""
        return _one(_CARD, await self._redis.hget(self._keys.card(lead_id), "json"))

    async def top(self, n: int, skip: int = 0) -> list[Card]:
        """The first n leads by priority, highest first."""
        if n <= 0:
            return []
        ids = cast(list[bytes], await self._redis.zrevrange(self._keys.ranking, skip, skip + n - 1))
        return await self._all(_CARD, [self._keys.card(lead_id.decode()) for lead_id in ids])

    async def leads(self) -> int:
        """How many leads have a card."""
        return int(await self._redis.zcard(self._keys.ranking))

    async def handoff(self, handoff_id: str) -> HandoffEvent | None:
        """The latest event of a handoff; None: never heard of, or ended longer ago than handoffs are kept."""
        return _one(_HANDOFF, await self._redis.hget(self._keys.handoff(handoff_id), "json"))

    async def open_handoffs(self, n: int = 100) -> list[Waiting]:
        """Those nobody has ended yet, the oldest first."""
        if n <= 0:
            return []
        told = await self._redis.zrange(self._keys.open_handoffs, 0, n - 1, withscores=True)
        since = {handoff_id.decode(): int(ms) for handoff_id, ms in cast(list[tuple[bytes, float]], told)}
        events = await self._all(_HANDOFF, [self._keys.handoff(handoff_id) for handoff_id in since])
        return [Waiting(requested_ms=since[e.data.handoff_id], handoff=e) for e in events]

    async def waiting(self) -> int:
        """How many handoffs are open."""
        return int(await self._redis.zcard(self._keys.open_handoffs))

    async def lead_of_handoff(self, handoff_id: str) -> str | None:
        """Whose handoff it is."""
        return _text(await self._redis.get(self._keys.handoff_lead(handoff_id)))

    async def find(self, namespace: str, written: str) -> str | None:
        """Whose identity it is, as a person writes it: `email`, `phone`, `crm:<system>`, or `lead` for an id itself.

        Of a lead that was merged away: the one it was merged into.
        """
        identity = self._hider.identity(namespace, written)
        if identity is None:
            return None
        if identity.namespace == "lead":
            lead = await self._in_force(identity.value)
            return lead if await self._redis.exists(self._keys.card(lead)) else None
        home = _text(await self._redis.get(self._keys.identity(identity.namespace, identity.stored)))
        return None if home is None else await self._in_force(home)

    async def _in_force(self, lead_id: str) -> str:
        # Ids only become smaller on the way, so that it ends.
        while pointer := cast(bytes | None, await self._redis.hget(self._keys.merged, lead_id)):
            lead_id = pointer.decode().split(" ")[0]
        return lead_id

    async def profile(self, lead_id: str) -> dict[str, Detail]:
        """Contact details, each with its time."""
        return {name.decode(): _DETAIL.decode(told) for name, told in sorted((await self._held(lead_id)).items())}

    async def contact(self, lead_id: str) -> dict[str, str]:
        """Contact details as a handoff tells them."""
        return read_contact(await self._held(lead_id))

    async def _held(self, lead_id: str) -> dict[bytes, bytes]:
        return cast(dict[bytes, bytes], await self._redis.hgetall(self._keys.profile(lead_id)))

    async def _all(self, decoder: "msgspec.json.Decoder[T]", keys: Sequence[str]) -> list[T]:
        pipeline = self._redis.pipeline(transaction=False)
        for key in keys:
            pipeline.hget(key, "json")
        found = (_one(decoder, value) for value in await pipeline.execute())
        return [one for one in found if one is not None]


def _one(decoder: "msgspec.json.Decoder[T]", value: bytes | str | None) -> T | None:
    return None if value is None else decoder.decode(value)


def _text(value: bytes | str | None) -> str | None:
    return value.decode() if isinstance(value, bytes) else value
