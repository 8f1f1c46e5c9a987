"""What touches and facts make of a score: worked examples by hand."""

from typing import Any

import pytest

from schemas.lead_event import LeadEvent
from schemas.lead_state import LeadState
from schemas.units import DAY_MS, HOUR_MS, MICRO, MINUTE_MS
from streams.card import card, priority
from streams.fold import fold
from tests.pure.lives import (
    T,
    Table,
    after,
    fit20,
    fit50,
    judge,
    learned,
    live,
    log,
    points,
    touched,
    video,
    view,
)

M1, M1T = judge(), judge(without="surge:")


def shown(state: LeadState) -> dict[str, float]:
    return {line.rule: line.points for line in card("L1", state, M1).breakdown}


def test_points_add_up_and_each_change_is_told() -> None:
    state, told = live([video("v1"), touched("presentation_request"), touched("unsubscribe")], M1)

    assert 2.0 == points(state)
    assert {"watched-video": 2.0, "presentation": 5.0, "left-us": -5.0} == shown(state)
    assert [2.0, 5.0, -5.0] == [entry.delta for entry in told.ledger]


def test_a_group_limit_is_a_line_of_its_own() -> None:
    state, _ = live([video(f"v{i}") for i in range(30)], M1)

    assert 25.0 == points(state)
    assert {"watched-video": 60.0, "limit reading": -35.0} == shown(state)


def test_repeats_count_once_per_video_and_three_times_a_day() -> None:
    blog = [view("/blog/a", T - d * DAY_MS + m * MINUTE_MS) for d in (2, 1) for m in range(5)]
    state, _ = live([video("v1") for _ in range(5)] + blog, M1)

    assert {"watched-video": 2.0, "read-blog": 6.0} == shown(state)
    assert 8.0 == points(state)


def test_the_points_of_a_burst_are_gone_in_time_whatever_comes_next() -> None:
    burst = [touched("visit", T - i) for i in range(6)]

    for event in (touched("note", T + 2 * DAY_MS), learned(T + 2 * DAY_MS, headcount=40)):
        state, told = live([*burst, event], M1)
        assert (0.0, {}) == (points(state), shown(state))
        assert [("velocity", 10.0), ("time", -10.0)] == [
            (e.cause, e.delta) for e in told.ledger if e.dimension == "engagement"
        ]


def test_our_own_calls_let_time_pass_though_no_ledger_is_kept() -> None:
    life = [touched("demo_request"), touched("note", T + 14 * DAY_MS, direction="out")]

    assert 15 * MICRO == after(fold(log(life), Table(), M1, ledger=False)).engagement


def test_what_no_rule_knows_scores_nothing_and_is_counted() -> None:
    state, told = live([view("/pricing/team"), view("/about"), touched("teleport")], M1)

    assert 4.0 == points(state)
    assert {("web", "scored"): 1, ("web", "unmatched"): 2} == dict(told.touches)


def test_fit_completeness_and_grade_come_from_facts_alone() -> None:
    mail = learned(by="touchline", email_is_free=True)
    state, _ = live([fit50(), learned(job_title="CEO", city="Moscow"), mail], M1)
    told = card("L1", state, M1)

    assert (60.0, 80.0, 0.0) == (told.fit, told.completeness, told.engagement)
    assert "A" == told.grade


def test_an_ordered_scale_moves_fit_by_steps_and_says_who_said_so() -> None:
    steps = [learned(T + i, "sales", specification=word) for i, word in enumerate(("none", "draft", "approved"))]
    state, told = live(steps, M1)

    assert 10 * MICRO == state.fit
    assert [(5.0, "sales"), (5.0, "sales")] == [
        (e.delta, e.by) for e in told.ledger if e.dimension == "fit" and e.rule == "has-spec"
    ]


def test_the_more_trusted_source_wins_and_then_the_later_word() -> None:
    state, _ = live([learned(T, "form", headcount=40), learned(T - 1, "sales", headcount=8)], M1)
    later, _ = live([learned(T, "form", headcount=8), learned(T - 1, "form", headcount=40)], M1)

    assert (0, 0) == (state.fit, later.fit)


def test_a_number_that_is_none_is_not_known() -> None:
    for word in ("nan", "inf", "-Infinity", "many", True, "1e999", ""):
        state, _ = live([learned(headcount=word)], M1)
        assert (0, 0) == (state.fit, state.completeness), word

    assert (20 * MICRO, 20 * MICRO) == (live([learned(headcount="40")], M1)[0].fit,) * 2


def test_a_view_fades_by_half_a_week_and_is_gone_after_a_month() -> None:
    def after(*ages_d: int) -> float:
        views = [view("/pricing", T - age * DAY_MS) for age in ages_d]
        return points(live([*views, touched("note", T)], M1)[0])

    assert [2.0, 1.0, 3.0, 0.0] == pytest.approx([after(7), after(14), after(14, 7), after(31)], abs=1e-6)


def test_a_burst_gives_its_points_and_names_its_touches() -> None:
    visits = [touched("visit", T + i * 9 * HOUR_MS) for i in range(5)]
    last = touched("visit", T + 2 * DAY_MS - 1)
    state, told = live([*visits, last, touched("visit", T + 2 * DAY_MS + MINUTE_MS)], M1)

    assert 10.0 == points(state)
    burst = [e for e in told.ledger if e.cause == "velocity"]
    assert [e.id for e in [*visits, last]] == [t.touch_id for e in burst for t in e.touches]
    assert 0.0 == points(live([*visits, touched("visit", T + 2 * DAY_MS)], M1)[0])


def test_twenty_points_within_an_hour_hand_off_and_over_an_hour_do_not() -> None:
    def asked(minutes: list[int], fact: LeadEvent) -> Any:
        return live([fact, *(touched("presentation_request", T + m * MINUTE_MS) for m in minutes)], M1)[1]

    quick = asked([0, 20, 40, 59], fit20())
    assert [("velocity", "surge")] == [(r.trigger.kind, r.trigger.rule) for r in quick.ripe]
    assert [] == asked([0, 20, 40, 61], fit20()).ripe
    small = asked([0, 20, 40, 59], learned(headcount=8))
    assert ([], {"fit": 1}) == (small.ripe, dict(small.suppressed))


def test_points_move_to_the_earliest_where_only_the_earliest_count() -> None:
    def asked(*minutes: int) -> Any:
        views = [video("v", T + m * MINUTE_MS) for m in minutes]
        pushed = [touched("presentation_request", T + m * MINUTE_MS) for m in (64, 65, 66)]
        video_first = [fit20(), *views, video("w", T + 64 * MINUTE_MS), *pushed, view("/blog/a", T + 66 * MINUTE_MS)]
        return live([*video_first, touched("note", T + 70 * MINUTE_MS), view("/pricing", T - 40 * DAY_MS)], M1)

    assert ["requested"] == [r.type for r in asked(50)[1].ripe], "2 + 2 + 15 + 1 within the hour"
    assert [] == asked(0, 50)[1].ripe
    assert [] == asked(50, 0)[1].ripe
    assert priority(asked(0, 50)[0]) == pytest.approx(priority(asked(50, 0)[0]), abs=1e-6)
