"""Who was reported away, and until when: `absent` on `crm.updates`, which concerns a seller and no lead."""

from collections.abc import Iterable, Mapping
from typing import Any, cast

import msgspec
from redis.asyncio import Redis

from agents.routing.keys import DeskKeys
from schemas.crm_update import CrmKind, CrmUpdate
from schemas.units import Millis
from streams.moments import to_ms
from streams.people.admission import admit
from streams.topology import CRM_UPDATES

KEEP_MS = 3_600_000
"""After its end an absence is forgotten."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(tuple[str, int, int]).decode

Absence = tuple[str, bytes]
"""Its id, and what Redis keeps of it."""


def absences(records: Iterable[Any]) -> list[Absence]:
    """Those among records of `crm.updates`; what is broken is `identify`'s to tell."""
    found = []
    for record in records:
        if record.value is None or b"absent" not in record.value:
            continue
        update = admit(CRM_UPDATES.name, record.value, record.headers, record.timestamp)
        if isinstance(update, CrmUpdate) and update.kind is CrmKind.ABSENT and update.to is not None:
            begins_ms = to_ms(update.at if update.begins is None else update.begins)
            found.append((update.update_id, _encode((update.person, begins_ms, to_ms(update.to)))))
    return found


async def note(redis: "Redis", keys: DeskKeys, found: Iterable[Absence]) -> None:
    """Keep them; a repeat, and a later word under the same id, replaces the earlier."""
    for update_id, told in found:
        await redis.hset(keys.away, update_id, told.decode())


async def away_now(redis: "Redis", keys: DeskKeys, now_ms: Millis) -> frozenset[str]:
    """Who is away at this moment; absences long over are forgotten."""
    told = cast(dict[bytes, bytes], await redis.hgetall(keys.away))
    over = [update_id for update_id, said in told.items() if _decode(said)[2] + KEEP_MS < now_ms]
    if over:
        await redis.hdel(keys.away, *over)
    return away_of(told, now_ms)


def away_of(told: Mapping[bytes, bytes], now_ms: Millis) -> frozenset[str]:
    """Who is away, of what Redis keeps."""
    spans = map(_decode, told.values())
    return frozenset(person for person, begins_ms, ends_ms in spans if begins_ms <= now_ms < ends_ms)
