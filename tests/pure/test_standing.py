"""Levels, fast paths, segments, people's words: where a lead stands, and what that makes of it."""

from typing import Any

import msgspec
import pytest

from schemas.condition import AtLeast, Condition, Did, FactIs, OneOf, Soon
from schemas.lead_event import LeadEvent, TimerFired
from schemas.scoring_model import Campaign, FactDeclared, FastPath, Level, Segment
from schemas.units import DAY_MS, HOUR_MS, MICRO
from streams.card import card
from streams.fold import fold
from streams.judge import Judge
from tests.pure.lives import T, Table, after, fit20, fit50, judge, learned, live, log, said, touched

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


def timer(at_ms: int) -> TimerFired:
    return TimerFired(id=f"L1/{at_ms}", at_ms=at_ms)


def through_time(events: list[LeadEvent], by: Judge, rounds: int = 20) -> tuple[Any, list[Any], list[Any]]:
    """Fold a life, then let each deadline pass until there is none; the state, what was said, tasks."""
    table, ripe, stages = Table(), [], []
    folded = fold(log(events), table, by)
    for n in range(rounds):
        ripe += folded.ripe
        stages += folded.stages
        table.keep(folded)
        deadline = table.state().deadline_ms
        if not deadline:
            break
        folded = fold(log([timer(deadline)], start=len(events) + n), table, by)
    return table.state(), ripe, stages


def test_time_alone_cools_a_lead_and_withdraws_its_handoff_to_the_millisecond() -> None:
    by = judge(without="surge:")
    asked: list[LeadEvent] = [fit20(), touched("demo_request", T), touched("demo_request", T)]
    state, ripe, stages = through_time(asked, by)
    cooled = [s for s in stages if (s.previous, s.to) == ("hot", "warm")]

    assert ["2026-11-30T16:32:50"] == [s.at[:19] for s in cooled]
    assert [("requested", ""), ("withdrawn", "cooled")] == [(r.type, r.reason) for r in ripe]
    assert T + 14 * DAY_MS <= ripe[1].at_ms <= T + 14 * DAY_MS + 60
    assert 0 == state.deadline_ms


def test_an_accepted_handoff_is_not_withdrawn_by_time() -> None:
    by = judge(without="surge:")
    asked: list[LeadEvent] = [fit20(), touched("demo_request", T), touched("demo_request", T), said("accepted", T + 1)]

    assert ["requested", "accepted"] == [r.type for r in through_time(asked, by)[1]]


def test_a_purchase_that_comes_near_is_handed_off_by_time_alone() -> None:
    _, ripe, _ = through_time([learned(purchase_by="2026-12-06T12:00:20Z")], LEVELS)

    assert [("fast_path", T + 20_000)] == [(r.trigger.kind, r.at_ms) for r in ripe]


def test_a_timer_that_is_not_the_leads_any_more_changes_nothing() -> None:
    table, by = Table(), judge()
    table.keep(fold(log([touched("demo_request", T)]), table, by))
    late = fold(log([timer(T + 5)], start=1), table, by)

    assert {"stale": 1} == dict(late.timers)
    assert after(late) == table.state()


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


BACKFILLED: list[LeadEvent] = [
    fit20(),
    touched("page_view", T - 3 * DAY_MS, page="/pricing", history=True),
    touched("demo_request", T - DAY_MS, history=True),
    touched("demo_request", T, history=True),
]


def test_what_was_backfilled_hands_nobody_off_as_time_passes() -> None:
    assert [] == through_time(BACKFILLED, judge())[1]
    assert [] == through_time([*BACKFILLED, touched("invoice_request", T, history=True)], LEVELS)[1]


def test_an_address_new_to_a_backfilled_lead_is_nothing_new_of_the_person() -> None:
    derived = learned(T, by="touchline", email_is_free=False)

    assert [] == live([*BACKFILLED, derived], LEVELS)[1].ripe


@pytest.mark.parametrize("new", [touched("visit", T + 1), learned(T + 1, city="Almaty"), said("attempt", T + 1)])
def test_something_new_hands_a_backfilled_lead_off(new: LeadEvent) -> None:
    assert ["requested"] == [r.type for r in live([*BACKFILLED, new], LEVELS)[1].ripe]


def test_a_date_that_comes_true_hands_a_backfilled_lead_off() -> None:
    near = learned(T - 9 * DAY_MS, purchase_by="2026-12-06T12:00:20Z")
    _, ripe, _ = through_time([near, touched("invoice_request", T, history=True), *BACKFILLED[1:]], LEVELS)

    assert [("fast_path", T + 20_000)] == [(r.trigger.kind, r.at_ms) for r in ripe if r.type == "requested"]


def test_a_crossing_by_what_was_backfilled_is_counted_when_something_new_happens() -> None:
    life = [*BACKFILLED, said("unqualified", T, cause="no_need"), touched("visit", T + 1), touched("visit", T + 2)]

    assert {"unqualified": 1} == dict(live(life, LEVELS)[1].suppressed)


def test_a_surge_that_went_on_to_the_line_cools_too_and_one_that_never_reached_it_does_not() -> None:
    by = judge()
    asked: list[LeadEvent] = [fit20(), touched("demo_request", T), touched("demo_request", T + 1)]

    assert ["requested", "withdrawn"] == [r.type for r in through_time(asked, by)[1]]
    assert ["velocity"] == [r.trigger.kind for r in through_time(asked[:2], by)[1]]


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
