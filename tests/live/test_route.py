"""The route worker over a real Kafka and Redis: every ripe lead becomes a handoff, whatever is killed or away."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from deploy.local.ports import free_port
from deploy.local.redis_server import Redis as RedisServer
from schemas.handoff import HandoffEvent, HandoffType, Ripe
from schemas.lead_event import Assigned, LeadEvent
from schemas.reject import HEADER_PREFIX
from streams.moments import rfc3339
from streams.topology import DEAD_LETTERS, HANDOFFS, LEAD_EVENTS, RIPE, ROUTE
from tests.conftest import StartWorker
from tests.live.kafka import Kafka, until
from tests.pure.ripes import T_MS, ripe

pytestmark = pytest.mark.live

TOPICS = ROUTE.topics


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of this test alone, which it may stop; it keeps what it was told."""
    server = RedisServer(tmp_path / "redis", free_port(), persistent=True)
    server.start()
    yield server
    server.stop()


async def say(kafka: Kafka, ripes: Sequence[Ripe]) -> None:
    await kafka.say(RIPE, ripes, [said.lead_id for said in ripes])


def many(count: int, leads: int = 50) -> list[Ripe]:
    return [ripe(lead_id=f"L{n % leads:02d}", handoff_id=f"h{n}", trace="") for n in range(count)]


async def handoffs(kafka: Kafka, count: int, within_s: float = 20.0) -> list[HandoffEvent]:
    return await kafka.values(HANDOFFS, count, within_s)


async def test_a_ripe_lead_becomes_a_handoff_with_contact_details_and_comes_back_as_assigned(
    kafka: Kafka, worker: StartWorker, settings: Settings
) -> None:
    await kafka.create(TOPICS)
    keys, redis = RedisKeys(settings.prefix), connect(settings, patient=False)
    told: dict[Any, Any] = {"email": '["cyd@example.com",1,"a"]', "name": '["Cyd",1,"a"]', "fax": '[null,2,"b"]'}
    await redis.hset(keys.profile(ripe().lead_id), mapping=told)
    await redis.set(keys.graph, "whole")
    route = await worker("route")

    await say(kafka, [ripe()])

    (record,) = await kafka.hear(HANDOFFS, 1)
    event = msgspec.json.decode(record.value, type=HandoffEvent)
    assert {"email": "cyd@example.com", "name": "Cyd"} == event.data.contact
    assert (ripe().lead_id.encode(), f"{ripe().handoff_id}/1") == (record.key, event.id)
    assert f"touchline/{settings.prefix.strip('.')}" == event.source
    headers = dict(record.headers)
    assert b"application/cloudevents+json; charset=UTF-8" == headers["content-type"]
    assert ripe().trace == headers["traceparent"].decode() == event.traceparent
    (assigned,) = await kafka.hear(LEAD_EVENTS, 1)
    said: LeadEvent = msgspec.json.decode(assigned.value, type=LeadEvent)
    assert isinstance(said, Assigned)
    assert (ripe().handoff_id, 1, "sales") == (said.handoff_id, said.revision, said.queue)
    assert T_MS + 1800_000 == said.respond_by_ms
    assert rfc3339(T_MS + 1800_000) == event.data.respond_by
    assert record.partition == assigned.partition, "a lead is on the same partition of each topic"
    assert ripe().lead_id.encode() == await redis.get(keys.handoff_lead(ripe().handoff_id))
    await kafka.until_committed("touchline-route", RIPE)
    page = await route.page("/metrics")
    assert 'touchline_handoffs_total{trigger="threshold"} 1.0' in page
    assert 'touchline_handoff_events_total{type="requested"} 1.0' in page
    await redis.aclose()


async def test_a_repeat_carries_the_same_id_and_other_words_follow_with_theirs(
    kafka: Kafka, worker: StartWorker
) -> None:
    await kafka.create(TOPICS)
    await worker("route")
    closed = ripe(type=HandoffType.CLOSED, revision=2, reason="won")

    await say(kafka, [ripe(), ripe(), closed, ripe()])

    told = await kafka.hear(HANDOFFS, 4)
    first, again, ended, late = (record.value for record in told)
    assert first == again == late
    assert f"{closed.handoff_id}/2" == msgspec.json.decode(ended, type=HandoffEvent).id
    await kafka.until_committed("touchline-route", RIPE)
    assert [f"{closed.handoff_id}/1/assigned"] * 3 == [e.id for e in await kafka.values(LEAD_EVENTS)]


async def test_what_is_no_ripe_lead_is_set_aside_and_the_next_goes_on(kafka: Kafka, worker: StartWorker) -> None:
    await kafka.create(TOPICS)
    await worker("route")

    await kafka.say(RIPE, [b'{"half', msgspec.json.encode(ripe())], "L", headers=[("x", b"\xff")])

    assert [f"{ripe().handoff_id}/1"] == [event.id for event in await handoffs(kafka, 1)]
    (letter,) = await kafka.hear(DEAD_LETTERS, 1)
    headers = dict(letter.headers)
    assert (b"L", b'{"half', b"\xff") == (letter.key, letter.value, headers["x"])
    assert (b"not_json", b"ripe") == (headers[f"{HEADER_PREFIX}reason"], headers[f"{HEADER_PREFIX}topic"])


async def test_a_route_killed_in_the_middle_loses_none(kafka: Kafka, worker: StartWorker) -> None:
    await kafka.create(TOPICS)
    route = await worker("route", group_records=50, member="route-1")
    ripes = many(2_000)
    await say(kafka, ripes[:1_500])
    await handoffs(kafka, 100)

    route.kill()
    done = sum((await kafka.end_offsets(HANDOFFS)).values())
    await say(kafka, ripes[1_500:])
    await route.ready()
    await kafka.until_committed("touchline-route", RIPE, within_s=40)

    told = await kafka.values(HANDOFFS)
    assert 100 <= done < 1_500, "killed too late to prove anything"
    assert {f"{said.handoff_id}/1" for said in ripes} == {event.id for event in told}
    words: dict[str, bytes] = {}
    for event in told:
        assert words.setdefault(event.id, msgspec.json.encode(event)) == msgspec.json.encode(event)
    back = {(e.handoff_id, e.revision) for e in await kafka.values(LEAD_EVENTS)}
    assert {(said.handoff_id, 1) for said in ripes} == back


async def test_while_redis_is_away_route_waits_alive_and_then_goes_on(
    kafka: Kafka, worker: StartWorker, settings: Settings, own_redis: RedisServer
) -> None:
    await kafka.create(TOPICS)
    route = await worker("route", redis=own_redis.url)
    await say(kafka, [ripe(handoff_id="before")])
    await handoffs(kafka, 1)

    own_redis.stop()
    await say(kafka, [ripe(handoff_id="during", revision=n) for n in range(1, 4)])

    async def says_so() -> bool:
        return "touchline_redis_up 0.0" in await route.page("/metrics")

    await until(says_so, "the gauge to say that Redis is away")
    assert '{"live": true}' == await route.page("/livez")
    assert 1 == sum((await kafka.end_offsets(HANDOFFS)).values())
    own_redis.start()

    assert ["before", "during", "during", "during"] == [e.data.handoff_id for e in await handoffs(kafka, 4)]
    assert "touchline_redis_up 1.0" in await route.page("/metrics")


async def test_a_route_that_waits_for_redis_stops_when_told(
    kafka: Kafka, worker: StartWorker, own_redis: RedisServer
) -> None:
    await kafka.create(TOPICS)
    route = await worker("route", redis=own_redis.url)
    own_redis.stop()
    await say(kafka, [ripe()])

    async def waits() -> bool:
        return "touchline_redis_up 0.0" in await route.page("/metrics")

    await until(waits, "the gauge to say that Redis is away")
    assert 0 == await route.terminate(within_s=10)
    own_redis.start()
    await route.ready()

    assert [f"{ripe().handoff_id}/1"] == [event.id for event in await handoffs(kafka, 1)]
