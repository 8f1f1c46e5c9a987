"""Who fails a primary criterion is for partners: where the model says so, and never for our own sales."""

import msgspec

from schemas.handoff import HandoffType, Ripe
from schemas.lead_event import LeadEvent
from schemas.routing_policy import Partner, RoutingRule, Target
from streams.folded import Folded
from streams.judge import Judge
from streams.routing.choosing import Chooser, situation_of
from streams.routing.handing_over import Office, route
from tests.pure.lives import MODELS, T, learned, live, touched
from tests.pure.model.documents import read
from tests.pure.routing.policies import POLICY

OURS = Judge.of(read((MODELS / "m1_full.yaml").read_text()))
SMALL: list[LeadEvent] = [learned(headcount=8), touched("demo_request", T), touched("demo_request", T, id="opens")]


def with_partners() -> Judge:
    model = OURS.model
    assert model.handoff is not None
    return Judge.of(msgspec.structs.replace(model, handoff=msgspec.structs.replace(model.handoff, partners=True)))


def requested(folded: Folded) -> list[Ripe]:
    return [word for word in folded.ripe if word.type == "requested"]


def test_without_the_models_word_such_a_lead_is_a_counted_suppression() -> None:
    folded = live(SMALL, OURS)[1]

    assert ([], {"fit": 1}) == (requested(folded), dict(folded.suppressed))


def test_with_it_the_lead_is_handed_off_for_partners_only() -> None:
    [word] = requested(live(SMALL, with_partners())[1])
    chosen = Chooser(POLICY).choose(situation_of(word), word.at_ms)

    assert word.partner_only
    assert [("partner", "incubator")] == [(option.kind, option.target) for option in chosen.options]


def test_whoever_meets_the_criteria_is_for_our_own_sales() -> None:
    [word] = requested(live([learned(headcount=40), *SMALL[1:]], with_partners())[1])

    assert not word.partner_only


def test_our_own_people_never_get_it_whatever_the_rules_say() -> None:
    everyone = RoutingRule(name="everyone", to=Target(kind="team", name="sdr-desk"))
    policy = msgspec.structs.replace(
        POLICY, rules=(everyone, RoutingRule(name="rest", to=Target(kind="partner", name="incubator"))),
        partners={"incubator": Partner(name="incubator", gets=("contacts", "need"))},
    )  # fmt: skip
    [word] = requested(live(SMALL, with_partners())[1])
    handoff = route(word, {"email": "a@example.com"}, Office(chooser=Chooser(policy), source="touchline")).handoff

    assert ("incubator", "", "", None) == (
        handoff.data.partner, handoff.data.owner, handoff.data.queue, handoff.data.score,
    )  # fmt: skip


def test_what_crosses_the_assignment_tells_a_partner_no_more_than_the_request_did() -> None:
    policy = msgspec.structs.replace(
        POLICY, people={}, teams={}, partners={"incubator": Partner(name="incubator", gets=("need",))},
        rules=(RoutingRule(name="rest", to=Target(kind="partner", name="incubator")),),
    )  # fmt: skip
    [word] = requested(live(SMALL, with_partners())[1])
    crossing = msgspec.structs.replace(word, type=HandoffType.UPDATED, revision=2, partner_only=False)
    handoff = route(crossing, {"email": "a@example.com"}, Office(chooser=Chooser(policy), source="touchline")).handoff

    assert ({}, None, []) == (handoff.data.contact, handoff.data.score, handoff.data.breakdown)
