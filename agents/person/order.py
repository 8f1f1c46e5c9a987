"""An erasure somebody asked for, kept in Redis until its receipt is written: whoever asks again goes on with it."""

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from agents.redis.keys import RedisKeys
from schemas.units import Millis


class Order(Struct, frozen=True, kw_only=True):
    """Whom to forget, without personal data: identities as the keyed hashes we keep."""

    lead_id: str
    retired: list[str]
    keys: list[str]
    handoffs: list[str]
    """Ids of their handoffs, as far as topics and table know them."""
    at_ms: Millis
    """When it was asked for first."""

    @property
    def leads(self) -> list[str]:
        """All ids, the one in force first."""
        return [self.lead_id, *self.retired]


class Orders:
    """Those that were begun."""

    def __init__(self, redis: Redis, keys: RedisKeys) -> None:
        self._redis, self._name = redis, keys.erasing

    async def begun(self, lead_or_key: str) -> Order | None:
        """The one about a lead, or about whom this identity meant."""
        for value in (await self._redis.hvals(self._name)) or []:
            order = msgspec.json.decode(value, type=Order)
            if lead_or_key in (*order.leads, *order.keys):
                return order
        return None

    async def keep(self, order: Order) -> None:
        """Before anything is forgotten."""
        await self._redis.hset(self._name, order.lead_id, msgspec.json.encode(order))

    async def done(self, order: Order) -> None:
        """Its receipt is written."""
        await self._redis.hdel(self._name, order.lead_id)
