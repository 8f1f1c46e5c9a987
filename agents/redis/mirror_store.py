"""The copy of cards and handoffs in Redis, written so that replays and old words change nothing."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from importlib.resources import files
from itertools import islice
from typing import Protocol

import msgspec
from msgspec import Struct
from redis.asyncio import Redis

from agents.redis.keys import RedisKeys
from schemas.reject import Reason, Reject
from schemas.units import SECOND_MS, Millis
from streams.moments import to_ms
from streams.reading import read
from streams.topology import HANDOFFS

CHUNK = 500
"""Records in one Lua call: a few milliseconds, so that others get their turn in Redis."""

ENDED_KEPT_S = (HANDOFFS.keep_ms or 0) // SECOND_MS
"""An ended handoff holds contact details: it leaves Redis as it leaves its topic."""

Partition = tuple[str, int]
"""Topic, without prefix, and number."""

Arg = str | bytes | int | float


class Record(Protocol):
    """A record of Kafka, as far as the mirror reads it."""

    offset: int
    key: bytes | None
    value: bytes | None


class CardRead(Struct, frozen=True):
    """The fields of a card that the copy is ordered by."""

    lead_id: str
    engagement: float
    fit: float
    completeness: float
    priority: float
    as_of_ms: Millis


class HandoffRead(Struct, frozen=True):
    """The same of a handoff's data."""

    handoff_id: str
    revision: int
    lead_id: str


class EventRead(Struct, frozen=True):
    """The same of a handoff's envelope."""

    type: str
    time: datetime
    data: HandoffRead


class Row(Struct, frozen=True):
    """What the script gets of one record."""

    offset: int
    keys: list[str]
    args: list[Arg]


class Copied(Struct, frozen=True):
    """What became of some records."""

    written: int
    rejects: list[tuple[int, Reject]]
    """By index into the records."""
    mark: int
    """Last offset copied."""


_CARD = msgspec.json.Decoder(CardRead)
_EVENT = msgspec.json.Decoder(EventRead)


class MirrorStore:
    """Writes the copy."""

    def __init__(self, redis: "Redis", keys: RedisKeys) -> None:
        self._redis, self._keys = redis, keys
        lua = files("agents.redis")
        self._cards = redis.register_script(lua.joinpath("mirror_cards.lua").read_text())
        self._handoffs = redis.register_script(lua.joinpath("mirror_handoffs.lua").read_text())

    async def marks(self, partitions: Sequence[Partition]) -> dict[Partition, int]:
        """How far each partition has been copied: the last offset, -1 for none."""
        if not partitions:
            return {}
        told = await self._redis.hmget(self._keys.mirrored, [_mark(p) for p in partitions])
        return {p: -1 if offset is None else int(offset) for p, offset in zip(partitions, told, strict=True)}

    async def forget(self, where: Partition) -> None:
        """Copy this partition from its start: its topic was made anew, and its offsets begin again."""
        await self._redis.hdel(self._keys.mirrored, _mark(where))

    async def write(self, where: Partition, records: Sequence[Record], after: int) -> Copied | None:
        """Copy records of one partition, ascending, that follow offset `after`. None: Redis has lost what it held."""
        handoffs = where[0] == HANDOFFS.name
        script = self._handoffs if handoffs else self._cards
        first = [self._keys.mirrored, self._keys.open_handoffs if handoffs else self._keys.ranking]
        rejects: list[tuple[int, Reject]] = []
        wanted = (self._handoff(r) if handoffs else self._card(r) for r in records)
        rows = _usable(wanted, rejects)
        written, last = 0, after
        while chunk := list(islice(rows, CHUNK)):
            keys = first + [key for row in chunk for key in row.keys]
            args: list[Arg] = [_mark(where), after]
            if handoffs:
                args += [ENDED_KEPT_S, self._keys.erased]
            args += [arg for row in chunk for arg in row.args]
            count = int(await script(keys=keys, args=args))
            if count < 0:
                return None
            written += count
            last = chunk[-1].offset
        return Copied(written, rejects, last)

    def _card(self, record: Record) -> Row | Reject:
        if record.key is None:
            return Reject(reason=Reason.NO_IDENTITY, detail="a card has its lead id as the record's key; found no key")
        if record.value is None:
            lead_id = record.key.decode(errors="replace")
            return Row(record.offset, [self._keys.card(lead_id)], [lead_id, record.offset, "", 0, 0, 0, 0, ""])
        told = read(_CARD, record.value, "score")
        if isinstance(told, Reject):
            return told
        numbers = (told.priority, told.engagement, told.fit, told.completeness)
        args: list[Arg] = [told.lead_id, record.offset, told.as_of_ms, *numbers, record.value]
        return Row(record.offset, [self._keys.card(told.lead_id)], args)

    def _handoff(self, record: Record) -> Row | Reject:
        told = read(_EVENT, record.value, "route")
        if isinstance(told, Reject):
            return told
        kind, data, at_ms = told.type.removesuffix(".v1").rpartition(".")[2], told.data, to_ms(told.time)
        names = [self._keys.handoff(data.handoff_id), self._keys.handoff_lead(data.handoff_id)]
        args: list[Arg] = [
            data.handoff_id,
            record.offset,
            data.revision,
            kind,
            data.lead_id,
            at_ms,
            record.value or b"",
        ]
        return Row(record.offset, names, args)


def _mark(where: Partition) -> str:
    return f"{where[0]}/{where[1]}"


def _usable(rows: Iterable[Row | Reject], rejects: list[tuple[int, Reject]]) -> Iterable[Row]:
    for index, row in enumerate(rows):
        if isinstance(row, Reject):
            rejects.append((index, row))
        else:
            yield row
