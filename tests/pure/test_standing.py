"""Levels, fast paths, segments, people's words: where a lead stands, and what that makes of it."""

from typing import Any

import msgspec
import pytest

from schemas.condition import AtLeast, Condition, Did, FactIs, OneOf, Soon
from schemas.lead_event import LeadEvent
from schemas.scoring_model import Campaign, FactDeclared, FastPath, Level, Segment
from schemas.units import DAY_MS, HOUR_MS, MICRO
from streams.card import card
from streams.judge import Judge
from tests.pure.lives import T, fit20, fit50, judge, learned, live, said, touched

SOON = FactIs("purchase_by", Soon(14 * DAY_MS))
ASKED: Condition = Did(("invoice_request",))
BOUGHT: Condition = Did(("checkout_start",))


def with_levels(**more: Any) -> Judge:
    model = judge(without="surge:").model
    changed: dict[str, Any] = {
        "facts": (*model.facts, FactDeclared(name="purchase_by", type="date")),
        "frameworks": {"BANT": ("budget_ok", "job_title", "specification", "purchase_by")},
        "segments": (
            Segment(name="enterprise", where=FactIs("headcount", AtLeast(500))),
            Segment(name="almaty", where=FactIs("city", OneOf(("almaty",)))),
            Segment(name="others", where=None),
        ),
        "levels": (
            Level(name="MQL", engagement=15 * MICRO, fit=20 * MICRO, without=("checkout_start",)),
            Level(name="SAL", means="accepted"),
            Level(name="SQL", engagement=40 * MICRO, primary=True, frameworks={"BANT": 3}),
        ),
        "fast_paths": (FastPath(level="SQL", hand_off=True, any=(SOON, ASKED, BOUGHT)),),
    }
    return Judge.of(msgspec.structs.replace(model, **(changed | more)))


LEVELS = with_levels()


def levels(*events: LeadEvent, by: Judge = LEVELS) -> list[tuple[str, str, str]]:
    return [(s.previous, s.to, s.why) for s in live(events, by)[1].stages if s.dimension == "level"]


def test_a_lead_over_both_lines_is_mql_and_checkout_makes_it_sql_with_its_reason() -> None:
    presentations = [touched("presentation_request", T + n) for n in range(3)]

    assert [("", "MQL", "engagement and fit"), ("MQL", "SQL", "did checkout_start")] == levels(
        fit20(), *presentations, touched("checkout_start", T + 9)
    )


def test_a_purchase_within_two_weeks_is_sql_at_once_and_handed_off_past_the_lines() -> None:
    near = learned(purchase_by="2026-12-05T12:00:00Z")
    _, told = live([near], LEVELS)

    assert [("", "SQL")] == [(s.previous, s.to) for s in told.stages if s.dimension == "level"]
    assert [("fast_path", "SQL at once")] == [(r.trigger.kind, r.trigger.rule) for r in told.ripe]
    assert told.ripe[0].why.startswith("SQL at once: purchase_by within 14")
    assert "SQL" == told.ripe[0].level
    assert [] == live([learned(purchase_by="2026-12-07T12:00:00Z")], LEVELS)[1].ripe


def test_a_fast_path_hands_off_once_for_as_long_as_it_holds() -> None:
    state, told = live(
        [
            touched("invoice_request", T),
            said("returned", T + HOUR_MS, reason="no_budget"),
            touched("visit", T + 20 * DAY_MS),
            touched("visit", T + 40 * DAY_MS),
        ],
        LEVELS,
    )

    assert ["requested", "returned"] == [r.type for r in told.ripe]
    assert "SQL" == state.level


def test_a_person_sets_a_level_until_a_day_and_takes_it_back() -> None:
    word = said("override", T, by="ann", level="SQL", until_ms=T + DAY_MS)

    assert [("", "SQL", "said by ann")] == levels(word, touched("visit", T + HOUR_MS))
    assert [("", "SQL"), ("SQL", "")] == [x[:2] for x in levels(word, touched("visit", T + 2 * DAY_MS))]
    assert [("", "SQL"), ("SQL", "")] == [x[:2] for x in levels(word, said("override_released", T + 1))]


def test_accepted_means_sal_where_the_model_says_so() -> None:
    asked = [touched("demo_request", T + n) for n in (1, 2)]

    assert ("MQL", "SAL", "handoff accepted") == levels(fit20(), *asked, said("accepted", T + 3, by="ann"))[-1]


def test_sql_needs_every_primary_criterion_known_and_three_facts_of_four() -> None:
    known = learned(budget_ok=True, job_title="CEO", specification="draft")
    asked = [touched("demo_request", T + n) for n in (1, 2)]

    assert "SQL" == live([fit50(), known, *asked], LEVELS)[0].level
    assert "MQL" == live([fit20(), known, *asked], LEVELS)[0].level
    assert "MQL" == live([fit50(), learned(budget_ok=True), *asked], LEVELS)[0].level


def test_the_first_segment_that_matches_is_the_leads_and_travels_on() -> None:
    state, told = live(
        [learned(headcount=800, city="Almaty"), touched("demo_request"), touched("demo_request")], LEVELS
    )
    shown = card("L1", state, LEVELS)

    assert "enterprise" == state.segment == shown.segment == told.ripe[0].segment
    assert "almaty" == live([learned(city="Almaty")], LEVELS)[0].segment
    assert "others" == live([touched("visit")], LEVELS)[0].segment
    assert {"BANT": "0 of 4"} == shown.frameworks


def test_a_card_says_what_its_pair_of_grade_and_temperature_is_called() -> None:
    named = with_levels(grid={"A/warm": "write", "C/cold": "leave alone"})
    asked, seen = live([fit50(), touched("demo_request")], named)[0], live([touched("demo_request")], named)[0]

    assert ("A/warm", "write") == (card("L1", asked, named).label, card("L1", asked, named).grid)
    assert ("C/warm", "") == (card("L1", seen, named).label, card("L1", seen, named).grid)


@pytest.mark.parametrize("cause", ["accidental", "no_need", "cannot_afford"])
def test_an_unqualified_lead_is_not_handed_off_and_each_crossing_is_counted_once(cause: str) -> None:
    asked = [touched("demo_request", T + n) for n in range(1, 4)]
    _, told = live([fit50(), said("unqualified", T, cause=cause), *asked], LEVELS)

    assert ([], {"unqualified": 1}) == (told.ripe, dict(told.suppressed))


def test_a_campaign_lowers_the_line_and_raises_points_and_the_handoff_names_it() -> None:
    spring = Campaign(
        name="ebook-spring", until_ms=T + 90 * DAY_MS, engagement=25 * MICRO, points={"presentation": 8 * MICRO}
    )
    by = with_levels(campaigns=(spring,))
    of_it = [touched("presentation_request", T + n * HOUR_MS, campaign="ebook-spring") for n in range(4)]
    plain = [touched("presentation_request", T + n * HOUR_MS) for n in range(4)]

    state, told = live([fit20(), *of_it], by)
    assert (32 * MICRO, ["ebook-spring"], [25.0]) == (
        state.engagement, [r.override for r in told.ripe], [r.score.line for r in told.ripe],
    )  # fmt: skip
    state, told = live([fit20(), *plain], by)
    assert (20 * MICRO, []) == (state.engagement, told.ripe)


def test_who_is_not_ripe_is_kept_warm_by_exactly_one_task_until_handed_off() -> None:
    life = [touched("presentation_request", T), *(touched("visit", T + n) for n in range(1, 6)), fit50()]
    tasks = live(life, LEVELS)[1].tasks

    assert [("nurture_entered", "others")] == [(t.kind, t.segment) for t in tasks]
    asked = [touched("demo_request", T + 10), touched("demo_request", T + 11)]
    assert ["nurture_entered", "nurture_left"] == [t.kind for t in live([*life, *asked], LEVELS)[1].tasks]


def test_a_deal_stops_mail_and_ads_and_its_end_lets_them_go_on() -> None:
    deal: list[LeadEvent] = [
        touched("visit", T),
        said("stage", T + 1, stage="negotiation"),
        said("stage", T + 2, stage="negotiation"),
    ]
    kinds = [t.kind for t in live([*deal, said("lost", T + 3)], LEVELS)[1].tasks]

    assert ["nurture_entered", "nurture_left", "suppress", "nurture_entered", "unsuppress"] == kinds


def test_an_earlier_word_that_comes_late_changes_nothing() -> None:
    words: list[LeadEvent] = [
        said("unqualified", T, cause="no_need"),
        said("reviewed", T + 1),
        said("override", T, by="ann", level="MQL"),
        said("override", T + 1, by="bob", level="SQL"),
        said("stage", T, stage="negotiation"),
        said("lost", T + 1),
    ]
    in_order, turned = live(words, LEVELS)[0], live(list(reversed(words)), LEVELS)[0]

    assert ("SQL", "", 0) == (in_order.level, in_order.unqualified, in_order.deals)
    assert ("SQL", "", 0) == (turned.level, turned.unqualified, turned.deals)


def test_a_word_taken_back_stays_taken_back_when_the_word_comes_late() -> None:
    late = [said("override_released", T + 1), said("override", T, by="ann", level="SQL")]

    assert "" == live(late, LEVELS)[0].level


def test_words_of_one_moment_count_as_they_come() -> None:
    assert "no_need" == live([said("reviewed", T), said("unqualified", T, cause="no_need")], LEVELS)[0].unqualified
    assert "" == live([said("unqualified", T, cause="no_need"), said("reviewed", T)], LEVELS)[0].unqualified


def test_a_lead_that_somebody_should_look_at_is_a_task() -> None:
    tasks = live([touched("visit", T), said("review_requested", T + 1, by="ann")], LEVELS)[1].tasks

    assert [("review", "asked by ann")] == [(t.kind, t.note) for t in tasks if t.kind != "nurture_entered"]


@pytest.mark.parametrize(
    "new", [touched("checkout_start", T + 20 * DAY_MS), learned(T + 20 * DAY_MS, purchase_by="2026-12-15T12:00:00Z")]
)
def test_another_fast_path_hands_off_although_an_earlier_one_holds_for_ever(new: LeadEvent) -> None:
    life: list[LeadEvent] = [touched("invoice_request", T), said("returned", T + 1, reason="too_early"), new]

    for by in (LEVELS, judge("m1_full")):
        ripe = live(life, by)[1].ripe
        assert ["requested", "returned", "requested"] == [r.type for r in ripe]
        assert "invoice" not in ripe[-1].why
