"""The main job, whole: a touch comes in by a door, and sales is asked to act."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agents.redis.read_model import ReadModel
from agents.settings import Settings
from schemas.handoff import HandoffEvent, HandoffType
from schemas.lead_event import Assigned
from streams.topology import CRM_UPDATES, FACTS, HANDOFFS, LEAD_EVENTS, TOUCHES_CALL, TOUCHES_WEB
from tests.conftest import StartWorker
from tests.live.kafka import Kafka, until

pytestmark = pytest.mark.live

M1 = Path(__file__).parents[1] / "models" / "m1.yaml"
MAIL, PHONE = "cyd@example.com", "+7 701 000 00 01"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """M1 without its surge: only the line of 40 hands off."""
    lines = M1.read_text().splitlines(keepends=True)
    path = tmp_path / "m1t.yaml"
    path.write_text("".join(line for line in lines if "surge" not in line))
    return path


@pytest.fixture
def now() -> datetime:
    """All is told of one moment, so that nothing has decayed."""
    return datetime.now(UTC)


def touch(number: int, kind: str, at: datetime, who: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"touch_id": f"t{number}", "kind": kind, "at": at.isoformat(), "who": who, **more}


async def test_a_touch_becomes_a_handoff_with_contact_details_and_sales_answers_it(
    kafka: Kafka, worker: StartWorker, settings: Settings, model: Path, now: datetime
) -> None:
    await kafka.create()
    await asyncio.gather(worker("identify"), worker("score", model=model), worker("route"), worker("mirror"))
    read = ReadModel.of(settings)
    who = {"email": MAIL, "phone": PHONE, "anonymous": "browser-1"}

    learned = {"headcount": 40, "name": "Cyd"}
    await kafka.say(FACTS, {"fact_id": "f1", "at": now.isoformat(), "who": who, "by": "form", "facts": learned})
    await kafka.hear(LEAD_EVENTS, 1)
    await kafka.say(
        TOUCHES_WEB, touch(1, "demo_request", now, {"anonymous": "browser-1"}, page="/demo", source="google")
    )
    await kafka.say(TOUCHES_CALL, touch(2, "demo_request", now, {"email": "CYD@example.com"}))

    (event,) = await kafka.values(HANDOFFS, 1)
    data = event.data
    assert "io.touchline.handoff.requested.v1" == event.type
    assert (60.0, 40.0, 20.0) == (data.score.engagement, data.score.line, data.score.fit)
    assert data.score.engagement == pytest.approx(sum(line.points for line in data.breakdown), abs=1e-6)
    assert (MAIL, "Cyd", "+77010000001") == (data.contact["email"], data.contact["name"], data.contact["phone"])
    assert (1, "sales", "b2b-services@7") == (data.revision, data.queue, data.model)
    assert data.trigger.touch_id == event.causationid
    assert data.respond_by is not None
    promise_s = (datetime.fromisoformat(data.respond_by) - now).total_seconds()
    assert settings.respond_within_s == pytest.approx(promise_s, abs=0.002)

    async def assigned() -> bool:
        return [data.handoff_id] == [e.handoff_id for e in await kafka.values(LEAD_EVENTS) if isinstance(e, Assigned)]

    await until(assigned, "the assignment to be on the lead's log")
    answer = {
        "update_id": "u1",
        "at": now.isoformat(),
        "handoff_id": data.handoff_id,
        "kind": "accepted",
        "by": "ann",
    }
    await kafka.say(CRM_UPDATES, answer)

    told: list[HandoffEvent] = await kafka.values(HANDOFFS, 2)
    accepted = next(e for e in told if e.type.endswith("accepted.v1"))
    assert (data.handoff_id, data.lead_id) == (accepted.data.handoff_id, accepted.data.lead_id)
    assert accepted.data.revision > 1
    assert data.respond_by == accepted.data.respond_by, "the promise once made stands"

    async def mirrored() -> bool:
        held = await read.handoff(data.handoff_id)
        card = await read.card(data.lead_id)
        return held is not None and held.id == accepted.id and card is not None and card.engagement == 60.0

    await until(mirrored, "the mirror to hold the answer")
    assert data.lead_id == await read.find("email", MAIL) == await read.find("phone", PHONE)
    assert [data.lead_id] == [card.lead_id for card in await read.top(5)]
    await read.close()


async def test_a_lead_below_the_line_is_nobodys_handoff(
    kafka: Kafka, worker: StartWorker, model: Path, now: datetime
) -> None:
    await kafka.create()
    await asyncio.gather(worker("identify"), worker("score", model=model), worker("route"))

    below = [touch(n, "demo_request", now, {"email": f"low{n}@example.com"}) for n in range(1, 21)]
    await kafka.say(TOUCHES_WEB, below)
    ready = {"email": "high@example.com"}
    await kafka.say(
        FACTS, {"fact_id": "f", "at": now.isoformat(), "who": ready, "by": "form", "facts": {"headcount": 40}}
    )
    await kafka.say(TOUCHES_WEB, [touch(n, "demo_request", now, ready) for n in (31, 32)])

    (event,) = await kafka.values(HANDOFFS, 1)
    for group, topic in (("identify", TOUCHES_WEB), ("score", LEAD_EVENTS)):
        await kafka.until_committed(f"touchline-{group}", topic)
    assert [event.id] == [
        e.id for e in await kafka.values(HANDOFFS) if e.type == f"io.touchline.handoff.{HandoffType.REQUESTED.value}.v1"
    ]
    assert "high@example.com" == event.data.contact["email"]
    assert b"example.com" not in b"".join(msgspec.json.encode(e) for e in await kafka.values(LEAD_EVENTS))
