"""Fills Redis with what the log says of people: identities, merges, splits, erasures, contact details, handoffs."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from importlib.resources import files
from typing import Any

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from agents.people.scripts import names
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from agents.topics.scan import scanning
from schemas.profile import IdentityLink
from streams.topology import HANDOFFS, IDENTITY_LINKS, LEAD_PROFILES, Topic, name_of

CHUNK = 1_000
"""Records in one Lua call: some five milliseconds, so that others get their turn in Redis."""
SCANNED = 5_000
HELD_MS = 8_000
"""A holder that says nothing for so long is dead, and another worker takes over."""

_pack = msgspec.msgpack.Encoder().encode
_link = msgspec.json.Decoder(IdentityLink).decode


class LockLost(Exception):
    """Another worker took over, or Redis was emptied again."""


class Unreadable(RuntimeError):
    """A record of ours cannot be understood: another program wrote it, or a newer release did."""


class Refilled(Struct):
    """What was put back; grows while it is."""

    links: int = 0
    profiles: int = 0
    handoffs: int = 0


class _Profile(Struct):
    lead_id: str
    details: dict[str, msgspec.Raw]


class _Data(Struct):
    handoff_id: str
    lead_id: str


class _Handoff(Struct):
    data: _Data


_profile, _handoff = msgspec.json.Decoder(_Profile).decode, msgspec.json.Decoder(_Handoff).decode

Batch = tuple[list[Any], list[list[str]]]
"""Links and commands of one Lua call."""


class Refilling:
    """One attempt, by the holder of the lock."""

    def __init__(self, settings: Settings, redis: "Redis", keys: RedisKeys, token: str) -> None:
        self._settings, self._redis, self._keys, self._token = settings, redis, keys, token
        self.done = Refilled()
        self._script = redis.register_script(files("agents.people").joinpath("refill.lua").read_text())
        self._names = names(keys)

    async def put(self, links: Sequence[Any] = (), commands: Sequence[Sequence[str]] = ()) -> None:
        """Write some of it, and hold the lock for longer. Raises LockLost."""
        args: list[str | int | bytes] = [self._token, HELD_MS, self._names, _pack(links), _pack(commands)]
        if not await self._script(keys=[self._keys.graph_lock], args=args):
            raise LockLost

    async def run(self) -> None:
        """All of it. Links first: what they say is asked for by everybody."""
        await self._clear()
        async with scanning(self._settings) as scan:
            there = await scan.topics()
            for topic, read in (
                (IDENTITY_LINKS, self._links), (LEAD_PROFILES, self._profiles), (HANDOFFS, self._handoffs),
            ):  # fmt: skip
                if name_of(topic, self._settings) in there:
                    await self._pour(scan.read_all(topic), read, topic)

    async def _pour(self, records: AsyncIterator[list[Any]], read: Callable[[list[Any]], Batch], topic: Topic) -> None:
        """While Redis takes one chunk, the next one is read."""
        taking: asyncio.Task[None] | None = None
        try:
            async for polled in records:
                for first in range(0, len(polled), CHUNK):
                    batch = _understood(read, polled[first : first + CHUNK], topic)
                    if taking is not None:
                        await taking
                    taking = asyncio.create_task(self.put(*batch))
                    await asyncio.sleep(0)
            if taking is not None:
                await taking
        finally:
            if taking is not None:
                taking.cancel()

    def _links(self, records: list[Any]) -> Batch:
        rows = []
        for record in records:
            key = record.key.decode()
            link = _link(record.value) if record.value else IdentityLink(lead_id="", at_ms=0)
            rows.append((
                key, link.lead_id, link.at_ms, link.shared_ms, link.erasures, link.erased_ms, link.apart,
            ))  # fmt: skip
        self.done.links += len(rows)
        return rows, []

    def _profiles(self, records: list[Any]) -> Batch:
        commands = []
        for record in records:
            name = self._keys.profile(record.key.decode())
            commands.append(["DEL", name])
            details = _profile(record.value).details if record.value else {}
            if details:
                flat = [text for detail, said in details.items() for text in (detail, bytes(said).decode())]
                commands.append(["HSET", name, *flat])
        self.done.profiles += len(records)
        return [], commands

    def _handoffs(self, records: list[Any]) -> Batch:
        said = {(data := _handoff(record.value).data).handoff_id: data.lead_id for record in records if record.value}
        self.done.handoffs += len(records)
        return [], [["SET", self._keys.handoff_lead(handoff), lead] for handoff, lead in said.items()]

    async def _clear(self) -> None:
        """Away with what is left: whatever of it is newer than the log will be said again."""
        ours = tuple(name.encode() for name in (
            self._keys.identities, self._keys.leads, self._keys.profiles, self._keys.refusals, self._keys.merged,
            self._keys.blocked, self._keys.erased, self._keys.shared, self._keys.changes, self._keys.unannounced_links,
            self._keys.unannounced_profiles, self._keys.unannounced_merges, self._keys.profile_changes,
        ))  # fmt: skip
        found: list[bytes] = []
        async for name in self._redis.scan_iter(match=_literally(self._keys.everything) + "*", count=SCANNED):
            if name.startswith(ours):
                found.append(name)
            if len(found) >= SCANNED:
                await self._unlink(found)
        await self._unlink(found)

    async def _unlink(self, found: list[bytes]) -> None:
        for first in range(0, len(found), CHUNK):
            await self.put((), [["UNLINK", *(name.decode() for name in found[first : first + CHUNK])]])
        found.clear()


def _understood(read: Callable[[list[Any]], Batch], records: list[Any], topic: Topic) -> Batch:
    try:
        return read(records)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        where = f"{topic.name}/{records[0].partition} at offsets {records[0].offset} to {records[-1].offset}"
        raise Unreadable(
            f"{where} holds what this release cannot read: was it written by a newer one, or by another program? "
            "The identity graph cannot be rebuilt past it"
        ) from fault


def _literally(text: str) -> str:
    """As Redis' patterns write it."""
    return "".join(f"\\{sign}" if sign in "*?[]\\" else sign for sign in text)
