"""Conditions: three values, gates that open, campaigns that vary, and the moment time alone changes an answer."""

from random import Random
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas import condition as c
from schemas.lead_event import LeadEvent
from schemas.lead_state import LeadState
from schemas.scoring_model import Campaign, FastPath, Level, Rule, ScoringModel
from schemas.units import DAY_MS, HOUR_MS, MICRO
from streams.conditions import asked_facts, asked_kinds, holds, next_change, phrase
from streams.judge import Judge
from streams.scoring.engagement import lines
from streams.scoring.forecast import falls_to
from tests.pure.lives import T, judge, learned, live, points, touched
from tests.pure.model_draws import histories, lead_condition, model, seeds
from tests.pure.naive import Naive

BIG = c.FactIs("headcount", c.AtLeast(20))
SOON = c.FactIs("purchase_by", c.Soon(14 * DAY_MS))
ASK = Rule(name="ask", when=("ask",), points=5 * MICRO)
M1 = judge().model


def having(*rules: Rule, **more: Any) -> Judge:
    """M1 with these rules instead of its own."""
    more = {"rules": rules, "bursts": (), "surges": (), "groups": {}, **more}
    return Judge.of(msgspec.structs.replace(M1, **more))


def varied(rule: Rule, **more: Any) -> Rule:
    return msgspec.structs.replace(rule, **more)


GATED = having(varied(ASK, gate=BIG), Rule(name="visit", when=("visit",), points=MICRO))


def test_a_gated_rule_counts_nothing_until_what_it_asks_is_known_and_true() -> None:
    life: list[LeadEvent] = [touched("ask"), learned(headcount=8), learned(T + 1, headcount=40)]

    assert [0, 0, 5] == [points(live(life[:n], GATED)[0]) for n in (1, 2, 3)]
    assert 5 == points(live([life[2], life[0]], GATED)[0])
    life.append(learned(T + 2, headcount=3))
    assert 0 == points(live(life, GATED)[0])


def test_a_gate_that_a_fact_opens_or_shuts_is_a_line_of_the_ledger_with_its_rule() -> None:
    life: list[LeadEvent] = [touched("ask"), learned(T, "sales", headcount=40), learned(T + 1, "sales", headcount=3)]
    told = [e for e in live(life, GATED)[1].ledger if e.dimension == "engagement"]

    assert [("ask", 5.0, 5.0, "fact", "sales"), ("ask", -5.0, 0.0, "fact", "sales")] == [
        (e.rule, e.delta, e.score_after, e.cause, e.by) for e in told
    ]


def test_a_touch_behind_a_shut_gate_writes_no_line() -> None:
    assert [] == live([touched("ask")], GATED)[1].ledger
    assert [] == lines(live([touched("ask")], GATED)[0], GATED, T)


def test_a_gate_over_a_date_opens_and_shuts_by_time_alone_to_the_millisecond() -> None:
    by = having(varied(ASK, gate=c.FactIs("purchase_by", c.Soon(DAY_MS))))
    life: list[LeadEvent] = [touched("ask"), learned(purchase_by=T + 3 * DAY_MS)]

    def then(at_ms: int) -> tuple[float, list[tuple[str, float]]]:
        state, told = live([*life, touched("note", at_ms)], by)
        return points(state), [(e.rule, e.delta) for e in told.ledger if e.dimension == "engagement"]

    assert (0.0, []) == then(T + 2 * DAY_MS - 1)
    assert (5.0, [("time", 5.0)]) == then(T + 2 * DAY_MS)
    assert (5.0, [("time", 5.0)]) == then(T + 3 * DAY_MS)
    assert (0.0, []) == then(T + 3 * DAY_MS + 1)


def test_a_forecast_knows_the_gates_and_when_they_turn() -> None:
    by = having(varied(ASK, gate=c.FactIs("purchase_by", c.Soon(14 * DAY_MS))))
    state, _ = live([touched("ask"), learned(purchase_by=T + DAY_MS)], by)

    assert T + DAY_MS + 1 == falls_to(state, by, 4 * MICRO)
    assert T == falls_to(live([touched("ask")], by)[0], by, 4 * MICRO)


def test_where_tells_values_apart_that_a_dictionary_takes_for_one() -> None:
    plan = having(varied(ASK, where=c.PropIs("plan", c.OneOf(("yes",)))))

    def earns(value: Any) -> float:
        return points(live([touched("ask", props={"plan": value})], plan)[0])

    assert [0, 5, 0, 5, 0] == [earns(v) for v in (1, True, 1.0, "yes", "True")]


def test_where_asks_each_touch_by_its_own_fields_and_its_own_time() -> None:
    medium = having(varied(ASK, where=c.TouchIs("medium", ("email*",))))
    fresh = having(varied(ASK, where=c.PropIs("due", c.Soon(DAY_MS))))
    two = [touched("ask", medium="E-mail"), touched("ask", medium="email-2")]
    due = [touched("ask", T + n, props={"due": T + DAY_MS + 1}) for n in (0, 1)]

    assert 5 == points(live(two, medium)[0])
    assert 5 == points(live(due, fresh)[0])
    assert 0 == points(live([touched("ask", props={})], fresh)[0])


SPRING = Campaign(name="spring", until_ms=T, engagement=25 * MICRO, fit=7 * MICRO, points={"ask": 8 * MICRO})
EBOOK = having(varied(ASK, limit=10 * MICRO), campaigns=(SPRING,))


def test_a_touch_of_a_campaign_is_a_line_of_its_own_with_its_own_limit_until_the_campaign_ends() -> None:
    state, _ = live([touched("ask", at, campaign="Spring") for at in (T - 2, T - 1, T)], EBOOK)

    assert [("ask", 5 * MICRO), ("ask@spring", 16 * MICRO), ("limit ask@spring", -6 * MICRO)] == [
        (name, worth) for name, worth, _ in lines(state, EBOOK, T)
    ]


def test_the_latest_campaign_by_time_gives_the_handoff_line_while_it_lasts() -> None:
    late = [touched("x", T - 5, campaign="spring"), touched("x", T - 9, campaign="other"), touched("x", T - 4)]
    state = live(late, EBOOK)[0]
    line, usual = EBOOK.line_of(state, T - 1), M1.handoff

    assert line is not None
    assert usual is not None
    assert (25 * MICRO, 7 * MICRO) == (line.engagement, line.fit)
    assert SPRING == EBOOK.campaign_of(state, T - 1)
    assert line.rearm_under < line.engagement
    assert (None, usual) == (EBOOK.campaign_of(state, T), EBOOK.line_of(state, T))
    assert usual == EBOOK.line_of(live([*late, touched("x", T - 1, campaign="other")], EBOOK)[0], T - 1)


def test_a_lead_remembers_what_conditions_ask_about_and_nothing_else() -> None:
    asking = having(
        levels=(Level(name="MQL", without=("checkout",)),),
        fast_paths=(FastPath(level="SQL", hand_off=True, any=(c.Did(("invoice",)),)),),
    )
    life = [touched("checkout", T), touched("checkout", T - 1), touched("invoice", T - 2), touched("visit", T)]

    assert {"checkout": T, "invoice": T - 2} == live(life, asking)[0].did
    assert frozenset({"checkout", "invoice"}) == asking.asked_kinds


KNOWN: tuple[tuple[c.Condition, bool | None], ...] = (
    (BIG, None),
    (c.NotOf(BIG), None),
    (c.AllOf((BIG, c.Did(("gone",)))), False),
    (c.AnyOf((BIG, c.Did(("ask",)))), True),
    (c.AllOf((BIG, c.Did(("ask",)))), None),
    (c.NotOf(c.Did(("gone",))), True),
    (c.Did(("ask",), DAY_MS), True),
    (c.Did(("ask",), HOUR_MS), False),
)


@pytest.mark.parametrize(("condition", "expected"), KNOWN)
def test_what_is_not_known_is_neither_true_nor_false(condition: c.Condition, expected: bool | None) -> None:
    by, state = having(ASK), LeadState(as_of_ms=T, did={"ask": T - HOUR_MS})

    assert expected is holds(condition, state, by, T)


SAID: tuple[tuple[c.Condition, str], ...] = (
    (c.Did(("checkout_start",)), "did checkout_start"),
    (c.Did(("a", "b"), 90 * 60_000), "did a or b within 90 minutes"),
    (SOON, "purchase_by within 14 days"),
    (c.FactIs("headcount", c.AtLeast(500)), "headcount 500 or more"),
    (c.FactIs("turnover_usd", c.Between(0.5, 3_000_000)), "turnover_usd 0.5 to 3000000"),
    (c.FactIs("founded", c.Aged(2 * 31_557_600_000, True)), "founded 2 years ago or earlier"),
    (c.FactIs("budget_ok", c.Is(True)), "budget_ok yes"),
    (c.AllOf((BIG, c.AnyOf((SOON, c.NotOf(BIG))))), ("headcount 20 or more and (purchase_by within 14 days or not "
     "headcount 20 or more)")),
    (c.TouchIs("page", ("/a*", "/b")), "page /a* or /b"),
    (c.PropIs("plan", c.Under(3)), "plan under 3"),
)  # fmt: skip


@pytest.mark.parametrize(("condition", "expected"), SAID)
def test_a_condition_is_said_as_a_person_says_it(condition: c.Condition, expected: str) -> None:
    assert expected == phrase(condition)


def test_a_condition_names_the_kinds_and_facts_it_asks_about() -> None:
    both = c.AllOf((BIG, c.NotOf(c.AnyOf((SOON, c.Did(("a", "b")))))))

    assert frozenset({"a", "b"}) == asked_kinds(both)
    assert frozenset({"headcount", "purchase_by"}) == asked_facts(both)


ALL_KINDS = Level(name="all", without=("visit", "view", "ask", "call"))
MODEL: ScoringModel = msgspec.structs.replace(model([], 1), levels=(ALL_KINDS,))
BY = Judge.of(MODEL)


@settings(max_examples=300, deadline=None)
@given(seeds, histories(most=15), st.integers(0, 8))
def test_an_answer_is_that_of_the_definitions_and_time_changes_it_only_when_said(
    seed: int, life: list[LeadEvent], turns: int
) -> None:
    asked, at_ms = lead_condition(Random(seed)), T
    state = live([*life, touched("note", T)], BY)[0]

    for _ in range(turns + 1):
        answer, until = holds(asked, state, BY, at_ms), next_change(asked, state, BY, at_ms)
        probes = {at_ms + span for span in (0, 1, HOUR_MS, DAY_MS, 5 * DAY_MS, 40 * DAY_MS)} | {until - 1, until + 1}
        for probe in sorted(p for p in probes if p >= at_ms):
            assert Naive(MODEL, life, probe).holds(asked) is holds(asked, state, BY, probe)
            if until == 0 or probe < until:
                assert answer is holds(asked, state, BY, probe)
        if until == 0:
            return
        assert at_ms < until
        at_ms = until


def test_a_simple_date_turns_at_the_very_millisecond_said() -> None:
    state = live([learned(purchase_by=T + 20 * DAY_MS), touched("note", T)], having(ASK))[0]
    by = having(ASK)
    opens, shuts = T + 6 * DAY_MS, T + 20 * DAY_MS + 1

    assert [opens, shuts, 0] == [next_change(SOON, state, by, at) for at in (T, opens, shuts)]
    assert [False, True, True, False] == [holds(SOON, state, by, at) for at in (opens - 1, opens, shuts - 1, shuts)]
