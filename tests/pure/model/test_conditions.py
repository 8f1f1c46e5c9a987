"""What conditions compile to: one normal form, the touch apart from the facts."""

import pytest

from schemas.condition import (
    AllOf,
    AnyOf,
    AtLeast,
    Between,
    Condition,
    Did,
    FactIs,
    Is,
    NotOf,
    OneOf,
    PropIs,
    Soon,
    TouchIs,
)
from schemas.scoring_model import Criterion
from schemas.units import DAY_MS, MICRO
from streams.model import model_digest
from tests.pure.model.documents import read, small

ALMATY = FactIs("city", OneOf(("almaty",)))
BIG = FactIs("headcount", AtLeast(20))
GOOGLE = TouchIs("source", ("google",))
PRICES = TouchIs("page", ("/pricing*",))
TEAM = PropIs("plan", OneOf(("team",)))


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ("medium: CPC", TouchIs("medium", ("cpc",))),
        ("message: [spring, 'News *']", TouchIs("message", ("news *", "spring"))),
        ("product: seo", TouchIs("product", ("seo",))),
        ("props: {plan: Team}", TEAM),
        ("props: {plan: [team, 'ent*']}", PropIs("plan", OneOf(("ent*", "team")))),
        ("props: {seats: 20 or more}", PropIs("seats", AtLeast(20))),
        ("props: {seats: 20 to 50}", PropIs("seats", Between(20, 50))),
        ("props: {seats: 20}", PropIs("seats", Is(20.0))),
        ("props: {answered: true}", PropIs("answered", Is(True))),
        ("any: [{page: /pricing*}, {source: google}]", AnyOf((PRICES, GOOGLE))),
        ("any: {page: /pricing*, source: google}", AnyOf((PRICES, GOOGLE))),
        ("not: {source: google}", NotOf(GOOGLE)),
        ("not: [{source: google}, {page: /pricing*}]", AllOf((NotOf(PRICES), NotOf(GOOGLE)))),
        ("not: {source: google, page: /pricing*}", AnyOf((NotOf(PRICES), NotOf(GOOGLE)))),
        ("not: {not: {props: {plan: team}}}", TEAM),
        ("any: [{any: [{page: /pricing*}]}, {source: google}]", AnyOf((PRICES, GOOGLE))),
    ],
)  # fmt: skip
def test_a_rule_asks_the_touch_as_it_is_said(said: str, where: Condition) -> None:
    rule = small(rule=f", {said}").rules[0]

    assert (where, None) == (rule.where, rule.gate)


@pytest.mark.parametrize(
    ("said", "gate"),
    [
        ("facts: {city: Almaty}", ALMATY),
        ("facts: {city: Almaty, headcount: 20 or more}", AllOf((ALMATY, BIG))),
        ("facts: {any: [{city: Almaty}, {headcount: 20 or more}]}", AnyOf((ALMATY, BIG))),
        ("not: {facts: {city: Almaty}}", NotOf(ALMATY)),
        ("any: [{facts: {city: Almaty}}, {facts: {headcount: 20 or more}}]", AnyOf((ALMATY, BIG))),
    ],
)
def test_facts_of_a_rule_are_its_gate(said: str, gate: Condition) -> None:
    rule = small(rule=f", {said}").rules[0]

    assert (None, gate) == (rule.where, rule.gate)


def test_touch_and_facts_that_must_both_hold_part_ways() -> None:
    rule = small(rule=", all: [{page: /pricing*}, {facts: {city: Almaty}}, {props: {plan: team}}]").rules[0]

    assert (("/pricing*",), TEAM, ALMATY) == (rule.page, rule.where, rule.gate)


def test_neither_is_not_the_one_and_not_the_other_so_touch_and_facts_part_ways_there_too() -> None:
    rule = small(rule=", not: [{source: google}, {facts: {headcount: 20 or more}}]").rules[0]

    assert (NotOf(GOOGLE), NotOf(BIG)) == (rule.where, rule.gate)


@pytest.mark.parametrize(
    ("said", "same"),
    [
        (", page: /a, source: google", ", all: [{source: Google}, {page: /a}]"),
        (", any: [{page: /a}, {medium: cpc}]", ", any: [{medium: CPC}, {page: /a}, {page: /a}]"),
        (", not: [{page: /a}, {medium: cpc}]", ", all: [{not: {medium: cpc}}, {not: {page: /a}}]"),
        (", repeat: once per day", ", repeat: 1 per day"),
    ],
)
def test_two_ways_of_saying_the_same_have_one_digest(said: str, same: str) -> None:
    assert model_digest(small(rule=said)) == model_digest(small(rule=same))


def test_points_by_value_are_a_rule_for_each_value() -> None:
    text = """
model: small
version: 1
engagement:
  groups: {buying: {limit: 30}}
  rules:
    asked: {when: visit, points: {plan: {Team: 5, 10: 20}}, group: buying, medium: cpc, limit: 8}
"""
    found = {rule.name: (rule.points // MICRO, rule.where, rule.group, rule.limit) for rule in read(text).rules}
    cpc = TouchIs("medium", ("cpc",))

    assert {
        "asked.Team": (5, AllOf((TEAM, cpc)), "buying", 8 * MICRO),
        "asked.10": (20, AllOf((PropIs("plan", Is(10.0)), cpc)), "buying", 8 * MICRO),
    } == found


@pytest.mark.parametrize(
    ("said", "criterion"),
    [
        ("{headcount: 20 or more, city: Almaty, points: 1}", AllOf((ALMATY, BIG))),
        ("{any: [{headcount: 20 or more}, {city: Almaty}], points: 1}", AnyOf((ALMATY, BIG))),
        ("{not: {city: Almaty}, points: 1}", NotOf(ALMATY)),
        ("{city: Almaty, not: {headcount: 20 or more}, points: 1}", AllOf((ALMATY, NotOf(BIG)))),
    ],
)
def test_a_criterion_asks_several_facts_together(said: str, criterion: Condition) -> None:
    assert (Criterion(name="known", fact="", where=criterion, points=MICRO),) == small(criterion=said).secondary


def test_a_criterion_of_one_fact_is_the_same_however_it_is_said() -> None:
    assert small(criterion="{city: Almaty, points: 1}") == small(criterion="{all: [{city: Almaty}], points: 1}")


def test_a_step_of_a_scale_and_all_stronger_ones() -> None:
    assert small(criterion="{spec: draft or more, points: 1}") == small(
        criterion="{spec: [draft, approved], points: 1}"
    )


@pytest.mark.parametrize(
    ("said", "where"),
    [
        ("did: demo_request", Did(("demo_request",))),
        ("did: [demo_request, call]", Did(("call", "demo_request"))),
        ("did: demo_request within 30d", Did(("demo_request",), 30 * DAY_MS)),
        ("did: [demo_request within 30d, call]", AnyOf((Did(("call",)), Did(("demo_request",), 30 * DAY_MS)))),
        ("any: [founded: within 14d, did: call]", AnyOf((Did(("call",)), FactIs("founded", Soon(14 * DAY_MS))))),
        ("city: Almaty, did: call", AllOf((Did(("call",)), ALMATY))),
    ],
)
def test_segments_and_levels_ask_what_is_known_and_what_was_done(said: str, where: Condition) -> None:
    model = small(top=f"segments: {{group: {{{said}}}}}\nlevels: {{MQL: {{{said}}}}}")

    assert sorted(map(repr, _parts(where))) == sorted(map(repr, _parts(model.segments[0].where)))
    assert model.segments[0].where == model.levels[0].where


def _parts(condition: Condition | None) -> tuple[Condition | None, ...]:
    return condition.of if isinstance(condition, AllOf | AnyOf) else (condition,)
