"""What identify says of a person and of an answer: nobody's data on the log, every answer on its lead."""

import json
from typing import Any

import msgspec
import pytest

from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from schemas.lead_event import CrmSaid, FactLearned, LeadEvent, TouchSeen
from schemas.profile import IdentityLink, Profile
from schemas.reject import HEADER_PREFIX
from streams.people.identity import Hider
from streams.topology import CRM_UPDATES, DEAD_LETTERS, FACTS, IDENTITY_LINKS, LEAD_EVENTS, LEAD_PROFILES, TOUCHES_WEB
from tests.conftest import StartWorker
from tests.live.kafka import Kafka, until
from tests.live.touches import AT, TOPICS, events, touch

pytestmark = pytest.mark.live


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
        {"update_id": "u3", "at": AT, "kind": "absent", "person": "ann", "to": "2026-11-05T09:00:00Z"},
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

    async def counts_the_absence() -> bool:
        return 'touchline_inputs_skipped_total{topic="crm.updates"} 1.0' in await identify.page("/metrics")

    await until(counts_the_absence, "the absence of a seller to be counted")
