"""Whose identity is it? Identities, leads and contact details in Redis, asked a batch at a time."""

from collections.abc import Iterable, Sequence
from importlib.resources import files
from itertools import islice
from typing import Any, cast

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from agents.redis.keys import RedisKeys
from schemas.profile import Detail

CHUNK = 2_000
"""Items in one Lua call: some ten milliseconds, so that others get their turn in Redis."""

REMEMBERED = 200_000
"""Announced links kept in memory; some 200 bytes each."""


class Ask(Struct, frozen=True, array_like=True):
    """One question: which lead do these identities mean?"""

    candidate: str
    """Id of the lead if none is known."""
    known: str
    """A lead known already: named outright, or by its handoff; else empty."""
    at_ms: int
    """Append time of the message that asks."""
    keys: tuple[str, ...]
    """Identity keys, strongest first."""


class News(Struct, frozen=True, array_like=True):
    """An identity whose link is not announced yet, or which belongs to another lead than the answer."""

    index: int
    lead: str
    at_ms: int
    """Append time of the message that first showed it; 0: announced already."""


class Answer(Struct, frozen=True, array_like=True):
    """What Redis knows, or has just learned."""

    lead: str
    two_leads: int
    """1 when the identities belong to more than one lead: the smaller id is answered."""
    news: list[News]


class Published(Struct, frozen=True, array_like=True):
    """A profile to be published whole."""

    lead: str
    change: int
    """Number of its latest change; 0: announced by somebody else already."""
    flat: list[bytes]
    """Names and JSON details, by turns."""


class LinksKnown:
    """Announced links, in two generations: what is asked for stays, what is not fades without being counted."""

    def __init__(self, most: int = REMEMBERED) -> None:
        self._half = most // 2
        self._young: dict[str, str] = {}
        self._old: dict[str, str] = {}

    def lead_of(self, key: str) -> str | None:
        """The lead of an identity, if remembered."""
        lead = self._young.get(key)
        if lead is None and (lead := self._old.get(key)) is not None:
            self.remember(key, lead)
        return lead

    def remember(self, key: str, lead: str) -> None:
        """Keep an announced link."""
        if len(self._young) >= self._half:
            self._old, self._young = self._young, {}
        self._young[key] = lead

    def __len__(self) -> int:
        return len(self._young) + len(self._old)


class IdentityGraph:
    """Asks Redis; each call is atomic for each item and may be repeated."""

    def __init__(self, redis: Redis, keys: RedisKeys) -> None:
        self._keys = keys
        self._redis = redis
        self._resolve, self._profile, self._announced = (
            redis.register_script(files("agents.people").joinpath(name).read_text())
            for name in ("resolve.lua", "profile.lua", "announced.lua")
        )

    async def resolve(self, asks: Sequence[Ask]) -> list[Answer]:
        """The lead of each, in order; identities without one are linked."""
        answers: list[Answer] = []
        for chunk in _chunks(asks):
            said = await self._resolve(keys=[self._keys.unannounced_links], args=[self._keys.identities, _pack(chunk)])
            answers += _unpack_answers(said)
        return answers

    async def leads_of(self, handoffs: Iterable[str]) -> dict[str, str]:
        """The lead of each handoff that is known."""
        leads: dict[str, str] = {}
        for chunk in _chunks(list(handoffs)):
            found = await self._redis.mget([self._keys.handoff_lead(handoff) for handoff in chunk])
            leads |= {handoff: cast(bytes, lead).decode() for handoff, lead in zip(chunk, found, strict=True) if lead}
        return leads

    async def merge(self, details: Iterable[tuple[str, dict[str, Detail]]]) -> list[Published]:
        """Take contact details in; returns the profiles that changed, whole, the latest of each."""
        rows = [
            (lead, [(name, msgspec.json.encode(d).decode(), d.at_ms, d.id) for name, d in told.items()])
            for lead, told in details
        ]
        latest: dict[str, Published] = {}
        for chunk in _chunks(rows):
            said = await self._profile(
                keys=[self._keys.unannounced_profiles, self._keys.profile_changes],
                args=[self._keys.profiles, _pack(chunk)],
            )
            latest |= {profile.lead: profile for profile in _unpack_profiles(said)}
        return list(latest.values())

    async def announced(self, links: Sequence[str], profiles: Sequence[Published]) -> list[Published]:
        """The broker has these; returns profiles to publish again, because somebody changed them meanwhile."""
        said = await self._announced(
            keys=[self._keys.unannounced_links, self._keys.unannounced_profiles],
            args=[self._keys.profiles, _pack(links), _pack([(p.lead, p.change) for p in profiles])],
        )
        return _unpack_profiles(said)


_pack = msgspec.msgpack.Encoder().encode
# Redis' Lua reads and writes msgpack's text only, never its binary type.
_unpack_answers = msgspec.msgpack.Decoder(list[Answer]).decode


def _unpack_profiles(said: bytes) -> list[Published]:
    return [
        Published(lead, int(change), [text.encode() for text in flat])
        for lead, change, flat in msgspec.msgpack.decode(said, type=list[tuple[str, float, list[str]]])
    ]


def _chunks(items: Sequence[Any]) -> Iterable[Sequence[Any]]:
    waiting = iter(items)
    while chunk := list(islice(waiting, CHUNK)):
        yield chunk
