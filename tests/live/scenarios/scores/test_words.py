"""Whatever was said by now, in this and the scenarios before: it has its published shape, and it adds up (M1)."""

import json
from collections import defaultdict
from datetime import datetime
from pathlib import Path
from typing import Any

import jsonschema_rs
import msgspec
import pytest

from streams.topology import (
    CRM_UPDATES,
    DEAD_LETTERS,
    FACTS,
    HANDOFFS,
    LEAD_CARDS,
    LEAD_EVENTS,
    LEAD_LEDGER,
    LEAD_STAGES,
    RIPE,
    TOUCHES_WEB,
    Topic,
)
from tests.live.scenarios.crew import Crew
from tests.live.scenarios.lead import Lead, after, before

pytestmark = [pytest.mark.live, pytest.mark.asyncio(loop_scope="package")]

SCHEMAS = Path(__file__).parents[4] / "schemas" / "json"
SPOKEN = (LEAD_CARDS, LEAD_LEDGER, LEAD_STAGES, LEAD_EVENTS, RIPE, HANDOFFS)
BAD: list[tuple[Topic, bytes, str]] = [
    (TOUCHES_WEB, b"", "no_value"),
    (TOUCHES_WEB, b"\xff\xfe", "not_utf8"),
    (TOUCHES_WEB, b"{", "not_json"),
    (TOUCHES_WEB, b"[" * 50_000, "too_deep"),
    (TOUCHES_WEB, b'{"touch_id":"1","kind":"' + b"x" * 300_000 + b'","at":1,"who":{"email":"a@b.kz"}}', "too_large"),
    (TOUCHES_WEB, b'{"touch_id":"1","at":1,"who":{"email":"a@b.kz"}}', "wrong_shape"),
    (TOUCHES_WEB, b'{"touch_id":"1","kind":"x","at":1,"who":{}}', "no_identity"),
    (TOUCHES_WEB, b'{"touch_id":"1","kind":"x","at":1,"who":{"email":"nobody"}}', "bad_identity"),
    (TOUCHES_WEB, b'{"touch_id":"1","kind":"x","at":"soon","who":{"email":"a@b.kz"}}', "bad_time"),
    (TOUCHES_WEB, b'{"touch_id":"1","kind":"x","at":9999999999999,"who":{"email":"a@b.kz"}}', "bad_time"),
    (FACTS, b'{"fact_id":"1","at":1,"who":{"email":"a@b.kz"},"by":"form","name":"headcount"}', "wrong_shape"),
    (CRM_UPDATES, b'{"update_id":"1","at":1,"who":{"email":"a@b.kz"},"kind":"promoted"}', "wrong_shape"),
    (CRM_UPDATES, b'{"update_id":"1","at":1,"who":{"email":"a@b.kz"},"kind":"refused","cause":"x"}', "wrong_shape"),
    (CRM_UPDATES, b'{"update_id":"1","at":1,"handoff_id":"none","kind":"accepted"}', "unknown_handoff"),
]  # fmt: skip


async def test_each_bad_message_is_set_aside_byte_for_byte_with_where_it_came_from(crew: Crew) -> None:
    for number, (topic, value, reason) in enumerate(BAD):
        (place,) = await crew.say(topic, [value], [("mine", b"\x00\x01")], key=f"bad-{number}")
        letter = crew.heard[DEAD_LETTERS.name][-1]
        headers = dict(letter.headers)
        said = {
            name: headers[f"__touchline.errors.{name}"].decode() for name in ("reason", "topic", "partition", "offset")
        }

        assert {
            "reason": reason,
            "topic": topic.name,
            "partition": str(place.partition),
            "offset": str(place.offset),
        } == said
        assert (f"bad-{number}".encode(), value, b"\x00\x01") == (letter.key, letter.value, headers["mine"])
        assert headers["__touchline.errors.detail"]


async def test_every_message_has_the_shape_its_schema_publishes(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "words", now)
    lead.who |= {"email": "words@firm.example", "phone": "+77015550177"}
    await lead.learns(headcount=40, name="Words", city="Moscow", by="sales", at=before(now, days=1))
    await lead.does(*(lead.touch("visit", before(now, hours=n), page="/x") for n in range(6)))
    await lead.does(*["demo_request"] * 3, "unsubscribe", lead.touch("page_view", page="/pricing", props={"plan": 1}))
    await lead.reported("attempt", channel="call", answered=True)
    handoff_id = lead.handoffs[0]["data"]["handoff_id"]
    answers: list[tuple[str, dict[str, Any]]] = [
        ("accepted", {}),
        ("stage", {"stage": "offer"}),
        ("won", {"amount": 1e6, "currency": "KZT"}),
    ]
    for minute, (kind, more) in enumerate(answers):
        await lead.reported(kind, after(now, minutes=minute), handoff_id=handoff_id, by="ann", sequence=minute, **more)
    await lead.reported("consent", purpose="contact", given=False)

    # Who has it is said again where another word crossed the assignment.
    assert ["requested", "accepted", "closed"] == [kind for kind in lead.types if kind not in ("updated", "assigned")]
    wrong = []
    for topic in SPOKEN:
        validator = jsonschema_rs.validator_for(
            json.loads((SCHEMAS / f"{topic.name}.json").read_bytes()), validate_formats=True
        )
        assert crew.heard[topic.name], topic.name
        for value in crew.values(topic):
            wrong += [(topic.name, str(error.instance_path), error.message) for error in validator.iter_errors(value)]
    assert [] == wrong


async def test_every_dead_letter_bears_the_headers_its_schema_publishes(crew: Crew) -> None:
    await crew.say(TOUCHES_WEB, [b"{"])
    validator = jsonschema_rs.validator_for(json.loads((SCHEMAS / "dead.letters.json").read_bytes()))

    for record in crew.heard[DEAD_LETTERS.name]:
        headers = {name: raw.decode() for name, raw in record.headers if name.startswith("__")}
        assert [] == [error.message for error in validator.iter_errors(headers)]


async def test_every_card_and_handoff_sums_to_its_score_and_every_ledger_to_its_card(crew: Crew) -> None:
    for said in (*crew.values(LEAD_CARDS), *(flat(event) for event in crew.values(HANDOFFS))):
        for score, lines in (("engagement", "breakdown"), ("fit", "fit_breakdown")):
            assert said[score] == pytest.approx(sum(line["points"] for line in said[lines]), abs=1e-6), said

    deltas: dict[tuple[str, str], float] = defaultdict(float)
    for entry in crew.values(LEAD_LEDGER):
        place = entry["lead_id"], entry["dimension"]
        deltas[place] += entry["delta"]
        assert entry["score_after"] == pytest.approx(deltas[place], abs=1e-6), entry
    latest = {card["lead_id"]: card for card in crew.values(LEAD_CARDS)}
    gone = {r.key.decode() for r in {r.key: r for r in crew.heard[LEAD_CARDS.name]}.values() if r.value is None}
    assert latest.keys() - gone
    for lead_id, card in latest.items():
        if lead_id in gone:
            continue  # its ledger goes on under the lead it was merged into
        for dimension in ("engagement", "fit", "completeness"):
            assert card[dimension] == pytest.approx(deltas[lead_id, dimension], abs=1e-6), card


def flat(event: dict[str, dict[str, object]]) -> dict[str, object]:
    """A handoff with its scores beside their lines."""
    return {**event["data"], **msgspec.convert(event["data"]["score"], dict[str, float])}


async def test_what_is_personal_is_on_no_topic_of_ours_but_profiles_and_handoffs(crew: Crew, now: datetime) -> None:
    lead = Lead(crew, "personal", now)
    lead.who |= {"email": "zz-probe@firm.example", "phone": "+7 701 000 00 42"}
    await lead.learns(headcount=40, name="Zzprobe", full_name="Zzprobe Q")
    await lead.does(
        lead.touch("demo_request", page="https://x.kz/a?mail=zz-probe@firm.example&n=Zzprobe#zz-probe%40firm.example",
                   campaign="to zz-probe@firm.example", props={"form": "call +7 701 000 00 42", "note": "Zzprobe"})
    )  # fmt: skip
    await lead.reported("accepted", handoff_id=lead.handoffs[0]["data"]["handoff_id"], by="ann")

    for topic in (LEAD_CARDS, LEAD_LEDGER, LEAD_STAGES, LEAD_EVENTS, RIPE):
        said = b"".join(record.value or b"" for record in crew.heard[topic.name]).lower()
        assert [] == [probe for probe in (b"zz-probe", b"zzprobe", b"77010000042", b"701 000") if probe in said], (
            topic.name
        )
    assert "zz-probe@firm.example" == lead.handoffs[0]["data"]["contact"]["email"]
