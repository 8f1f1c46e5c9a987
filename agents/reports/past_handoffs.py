"""Past handoffs as a policy is asked about them: read from `handoffs`."""

import asyncio
from datetime import datetime

import msgspec

from agents.settings import Settings
from agents.topics.reader import counted, kept
from schemas.handoff import HandoffEvent, HandoffType
from schemas.units import Millis
from streams.moments import to_ms
from streams.reports.story import TYPES
from streams.routing.asked_lead import situation_from
from streams.routing.simulating import Past
from streams.topology import HANDOFFS

_EVENT = msgspec.json.Decoder(HandoffEvent)
ENDS = frozenset({HandoffType.WITHDRAWN, HandoffType.RETURNED, HandoffType.CLOSED})


async def past_handoffs(settings: Settings, since_ms: Millis) -> list[Past]:
    """Requested since then; what was given to a partner without its score tells less than it did."""
    await counted(settings, {HANDOFFS.name})
    found: dict[str, Past] = {}
    async for records in kept(settings, HANDOFFS):
        for record in records:
            try:
                event = _EVENT.decode(record.value or b"")
            except msgspec.MsgspecError:
                continue  # of a version to come
            kind, name = TYPES.get(event.type), event.data.handoff_id
            before = found.get(name)
            if before is None:
                at_ms = to_ms(datetime.fromisoformat(event.data.trigger.fired_at))
                if kind is HandoffType.REQUESTED and at_ms >= since_ms:
                    asked = situation_from(record.value or b"", at_ms)
                    # Its owner is who got it by the old policy: no owner of the lead's before that.
                    asked = msgspec.structs.replace(asked, owner="")
                    found[name] = Past(handoff_id=name, situation=asked, owner=event.data.owner)
                continue
            found[name] = msgspec.structs.replace(
                before, owner=before.owner or event.data.owner,
                ended_ms=to_ms(datetime.fromisoformat(event.time)) if kind in ENDS else before.ended_ms,
            )  # fmt: skip
        await asyncio.sleep(0)
    return list(found.values())
