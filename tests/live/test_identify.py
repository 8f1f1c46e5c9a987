"""The identify worker over a real Kafka and Redis: everybody gets one lead, and nobody's data reaches the log."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from agents.producer import partition_for
from agents.redis_client import connect
from agents.redis_keys import RedisKeys
from agents.settings import Settings
from deploy.local.ports import free_port
from deploy.local.redis_server import Redis as RedisServer
from schemas.lead_event import CrmSaid, FactLearned, LeadEvent, TouchSeen
from schemas.profile import IdentityLink, Profile
from schemas.reject import HEADER_PREFIX, STREAMS_PREFIX
from streams.identity import Hider
from streams.topology import (
    CRM_UPDATES,
    DEAD_LETTERS,
    FACTS,
    IDENTIFY,
    IDENTITY_LINKS,
    LEAD_EVENTS,
    LEAD_PROFILES,
    TOUCHES_CALL,
    TOUCHES_WEB,
)
from tests.conftest import StartWorker
from tests.live.kafka import Kafka, until

pytestmark = pytest.mark.live

TOPICS = {*IDENTIFY.reads, *IDENTIFY.says}
AT = "2026-11-01T10:00:00Z"

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


def touch(number: int | str, who: dict[str, str], **more: Any) -> dict[str, Any]:
    return {"touch_id": f"t{number}", "kind": "page_view", "at": AT, "who": who, "page": "/pricing"} | more


async def events(kafka: Kafka, count: int, within_s: float = 20.0) -> list[tuple[str, LeadEvent]]:
    heard = await kafka.hear(LEAD_EVENTS, count, within_s)
    return [(r.key.decode(), msgspec.json.decode(r.value, type=LeadEvent)) for r in heard]


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

    leads: dict[str, set[str]] = {}
    for lead, event in await events(kafka, 4 * people + people):
        leads.setdefault(event.id.partition("-")[2].removesuffix("/derived"), set()).add(lead)

    assert people == len(leads)
    assert {1} == {len(found) for found in leads.values()}
    assert first.pid != second.pid


def _seen_as(person: int, round_: int) -> dict[str, str]:
    """The device is known from the first touch on, the address from the second, the CRM's id from the third."""
    who = {"anonymous": f"a{person}", "email": f"p{person}@acme.kz", "crm:bitrix": f"{person}"}
    return dict(list(who.items())[: min(round_ + 1, 3)])


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
    own_redis.start()
    heard = await events(kafka, 50)

    assert {f"t{n}" for n in range(40)} == {event.id for _, event in heard}
    assert 40 == len({lead for lead, _ in heard})
    assert "touchline_redis_up 1.0" in await identify.page("/metrics")


async def test_planted_personal_data_is_in_the_profile_and_never_on_the_log(kafka: Kafka, worker: StartWorker) -> None:
    await kafka.create(TOPICS)
    probe = {"email": "ZZ-probe@Example.com", "phone": "+77010000001"}
    planted = touch(
        1, probe, page="https://acme.kz/u/zz-probe%40example.com/x?email=zz-probe@example.com&tel=+77010000001#Zzprobe",
        campaign="for zz-probe@example.com", source="+7 701 000 00 01", message="Zz-Probe@example.com",
        kind="form_sent",
        props={"form": "call zz-probe@example.com", "comment": "Zzprobe", "term": "8 (701) 000-00-01",
               "plan": 77010000001},
    )  # fmt: skip
    learned = {
        "fact_id": "f1", "at": AT, "who": probe, "by": "form",
        "facts": {"name": "Zzprobe", "email": "zz-probe@example.com", "job_title": "CEO, +77010000001",
                  "headcount": 40},
    }  # fmt: skip
    await worker("identify")
    await kafka.say(TOUCHES_WEB, planted)
    await events(kafka, 2)
    await kafka.say(FACTS, learned)

    log = await kafka.hear(LEAD_EVENTS, 3)
    [*_, profile] = await kafka.values(LEAD_PROFILES, 2)
    links = await kafka.hear(IDENTITY_LINKS, 2)

    everything = str([(r.key, r.value, r.headers) for r in (*log, *links)]).lower()
    assert [] == [word for word in ("zz-probe", "zzprobe", "7010000001", "701 000") if word in everything]
    assert isinstance(profile, Profile)
    assert {"email": "zz-probe@example.com", "phone": "+77010000001", "name": "Zzprobe"} == {
        name: detail.value for name, detail in profile.details.items()
    }
    derived, seen, fact = [msgspec.json.decode(r.value, type=LeadEvent) for r in log]
    assert isinstance(derived, FactLearned)
    assert {"email_is_free": False, "email_valid": True, "phone_valid": True, "country": "KZ"} == derived.facts
    assert ("touchline", "t1/derived") == (derived.by, derived.id)
    assert isinstance(seen, TouchSeen)
    assert "/u/[email]/x" == seen.page
    assert isinstance(fact, FactLearned)
    assert {"job_title": "CEO, [phone]", "headcount": 40} == fact.facts
    assert {log[0].key.decode()} == {msgspec.json.decode(r.value, type=IdentityLink).lead_id for r in links}


async def test_an_answer_of_a_crm_finds_its_lead_by_the_handoff(
    kafka: Kafka, worker: StartWorker, settings: Settings
) -> None:
    await kafka.create(TOPICS)
    redis, keys = connect(settings, patient=False), RedisKeys(settings.prefix)
    lead = Hider(settings.identity_key.get_secret_value(), settings.region).lead_id("user:cyd")
    await redis.set(keys.handoff_lead("h1"), lead)
    await redis.aclose()
    said: list[dict[str, Any]] = [
        {"update_id": "u1", "at": AT, "handoff_id": "h1", "kind": "accepted", "who": {"crm:bitrix": "42"}, "by": "ann"},
        {"update_id": "u2", "at": AT, "handoff_id": "h9", "kind": "accepted"},
        {"update_id": "u3", "at": AT, "kind": "absent", "person": "ann"},
        {"update_id": "u4", "at": AT, "who": {"crm:bitrix": "42"}, "kind": "won", "amount": 100, "currency": "KZT"},
        {"update_id": "u5", "at": AT, "who": {"crm:bitrix": "42"}, "kind": "refused", "cause": "too_expensive"},
    ]
    identify = await worker("identify")
    await kafka.say(CRM_UPDATES, said, partition=0)

    heard = await events(kafka, 2)
    letters = {json.loads(r.value)["update_id"]: dict(r.headers) for r in await kafka.hear(DEAD_LETTERS, 2)}

    assert [(lead, "u1"), (lead, "u4")] == [(key, event.id) for key, event in heard]
    assert all(isinstance(event, CrmSaid) and event.ids == {"crm:bitrix": "42"} for _, event in heard)
    assert {"u2": b"unknown_handoff", "u5": b"wrong_shape"} == {
        update: headers[f"{HEADER_PREFIX}reason"] for update, headers in letters.items()
    }
    assert 'touchline_inputs_skipped_total{topic="crm.updates"} 1.0' in await identify.page("/metrics")
