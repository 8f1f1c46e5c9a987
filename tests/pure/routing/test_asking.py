"""Who takes a caller: who has the lead keeps it; for others the policy answers, and nobody is promised."""

from typing import Any

import msgspec
import pytest

from schemas.card import Card, TouchTold, Velocity
from schemas.handoff import HandoffEvent, HandoffType
from streams.routing.asking import Answer, Desk, Known, Question, answer, read_question
from streams.routing.choosing import Chooser
from streams.routing.handing_over import Office, route
from streams.routing.sharing import Load
from streams.segment.api import Fault, Refusal
from tests.pure.ripes import ripe
from tests.pure.routing.policies import POLICY, almaty

CHOOSER = Chooser(POLICY)
TUESDAY = almaty("2026-11-24T15:00")
NIGHT = almaty("2026-11-24T23:30")


def asked(known: Known | None = None, at_ms: int = TUESDAY, desk: Desk | None = None, **said: Any) -> Answer:
    return answer(CHOOSER, Question(**said), known, at_ms, desk or Desk())


def card(**said: Any) -> Card:
    usual: dict[str, Any] = {
        "lead_id": "L1", "ids": {"crm:hubspot": "501"}, "engagement": 48.0, "fit": 20.0, "completeness": 10.0,
        "priority": 60.0, "temperature": "hot", "grade": "B", "label": "B/hot", "breakdown": [], "fit_breakdown": [],
        "velocity": Velocity(pace=3.0), "sources": [], "inquiries": 2, "attempts": 0, "captured_by": "google",
        "model": "b2b@1", "as_of": "2026-11-24T10:00:00Z", "as_of_ms": TUESDAY, "level": "SQL",
    }  # fmt: skip
    return Card(**(usual | said))


def handoff(owner: str = "", queue: str = "") -> HandoffEvent:
    said = ripe(type=HandoffType.ASSIGNED, owner=owner, queue=queue, lead_id="L1")
    return route(said, {}, Office(chooser=CHOOSER, source="touchline")).handoff


def test_nobody_known_gets_what_the_policy_says_of_somebody_unknown() -> None:
    said = asked(phone="+77010000009", channel="call")

    assert (False, "", "sdr-desk", "everyone else") == (said.known, said.owner, said.queue, said.rule)
    assert (None, "", [], False) == (said.score, said.label, said.touches, said.degraded)


def test_a_number_that_is_withheld_is_answered_as_well() -> None:
    assert asked(phone="+77010000009") == asked(phone=None) == asked()


def test_the_page_the_hour_and_what_the_line_knows_decide() -> None:
    assert "price page" == asked(page="/pricing/teams", facts={"city": "Almaty"}).rule
    assert ("call at night", "voicemail") == ((said := asked(at_ms=NIGHT, channel="call")).rule, said.queue)
    assert "big deal" == asked(facts={"headcount": 900, "product": "seo"}).rule


def test_who_has_the_open_handoff_keeps_the_lead_whatever_the_page() -> None:
    known = Known(lead_id="L1", card=card(owner="ann"), handoff=handoff("ann"), rule="everyone else")
    said = asked(known, page="/pricing", channel="call")

    assert ("ann", "", "everyone else", True) == (said.owner, said.queue, said.rule, said.at_work)
    assert ("L1", {"crm:hubspot": "501"}, "B/hot", "SQL") == (said.lead_id, said.crm_ids, said.label, said.level)
    assert said.score is not None
    assert 48.0 == said.score.engagement
    assert ["demo_request"] == [touch.kind for touch in said.touches]


def test_an_owner_who_is_not_at_work_is_named_beside_who_takes_it_instead() -> None:
    known = Known(lead_id="L1", card=card(), handoff=handoff("ann"))
    away = asked(known, desk=Desk(away=frozenset({"ann"})))
    at_night = asked(known, NIGHT, channel="call")

    assert ("ann", False, "open handoff") == (away.owner, away.at_work, away.rule)
    assert away.otherwise is not None
    assert "ann" not in away.otherwise.people
    assert at_night.otherwise is not None
    assert "voicemail" == at_night.otherwise.queue


def test_people_are_named_by_whose_turn_it_is_and_only_with_room() -> None:
    full = {"ann": 12}
    said = asked(desk=Desk(load=Load(open=full)), page="/pricing")
    free = asked(page="/pricing")

    assert free.people
    assert "ann" == free.people[0]
    assert "ann" not in said.people


def test_asking_changes_nothing() -> None:
    load = Load(open={"ann": 3}, shares={"team:sdr-desk": 2.0})
    before = msgspec.json.encode(load)

    assert asked(desk=Desk(load=load)) == asked(desk=Desk(load=load))
    assert before == msgspec.json.encode(load)


@pytest.mark.parametrize(
    ("body", "fault", "field"),
    [
        (b'{"phone": 77010000001}', Fault.WRONG_SHAPE, "phone"),
        (b"[]", Fault.WRONG_SHAPE, "body"),
        (b'{"phone": "+7', Fault.NOT_JSON, "body"),
        (b"[" * 50_000, Fault.WRONG_SHAPE, "body"),
        (b'{"phone": "\xff"}', Fault.NOT_JSON, "body"),
    ],
)
def test_a_question_that_cannot_be_read_is_refused_by_its_field(body: bytes, fault: Fault, field: str) -> None:
    said = read_question(body)

    assert isinstance(said, Refusal)
    assert (fault, field) == (said.fault, said.field)


def test_words_we_do_not_know_and_nulls_do_no_harm() -> None:
    assert Question(phone="+77010000001") == read_question(b'{"phone": "+77010000001", "page": null, "ivr": {"x": 1}}')


def test_what_is_known_of_a_lead_without_a_handoff_is_told_and_decides() -> None:
    touch = TouchTold(at="2026-12-01T07:00:00.000Z", touch_id="t9", kind="page_view", page="/pricing")
    known = Known(lead_id="L1", card=card(facts={"headcount": 800, "product": "seo"}, touches=[touch]))
    told = asked(known)

    assert ("big deal", [touch], {"headcount": 800, "product": "seo"}) == (told.rule, told.touches, told.facts)
    assert "seo" == asked(known, facts={"headcount": 5}).facts["product"]
    assert "too small" == asked(known, facts={"headcount": 5}).rule, "what the line knows is put before what we know"
