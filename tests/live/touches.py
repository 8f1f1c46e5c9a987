"""Touches as producers send them, and the log as identify writes it, for live tests."""

from typing import Any

import msgspec

from schemas.lead_event import LeadEvent
from streams.topology import IDENTIFY, LEAD_EVENTS
from tests.live.kafka import Kafka

TOPICS = IDENTIFY.topics
AT = "2026-11-01T10:00:00Z"


def touch(number: int | str, who: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"touch_id": f"t{number}", "kind": "page_view", "at": AT, "who": who, "page": "/pricing"} | more


async def events(kafka: Kafka, count: int, within_s: float = 20.0) -> list[tuple[str, LeadEvent]]:
    heard = await kafka.hear(LEAD_EVENTS, count, within_s)
    return [(r.key.decode(), msgspec.json.decode(r.value, type=LeadEvent)) for r in heard]
