"""The queue over a real route worker: who waits leaves in order, nobody absent gets a lead, Redis may be lost."""

from collections import Counter
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agents.clock import wall_ms
from agents.redis.client import connect
from agents.routing.keys import DeskKeys
from agents.settings import Settings
from schemas.handoff import HandoffEvent, HandoffType, Ripe
from schemas.lead_event import Assigned, LeadEvent
from streams.moments import rfc3339
from streams.topology import CRM_UPDATES, HANDOFFS, LEAD_EVENTS, RIPE, ROUTE
from tests.conftest import StartWorker
from tests.live.kafka import Kafka, until
from tests.pure.ripes import ripe

pytestmark = pytest.mark.live

TOPICS = ROUTE.topics

POLICY = """
routing: small-desk
version: 1
hours: always
people: {ann: {weight: 2, capacity: 4}, bob: {capacity: 2}, dina: {}}
teams: {desk: {members: [ann, bob], lead: dina}}
partners: {incubator: {gets: [contacts]}}
rules:
  - {name: too small, if: {headcount: under 20}, to: partner incubator}
  - {name: everyone, to: team desk}
respond: {within: 30m}
"""

ROLES = """
routing: roles
version: 1
hours: always
people: {ann: {role: seller, capacity: 1}, dina: {}, max: {absent: [2026-01-01 to 2099-01-01]}}
teams: {desk: {members: [dina, max]}}
rules:
  - {name: sql, if: {level: SQL}, to: team desk}
  - {name: everyone, to: role seller}
respond: {within: 30m}
"""


@pytest.fixture
def routing(tmp_path: Path) -> Path:
    """Six places in all."""
    file = tmp_path / "routing.yaml"
    file.write_text(POLICY)
    return file


def one(number: int, **said: Any) -> Ripe:
    now_ms = wall_ms()
    usual: dict[str, Any] = {
        "lead_id": f"L{number:03d}", "handoff_id": f"h{number}", "trace": "", "facts": {}, "level": None,
        "at_ms": now_ms, "touch_at_ms": now_ms, "received_ms": now_ms,
    }  # fmt: skip
    return ripe(**(usual | said))


async def say(kafka: Kafka, ripes: list[Ripe]) -> None:
    await kafka.say(RIPE, ripes, [said.lead_id for said in ripes])


async def assigned(kafka: Kafka, count: int) -> dict[str, Assigned]:
    """The latest of so many assignments, by handoff: those of one lead are in order."""
    said = [msgspec.json.decode(record.value, type=LeadEvent) for record in await kafka.hear(LEAD_EVENTS, count)]
    return {event.handoff_id: event for event in said if isinstance(event, Assigned)}


def load(said: dict[str, Assigned]) -> Counter[str]:
    return Counter(one.owner for one in said.values())


def closed(number: int, owner: str) -> Ripe:
    return one(number, type=HandoffType.CLOSED, revision=3, owner=owner)


async def test_who_waits_leaves_in_the_policys_order_as_soon_as_somebody_is_free(
    kafka: Kafka, worker: StartWorker, routing: Path, settings: Settings
) -> None:
    await kafka.create(TOPICS)
    route = await worker("route", routing=routing)
    low = {"score": msgspec.structs.replace(ripe().score, priority=10.0)}
    await say(kafka, [one(n) for n in range(6)])
    first = await assigned(kafka, 6)
    await say(kafka, [one(6, **low), one(7), one(8, level="SQL", **low)])
    await until(lambda: _metric(route, "touchline_ripe_leads_waiting 3.0"), "three leads wait")

    assert {"ann": 4, "bob": 2} == load(first)
    waiting = {handoff: said for handoff, said in (await assigned(kafka, 9)).items() if handoff not in first}
    assert [("", "desk", True)] * 3 == [(said.owner, said.queue, said.waiting) for said in waiting.values()]

    for count, (ended, expected) in enumerate([("h0", "h8"), ("h1", "h7"), ("h2", "h6")], 10):
        await say(kafka, [closed(int(ended[1:]), first[ended].owner)])
        freed = (await assigned(kafka, count))[expected]
        assert (first[ended].owner, False) == (freed.owner, freed.waiting)
    await until(lambda: _metric(route, "touchline_ripe_leads_waiting 0.0"), "nobody waits")


async def _metric(route: Any, line: str) -> bool:
    return line in await route.page("/metrics")


async def test_who_is_reported_absent_gets_nothing_until_the_absence_ends(
    kafka: Kafka, worker: StartWorker, routing: Path, settings: Settings
) -> None:
    await kafka.create(TOPICS)
    await worker("route", routing=routing)
    now_ms = wall_ms()
    away = {"update_id": "a1", "at": rfc3339(now_ms), "kind": "absent", "person": "bob", "from": rfc3339(now_ms - 1000),
            "to": rfc3339(now_ms + 3_600_000)}  # fmt: skip
    await kafka.say(CRM_UPDATES, [away], ["bob"])
    await kafka.until_committed("touchline-route", CRM_UPDATES)

    await say(kafka, [one(n) for n in range(4)])

    assert {"ann": 4} == load(await assigned(kafka, 4))


async def test_a_lost_redis_loses_no_owner_and_nobody_who_waits(
    kafka: Kafka, worker: StartWorker, routing: Path, settings: Settings
) -> None:
    await kafka.create(TOPICS)
    await worker("route", routing=routing)
    await say(kafka, [one(n) for n in range(8)])
    before = await assigned(kafka, 8)
    # A touch right after the one that made them ripe: said before the log knew whose they are.
    told = [msgspec.json.decode(record.value) for record in await kafka.hear(HANDOFFS, 8)]
    for event in told:
        nobody = {"owner": "", "queue": "", "partner": "", "revision": 2}
        event |= {"type": event["type"].replace("requested", "updated"), "data": event["data"] | nobody}
    await kafka.say(HANDOFFS, told, [event["subject"] for event in told])
    redis, keys = connect(settings, patient=False), DeskKeys(settings.prefix)
    lost = [key async for key in redis.scan_iter(match=f"{keys.decisions.removesuffix('decision:')}*", count=1_000)]
    await redis.delete(*lost)

    await say(kafka, [one(8)])
    ninth = (await assigned(kafka, 9))["h8"]
    assert ("", True) == (ninth.owner, ninth.waiting), "everybody is still full"

    first = next(handoff for handoff, said in before.items() if said.owner == "ann")
    await say(kafka, [closed(int(first[1:]), "ann")])
    after = await assigned(kafka, 10)
    freed = [handoff for handoff, said in after.items() if said.owner == "ann" and handoff not in before]
    freed += [handoff for handoff, said in before.items() if said.waiting and after[handoff].owner == "ann"]
    assert 1 == len(freed)
    await redis.aclose()


async def test_a_partner_gets_the_contact_and_not_the_score(
    kafka: Kafka, worker: StartWorker, routing: Path, settings: Settings
) -> None:
    await kafka.create(TOPICS)
    await worker("route", routing=routing)
    small = {"headcount": {"value": 8, "by": "form", "at": "2026-11-22T10:00:00Z"}}
    await say(kafka, [msgspec.convert(msgspec.to_builtins(one(1)) | {"facts": small}, Ripe)])

    (record,) = await kafka.hear(HANDOFFS, 1)
    data = msgspec.json.decode(record.value, type=HandoffEvent).data
    assert ("incubator", "", "", None, []) == (data.partner, data.owner, data.queue, data.score, data.breakdown)
    assert "Referred to you: too small." == data.why


async def test_a_lost_redis_forgets_nobody_who_waits_for_a_role_or_was_taken_from_somebody(
    kafka: Kafka, worker: StartWorker, routing: Path, settings: Settings
) -> None:
    await kafka.create(TOPICS)
    routing.write_text(ROLES)
    await worker("route", routing=routing)
    await say(kafka, [one(1), one(2), one(3, level="SQL")])
    before = await assigned(kafka, 3)
    await say(kafka, [one(3, level="SQL", type=HandoffType.ESCALATED, revision=2, reassign=True, owner="dina")])
    taken = (await assigned(kafka, 4))["h3"]
    back = one(3, type=HandoffType.ASSIGNED, revision=3, queue="desk")
    await say(kafka, [back])
    await kafka.until_committed("touchline-route", RIPE)
    redis, keys = connect(settings, patient=False), DeskKeys(settings.prefix)
    lost = [key async for key in redis.scan_iter(match=f"{keys.decisions.removesuffix('decision:')}*", count=1_000)]
    await redis.delete(*lost)

    has, waits = sorted(("h1", "h2"), key=lambda handoff: before[handoff].waiting)
    await say(kafka, [closed(int(has[1:]), "ann")])
    after = await assigned(kafka, 6)

    assert [("ann", ""), ("", "seller"), ("dina", "")] == [
        (before[h].owner, before[h].queue) for h in (has, waits, "h3")
    ]
    assert ("", "desk", 2) == (taken.owner, taken.queue, taken.revision)
    assert [("ann", 1), ("dina", 2)] == [(after[h].owner, after[h].revision) for h in (waits, "h3")]
    await redis.aclose()
