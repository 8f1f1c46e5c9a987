"""The identify worker over a real Kafka and Redis: everybody gets one lead, and nobody's data reaches the log."""

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agents.delivery.producer import partition_for
from agents.settings import Settings
from deploy.local.ports import free_port
from deploy.local.redis_server import Redis as RedisServer
from schemas.lead_event import MergedInto, TouchSeen
from schemas.reject import HEADER_PREFIX, STREAMS_PREFIX
from streams.people.identity import Hider
from streams.topology import (
    DEAD_LETTERS,
    IDENTITY_LINKS,
    LEAD_EVENTS,
    TOUCHES_CALL,
    TOUCHES_WEB,
)
from tests.conftest import StartWorker
from tests.live.kafka import Kafka, until
from tests.live.touches import TOPICS, events, touch

pytestmark = pytest.mark.live

NOTHING: Any = None
HEADERS = (("h", b"\xff"), ("without-value", NOTHING), ("ce_id", NOTHING))
"""Kafka allows a header without a value."""

POISON: dict[str, list[bytes | None]] = {
    "no_value": [None, b""],
    "too_large": [b'{"touch_id": "' + b"x" * 900_000 + b'"}'],
    "not_utf8": [b'{"touch_id": "\xff\xfe"}', '{"touch_id": "1"}'.encode("utf-16")],
    "not_json": [b"{", b"touch", b"\x00\x01\x02"],
    "too_deep": [b'{"x":' + b"[" * 50_000],
    "wrong_shape": [b"[]", b'{"touch_id": 5}', b'{"kind": "page_view"}'],
    "bad_number": [b'{"touch_id": NaN}', b'{"touch_id":"n","kind":"k","at":1,"who":{"user":"u"},"cost":1e308}'],
    "no_identity": [b'{"touch_id":"n","kind":"k","at":1,"who":{}}'],
    "bad_identity": [b'{"touch_id":"n","kind":"k","at":1,"who":{"email":"zz-probe at example.com"}}'],
    "bad_time": [b'{"touch_id":"n","kind":"k","at":"2199-01-01T00:00:00Z","who":{"user":"u"}}'],
}  # fmt: skip
"""Every reason a touch can be refused for, with what earns it."""


@pytest.fixture
def own_redis(tmp_path: Path) -> Iterator[RedisServer]:
    """A Redis of this test alone, which it may stop; it keeps what it was told."""
    server = RedisServer(tmp_path / "redis", free_port(), persistent=True)
    server.start()
    yield server
    server.stop()


async def test_poison_of_every_kind_is_set_aside_byte_for_byte_and_the_worker_goes_on(
    kafka: Kafka, worker: StartWorker
) -> None:
    await kafka.create(TOPICS)
    said = [(reason, value) for reason, values in POISON.items() for value in values]
    await kafka.say(TOUCHES_WEB, [value for _, value in said], [f"k{n}" for n in range(len(said))], headers=HEADERS)
    await kafka.say(TOUCHES_WEB, touch(1, {"user": "cyd"}))
    await worker("identify")

    letters = {r.key: r for r in await kafka.hear(DEAD_LETTERS, len(said))}
    [(_, event)] = await events(kafka, 1)

    assert [value or None for _, value in said] == [letters[f"k{n}".encode()].value or None for n in range(len(said))]
    headers = [dict(letters[f"k{n}".encode()].headers) for n in range(len(said))]
    assert [reason.encode() for reason, _ in said] == [h[f"{HEADER_PREFIX}reason"] for h in headers]
    assert {(b"\xff", None)} == {(h["h"], h["without-value"]) for h in headers}
    assert all(h[f"{STREAMS_PREFIX}message"] == h[f"{HEADER_PREFIX}detail"] for h in headers)
    assert {b"touches.web"} == {h[f"{HEADER_PREFIX}topic"] for h in headers}
    assert "zz-probe" not in str(headers)
    assert "t1" == event.id


async def test_a_touch_lands_on_the_partition_of_its_lead_with_where_it_came_from(
    kafka: Kafka, worker: StartWorker, settings: Settings
) -> None:
    await kafka.create(TOPICS)
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    people = [{"anonymous": f"a{n}", "crm:bitrix": f"{n}"} for n in range(20)]
    [first, *_] = await kafka.say(
        TOUCHES_WEB, [touch(n, who) for n, who in enumerate(people)], "k", headers=[("traceparent", trace.encode())]
    )
    await worker("identify")

    records = await kafka.hear(LEAD_EVENTS, 20)
    said = {event.id: event for r in records if (event := msgspec.json.decode(r.value, type=TouchSeen))}

    assert [partition_for(r.key, settings.partitions) for r in records] == [r.partition for r in records]
    assert 20 == len({r.key for r in records})
    hider = Hider(settings.identity_key.get_secret_value(), settings.region)
    assert {hider.lead_id(f"crm:bitrix:{n}").encode() for n in range(20)} == {r.key for r in records}
    assert ("touches.web", first.partition, first.offset, first.timestamp) == (
        said["t0"].origin.topic, said["t0"].origin.partition, said["t0"].origin.offset, said["t0"].origin.append_ms,
    )  # fmt: skip
    assert ("web", "/pricing", {"crm:bitrix": "7"}, trace) == (
        said["t7"].channel, said["t7"].page, said["t7"].ids, said["t7"].trace,
    )  # fmt: skip


async def test_each_lead_hears_its_touches_in_the_order_of_the_input(kafka: Kafka, worker: StartWorker) -> None:
    await kafka.create(TOPICS)
    said = [touch(f"{n:04d}", {"user": f"u{n % 7}"}) for n in range(700)]
    await kafka.say(TOUCHES_WEB, said, partition=1)
    await worker("identify")

    by_lead: dict[str, list[str]] = {}
    for lead, event in await events(kafka, 700):
        by_lead.setdefault(lead, []).append(event.id)

    assert 7 == len(by_lead)
    assert all(ids == sorted(ids) for ids in by_lead.values())


async def test_two_workers_racing_on_the_same_people_give_each_one_lead(kafka: Kafka, worker: StartWorker) -> None:
    await kafka.create(TOPICS)
    people = 150
    first, second = await worker("identify"), await worker("identify")
    for round_ in range(4):
        said = [touch(f"{round_}-{n}", _seen_as(n, round_)) for n in range(people)]
        await kafka.say(TOUCHES_WEB if round_ % 2 else TOUCHES_CALL, said, [f"{round_}{n}" for n in range(people)])

    heard = await events(kafka, 4 * people + people)
    # A rebalance may have written some of them twice: then as many more are to come.
    while len({event.id for _, event in heard}) < 4 * people + people:
        heard = await events(kafka, len(heard) + 1)
    leads: dict[str, set[str]] = {}
    for lead, event in heard:
        leads.setdefault(event.id.partition("-")[2].removesuffix("/derived"), set()).add(lead)

    assert people == len(leads)
    assert {1} == {len(found) for found in leads.values()}
    assert first.pid != second.pid


def _seen_as(person: int, round_: int) -> dict[str, str]:
    """The device is known from the first touch on, the address from the second, the CRM's id from the third."""
    who = {"anonymous": f"a{person}", "email": f"p{person}@acme.kz", "crm:bitrix": f"{person}"}
    return dict(list(who.items())[: min(round_ + 1, 3)])


async def test_people_of_one_office_phone_stay_two_and_people_of_two_channels_become_one(
    kafka: Kafka, worker: StartWorker
) -> None:
    await kafka.create(TOPICS)
    identify = await worker("identify")
    office = [touch(n, {"crm:bitrix": f"{n}", "phone": "+77010000009"}) for n in range(7)]
    await kafka.say(TOUCHES_WEB, [*office, touch(7, {"anonymous": "a1"}), touch(8, {"email": "cyd@acme.kz"})], "k")
    await events(kafka, 11)
    await kafka.say(TOUCHES_WEB, touch(9, {"anonymous": "a1", "email": "cyd@acme.kz"}), "k")

    heard = await events(kafka, 13)
    leads = {event.id: lead for lead, event in heard}
    [merged] = [(lead, event) for lead, event in heard if isinstance(event, MergedInto)]
    links = {r.key.decode(): json.loads(r.value) for r in await kafka.hear(IDENTITY_LINKS, 11)}

    assert 7 == len({leads[f"t{n}"] for n in range(7)})
    assert leads["t0"] == next(link["lead_id"] for key, link in links.items() if key.startswith("phone:"))
    assert sorted((leads["t7"], leads["t8"])) == [merged[1].survivor, merged[0]]
    assert merged[1].survivor == links[f"lead:{merged[0]}"]["lead_id"]
    assert leads["t8"] == leads["t9"], "a message goes to the home of its strongest identity"

    async def counted() -> bool:
        page = await identify.page("/metrics")
        return all(
            line in page
            for line in (
                'touchline_identity_merges_refused_total{reason="strong_differ"} 6.0',
                "touchline_identity_merges_total 1.0",
                "touchline_identities_shared_total 1.0",
            )
        )

    await until(counted, "one merge, six refused ones and one shared phone to be counted")


async def test_a_batch_sent_again_and_a_restart_give_the_same_leads(kafka: Kafka, worker: StartWorker) -> None:
    await kafka.create(TOPICS)
    said = [touch(n, {"email": f"P{n}@Acme.kz", "phone": f"8 701 000 {n:04d}"}) for n in range(50)]
    one = await worker("identify", session_timeout_s=6)
    await kafka.say(TOUCHES_WEB, said)
    first = dict.fromkeys((event.id, lead) for lead, event in await events(kafka, 100))
    one.kill()
    await one.ready()
    await kafka.say(TOUCHES_WEB, said)

    again = [(event.id, lead) for lead, event in await events(kafka, 150)]

    assert set(first) == set(again)
    assert 50 == len({lead for _, lead in again})


async def test_redis_away_loses_nothing_and_is_not_an_end(
    kafka: Kafka, worker: StartWorker, own_redis: RedisServer
) -> None:
    await kafka.create(TOPICS)
    identify = await worker("identify", redis=own_redis.url)
    await kafka.say(TOUCHES_WEB, [touch(n, {"user": f"u{n}"}) for n in range(20)])
    await events(kafka, 20)
    own_redis.stop()
    await kafka.say(TOUCHES_WEB, [touch(n, {"user": f"u{n}"}) for n in range(10, 40)])

    async def says_so() -> bool:
        return "touchline_redis_up 0.0" in await identify.page("/metrics")

    await until(says_so, "the gauge to say that Redis is away")
    assert {"live": True} == json.loads(await identify.page("/livez"))
    assert not await asyncio.to_thread(identify.answers), "readiness says that nothing moves"
    own_redis.start()
    heard = await events(kafka, 50)
    assert await asyncio.to_thread(identify.answers)

    assert {f"t{n}" for n in range(40)} == {event.id for _, event in heard}
    assert 40 == len({lead for lead, _ in heard})
    assert "touchline_redis_up 1.0" in await identify.page("/metrics")
