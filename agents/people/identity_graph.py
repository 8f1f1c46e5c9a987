"""Whose identity is it? Identities, leads, merges and contact details in Redis, asked a batch at a time."""

from collections.abc import Awaitable, Iterable, Mapping, Sequence
from typing import Any, TypeVar, cast

import msgspec
from msgspec import Struct
from redis.asyncio import Redis
from redis.exceptions import ResponseError

from agents.people.asking import Ask, Changes, Counts, Pointer, Published, Resolved, Seen
from agents.people.links_log import LEAD
from agents.people.scripts import PARTS, names, policy_words, script
from agents.redis.keys import RedisKeys
from schemas.profile import Detail, IdentityLink
from streams.people.policy import IdentityPolicy

T = TypeVar("T")

CHUNK = 2_000
"""Items in one Lua call: some ten milliseconds, so that others get their turn in Redis."""


class GraphMissing(Exception):
    """Redis holds no whole graph, or another than the flush began with: it is rebuilt, and the flush begins again."""


class PersonGrown(Exception):
    """Who is to be forgotten is known by more by now: nothing is done, they are to be looked up anew."""


class Announced(Struct, frozen=True):
    """What is to be published again, because somebody changed it meanwhile; and merges in force."""

    links: dict[str, IdentityLink]
    pointers: list[Pointer]
    profiles: list[Published]


class IdentityGraph:
    """Asks Redis; each call is atomic for each item and may be repeated. Raises GraphMissing."""

    def __init__(self, redis: Redis, keys: RedisKeys, policy: IdentityPolicy | None = None) -> None:
        self._keys = keys
        self._redis = redis
        self._names, self._policy = names(keys), policy_words(policy or IdentityPolicy())
        self._graph = b""
        """The one that the flush began with; empty: any."""
        self._scripts = {name: redis.register_script(script(name)) for name in PARTS}

    async def changes(self, seen: Seen | None) -> Changes:
        """What others changed since; a flush begins with it, and all that it asks is of the same graph."""
        graph, number = cast(list[bytes | None], await self._redis.mget(self._keys.graph, self._keys.changes))
        if graph is None:
            raise GraphMissing
        self._graph, newest = graph, int(number or 0)
        if seen is None or seen.graph != graph:
            return Changes(Seen(graph, newest), None)
        if seen.number == newest:
            return Changes(seen, ())
        newest, told = _unpack_changes(await self._run("changes", seen.number))
        return Changes(Seen(graph, newest), None if isinstance(told, bool) else told)

    async def check(self) -> None:
        """What was decided since `changes` still holds; raises GraphMissing."""
        if await self._redis.get(self._keys.graph) != self._graph:
            raise GraphMissing

    async def resolve(self, asks: Sequence[Ask]) -> Resolved:
        """The leads of each, in order; identities without one are linked, leads of one person merged."""
        whole: Resolved | None = None
        for chunk in _chunks(asks):
            said = _unpack_resolved(await self._run("resolve", self._policy, _pack(chunk)))
            whole = said if whole is None else _joined(whole, said)
        return whole or Resolved([], [], [], Counts())

    async def leads_of(self, handoffs: Iterable[str]) -> dict[str, str]:
        """The lead of each handoff that is known."""
        leads: dict[str, str] = {}
        for chunk in _chunks(list(handoffs)):
            found = await self._redis.mget([self._keys.handoff_lead(handoff) for handoff in chunk])
            leads |= {handoff: cast(bytes, lead).decode() for handoff, lead in zip(chunk, found, strict=True) if lead}
        return leads

    async def merge(self, details: Iterable[tuple[str, dict[str, Detail]]]) -> list[Published]:
        """Take contact details in, at the leads in force; returns the profiles that changed, whole, the latest of each.

        Of a lead without details: what is not published yet.
        """
        rows = [
            (lead, [(name, msgspec.json.encode(d).decode(), d.at_ms, d.id) for name, d in told.items()])
            for lead, told in details
        ]
        latest: dict[str, Published] = {}
        for chunk in _chunks(rows):
            said = _unpack_profiles(await self._run("profile", _pack(chunk)))
            latest |= {profile.lead: profile for profile in _profiles(said)}
        return list(latest.values())

    async def announced(
        self,
        links: Mapping[str, IdentityLink],
        merges: Mapping[str, str] | None = None,
        profiles: Sequence[Published] = (),
    ) -> Announced:
        """The broker has these; merges are survivors by loser, and are on the log, too."""
        said = await self._run(
            "announced",
            _pack((
                [(key, link.lead_id, link.shared_ms) for key, link in links.items() if not key.startswith(LEAD)],
                list((merges or {}).items()),
                [(p.lead, p.change) for p in profiles],
            )),
        )  # fmt: skip
        stale, pointers, changed = _unpack_announced(said)
        return Announced({key: _link(*said) for key, said in stale}, pointers, _profiles(changed))

    async def home_of(self, key: str) -> str:
        """The lead an identity was first seen with; empty: nobody has it."""
        return _text(await self._redis.get(self._keys.identities + key))

    async def root(self, lead: str) -> str:
        """The lead in force: what this one was merged into, in the end, or itself."""
        while pointer := _text(await _now(self._redis.hget(self._keys.merged, lead))):
            lead = pointer.split(" ")[0]
        return lead

    async def identities_of(self, lead: str) -> list[str]:
        """Identity keys at home with this very lead."""
        return [key for key in await self._known_by(lead) if not key.startswith(">")]

    async def losers_of(self, root: str) -> list[str]:
        """All that was merged into a lead, also indirectly."""
        found: list[str] = []
        waiting = [root]
        while waiting:
            losers = [key[1:] for key in await self._known_by(waiting.pop()) if key.startswith(">")]
            found += losers
            waiting += losers
        return sorted(found)

    async def split(self, loser: str, survivor: str, at_ms: int) -> dict[str, IdentityLink]:
        """Take a merge back, for good. Returns what to write to `identity.links`; nothing: it was not merged there."""
        apart = msgspec.msgpack.decode(await self._run("split", loser, survivor), type=list[str] | bool)
        if isinstance(apart, bool):
            return {}
        # Pair by pair beside it: the lead's own record is overwritten when it is merged into somebody else.
        pairs = {f"{LEAD}{loser}/{other}": IdentityLink(lead_id="", at_ms=at_ms, apart=(other,)) for other in apart}
        return {LEAD + loser: IdentityLink(lead_id="", at_ms=at_ms, apart=tuple(apart))} | pairs

    async def erase(self, keys: Sequence[str], at_ms: int, leads: Sequence[str] = ()) -> dict[str, IdentityLink]:
        """Forget identities, the leads they leave empty, and their contact details.

        `leads`: all that the person is, if they are to go whole: raises PersonGrown when they are more by now.
        Returns what to write to `identity.links`, then say it is `announced`. May be repeated.
        """
        said = _unpack_erased(await self._run("erase", _pack((list(keys), at_ms, list(leads)))))
        if isinstance(said, bool):
            raise PersonGrown
        told, empty = said
        gone = {LEAD + lead: IdentityLink(lead_id="", at_ms=at_ms, erasures=1, erased_ms=at_ms) for lead in empty}
        return gone | {key: _link("", erased_ms, 0, erasures, erased_ms) for key, erasures, erased_ms in told}

    async def forget(self, keys: Iterable[str]) -> None:
        """Every worker asks anew for these identities."""
        await self._run("forget", _pack(list(keys)))

    async def _known_by(self, lead: str) -> list[str]:
        held = cast(list[bytes], await _now(self._redis.hkeys(self._keys.lead_identities(lead))))
        return sorted(key.decode() for key in held)

    async def _run(self, name: str, *said: bytes | str | int) -> bytes:
        try:
            return cast(bytes, await self._scripts[name](args=[self._names, self._graph, *said]))
        except ResponseError as fault:
            if str(fault).startswith("NOGRAPH"):
                raise GraphMissing from fault
            raise


def _joined(one: Resolved, other: Resolved) -> Resolved:
    """Two chunks of one question; a pointer that both tell is told as the second one has it."""
    pointers = {pointer.loser: pointer for pointer in (*one.pointers, *other.pointers)}
    counts = (a + b for a, b in zip(msgspec.structs.astuple(one.new), msgspec.structs.astuple(other.new), strict=True))
    return Resolved(one.answers + other.answers, list(pointers.values()), one.refused + other.refused, Counts(*counts))


def _link(lead: str, at_ms: int, shared_ms: int, erasures: int, erased_ms: int) -> IdentityLink:
    return IdentityLink(lead_id=lead, at_ms=at_ms, shared_ms=shared_ms, erasures=erasures, erased_ms=erased_ms)


_Profile = tuple[str, float, list[str]]
# Redis' Lua reads and writes msgpack's text only, never its binary type.
_pack = msgspec.msgpack.Encoder().encode
_unpack_resolved = msgspec.msgpack.Decoder(Resolved).decode
_unpack_changes = msgspec.msgpack.Decoder(tuple[int, list[str] | bool]).decode
_unpack_profiles = msgspec.msgpack.Decoder(list[_Profile]).decode
_unpack_announced = msgspec.msgpack.Decoder(
    tuple[list[tuple[str, tuple[str, int, int, int, int]]], list[Pointer], list[_Profile]]
).decode
_unpack_erased = msgspec.msgpack.Decoder(tuple[list[tuple[str, int, int]], list[str]] | bool).decode


def _profiles(said: Iterable[_Profile]) -> list[Published]:
    return [Published(lead, int(change), [text.encode() for text in flat]) for lead, change, flat in said]


def _text(value: Any) -> str:
    return value.decode() if isinstance(value, bytes) else ""


async def _now(command: Awaitable[Any] | Any) -> Any:
    """redis-py's types say that a command may answer at once; an asynchronous client's never does."""
    return await command


def _chunks(items: Sequence[T]) -> Iterable[Sequence[T]]:
    return (items[first : first + CHUNK] for first in range(0, len(items), CHUNK))
