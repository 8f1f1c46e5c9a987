"""Who has how many leads, and who gets the next: the route stage's memory in Redis, changed where it is decided."""

from collections.abc import Sequence
from importlib.resources import files
from typing import cast

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from agents.routing.keys import DeskKeys
from schemas.units import DAY_MS, Millis
from streams.routing.choosing import Option

KEEP_S = 30 * DAY_MS // 1000
"""How long a decision is remembered after its handoff has ended: as long as `handoffs` keeps it."""

NO_END = -1


class DeskLost(Exception):
    """Redis does not hold the desk: it is rebuilt before anybody decides."""


class Ask(Struct, frozen=True, kw_only=True):
    """To whom?"""

    handoff_id: str
    revision: int
    what: str = "new"
    """`new`; `anew`: take it from its owner; `waiting`: if it still waits."""
    options: tuple[Option, ...]
    lead: bytes = b""
    """What is known of it, kept while it waits."""


class Decision(Struct, frozen=True, array_like=True):
    """What was decided. A repeat gets the same."""

    status: str
    """`given`, `waiting`, `ended`; `gone`: it waits no more."""
    rule: str
    kind: str
    target: str
    owner: str
    at_ms: float
    revision: float
    anew: float
    """How many times it was given to somebody else."""
    waited: str = ""
    """Where it lay while nobody was free; empty: somebody was."""
    kept: float = 0
    """1: it was to be given to somebody else, and there is nobody: its owner keeps it."""
    policy: str = ""
    """Of which version, `id@version`; empty: not remembered."""


class Settled(Struct, frozen=True, array_like=True):
    """What became of a handoff."""

    handoff_id: str
    revision: int
    owner: str
    ended: int


class Desk:
    """Each call is atomic and may be repeated. All raise DeskLost."""

    def __init__(self, redis: Redis, keys: DeskKeys) -> None:
        self._redis, self.keys = redis, keys
        self._decide, self._settle = (
            redis.register_script(files("agents.routing").joinpath(name).read_text())
            for name in ("decide.lua", "settle.lua")
        )

    async def decide(self, asks: Sequence[Ask], now_ms: Millis, day: int, policy: str = "") -> list[Decision]:
        """One decision for each ask, in order; `day`: by the policy's clock; `policy`: remembered with it."""
        packed = msgspec.msgpack.encode([_packed(ask) for ask in asks])
        keys = self.keys
        said = await self._decide(
            keys=[keys.whole, keys.open, keys.today, keys.shares, keys.waiting, keys.untold],
            args=[keys.decisions, now_ms, day, policy, packed],
        )
        if said is None:
            raise DeskLost
        return msgspec.msgpack.decode(said, type=list[Decision])

    async def settle(self, news: Sequence[Settled]) -> None:
        """Take in what became of handoffs."""
        keys = self.keys
        done = await self._settle(
            keys=[keys.whole, keys.open, keys.waiting, keys.untold],
            args=[keys.decisions, KEEP_S, msgspec.msgpack.encode(news)],
        )
        if done is None:
            raise DeskLost

    async def waiting(self) -> dict[str, bytes]:
        """Leads for whom nobody was free, by handoff."""
        told = cast(dict[bytes, bytes], await self._redis.hgetall(self.keys.waiting))
        return {handoff.decode(): lead for handoff, lead in told.items()}

    async def load(self) -> dict[str, int]:
        """Open leads by person."""
        told = cast(dict[bytes, bytes], await self._redis.hgetall(self.keys.open))
        return {name.decode(): int(count) for name, count in told.items()}

    async def untold(self) -> dict[str, bytes]:
        """Leads whose owner was found later and is not on the log yet, by handoff."""
        told = cast(dict[bytes, bytes], await self._redis.hgetall(self.keys.untold))
        return {handoff.decode(): lead for handoff, lead in told.items()}

    async def priorities(self, cards: Sequence[str]) -> list[float | None]:
        """Of leads by the names of their cards, as they stand now; None: no card is mirrored."""
        pipeline = self._redis.pipeline(transaction=False)
        for card in cards:
            pipeline.hget(card, "priority")
        return [None if told is None else float(told) for told in await pipeline.execute()]

    async def lock(self, name: str, holder: str, for_ms: int) -> bool:
        """Hold a lock, or go on holding it."""
        if await self._redis.set(name, holder, nx=True, px=for_ms):
            return True
        if await self._redis.get(name) != holder.encode():
            return False
        return bool(await self._redis.pexpire(name, for_ms))

    async def told(self, handoffs: Sequence[str]) -> None:
        """The log holds their owners."""
        if handoffs:
            await self._redis.hdel(self.keys.untold, *handoffs)

    async def decision(self, handoff_id: str) -> Decision | None:
        """What was decided about a handoff; None: nothing, or long ago."""
        held = await self._redis.hgetall(self.keys.decisions + handoff_id)
        if not held:
            return None
        told = {name.decode(): value.decode() for name, value in cast(dict[bytes, bytes], held).items()}
        return Decision(
            told.get("status", ""), told.get("rule", ""), told.get("kind", ""), told.get("target", ""),
            told.get("owner", ""), float(told.get("at", 0)), float(told.get("revision", 0)), float(told.get("anew", 0)),
            told.get("waited", ""), float(told.get("kept", 0)), told.get("policy", ""),
        )  # fmt: skip


def _packed(ask: Ask) -> tuple[object, ...]:
    """As `decide.lua` reads it."""
    options = [
        (
            option.rule, option.kind, option.target, option.share,
            [
                (
                    member.name, member.weight,
                    NO_END if member.capacity is None else member.capacity,
                    NO_END if member.per_day is None else member.per_day,
                )
                for member in option.members
            ],
            option.everybody,
        )
        for option in ask.options
    ]  # fmt: skip
    # Redis' Lua reads msgpack's text only.
    return ask.handoff_id, ask.revision, ask.what, options, ask.lead.decode()
