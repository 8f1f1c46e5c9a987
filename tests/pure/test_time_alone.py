"""What time alone does to a lead: it cools, a date comes near; and what the past may not do."""

from typing import Any

import pytest

from schemas.lead_event import LeadEvent, TimerFired
from schemas.scoring_model import FastPath
from schemas.units import DAY_MS
from streams.deadlines import next_said
from streams.fold import fold
from streams.judge import Judge
from streams.moments import rfc3339
from tests.pure.lives import T, Table, after, fit20, judge, learned, live, log, said, touched
from tests.pure.test_standing import ASKED, LEVELS, SOON, with_levels


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
    assert [("requested", ""), ("updated", ""), ("withdrawn", "cooled")] == [(r.type, r.reason) for r in ripe]
    assert ["2026-11-30T16:32:50"] == [rfc3339(r.at_ms)[:19] for r in ripe if r.type == "updated"]
    assert ripe[1].why.startswith("Changed: temperature hot to warm")
    assert T + 14 * DAY_MS <= ripe[2].at_ms <= T + 14 * DAY_MS + 60
    assert 0 == state.deadline_ms


def test_an_accepted_handoff_is_not_withdrawn_by_time() -> None:
    by = judge(without="surge:")
    asked: list[LeadEvent] = [fit20(), touched("demo_request", T), touched("demo_request", T), said("accepted", T + 1)]

    assert {"requested", "accepted", "updated"} == {r.type for r in through_time(asked, by)[1]}


def test_a_purchase_that_comes_near_is_handed_off_by_time_alone() -> None:
    _, ripe, _ = through_time([learned(purchase_by="2026-12-06T12:00:20Z")], LEVELS)

    assert [("fast_path", T + 20_000)] == [(r.trigger.kind, r.at_ms) for r in ripe if r.type == "requested"]
    assert ["Changed: level SQL to none"] == [r.why.partition(";")[0] for r in ripe[1:]]


def test_a_timer_that_is_not_the_leads_any_more_changes_nothing() -> None:
    table, by = Table(), judge()
    table.keep(fold(log([touched("demo_request", T)]), table, by))
    late = fold(log([timer(T + 5)], start=1), table, by)

    assert {"stale": 1} == dict(late.timers)
    assert after(late) == table.state()


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

    assert ["requested", "updated", "updated", "withdrawn"] == [r.type for r in through_time(asked, by)[1]]
    assert ["requested", "updated"] == [r.type for r in through_time(asked[:2], by)[1]]


def test_a_date_behind_a_fast_path_handed_off_before_is_foretold_and_handed_off_by_time_alone() -> None:
    dated = learned(T + 2, purchase_by="2027-01-01T12:00:00Z")
    life: list[LeadEvent] = [touched("invoice_request", T), said("returned", T + 1), dated]
    earlier_first = with_levels(fast_paths=(FastPath(level="SQL", hand_off=True, any=(ASKED, SOON)),))
    foretold = next_said(live(life, earlier_first)[0], earlier_first)
    _, ripe, _ = through_time(life, earlier_first)

    assert ("2026-12-18T12:00:00.000Z", "ripe: handed to sales") == (foretold and (foretold.at, foretold.what))
    assert ["requested", "returned", "requested"] == [r.type for r in ripe]
    assert T + 26 * DAY_MS == ripe[-1].at_ms
