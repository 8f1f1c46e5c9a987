"""A candidate beside the model in force: who is handed off otherwise, and what that is measured by."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.lead_event import LeadEvent
from schemas.units import DAY_MS, HOUR_MS
from streams.lead_codec import decode
from streams.replay.comparison import Comparison, Terms
from streams.replay.rates import rules_of, verdict
from streams.replay.report import Change, Report
from tests.pure.lives import T, said, touched
from tests.pure.replay.pasts import (
    M1,
    Past,
    answered,
    compared,
    demo,
    finished,
    handoff_id,
    in_order,
    lined,
    pasts,
    prices,
    records,
)

END = Terms(end_ms=T + 60 * DAY_MS)


@given(pasts())
def test_a_model_beside_itself_differs_in_nothing(past: Past) -> None:
    report = compared(past, M1, lined(40))

    assert dict.fromkeys(Change, 0) == report.changes
    assert report.current == report.candidate


@given(pasts(), st.integers(1, 12))
def test_batches_change_nothing(past: Past, batch: int) -> None:
    whole, cut = compared(past, M1, lined(25)), compared(past, M1, lined(25), batch=batch)

    assert whole == cut


@given(pasts())
def test_both_models_change_places(past: Past) -> None:
    one, other = compared(past, M1, lined(25)), compared(past, lined(25), M1)

    assert [one.changes[c] for c in (Change.ADDITIONAL, Change.NO_LONGER, Change.EARLIER, Change.LATER)] == [
        other.changes[c] for c in (Change.NO_LONGER, Change.ADDITIONAL, Change.LATER, Change.EARLIER)
    ]
    assert (one.current, one.candidate) == (other.candidate, other.current)


def test_a_lower_line_hands_off_one_lead_more_and_another_earlier() -> None:
    past = in_order([*demo("soon", T), *prices("soon", T + 5 * HOUR_MS), *demo("more", T), *prices("cold", T)])

    report = compared(past, M1, lined(30))
    by = {change: [(e.lead_id, e.by_ms) for e in examples] for change, examples in report.examples.items()}

    assert (1, 2) == (report.current.leads, report.candidate.leads)
    assert {
        Change.ADDITIONAL: [("more", 0)],
        Change.NO_LONGER: [],
        Change.EARLIER: [("soon", 5 * HOUR_MS + 1)],
        Change.LATER: [],
    } == by


def test_a_higher_line_hands_off_one_lead_no_longer_and_another_later() -> None:
    past = in_order([*demo("soon", T), *prices("soon", T + 5 * HOUR_MS), *demo("less", T)])

    report = compared(past, lined(30), M1)

    assert {"additional": 0, "no_longer": 1, "earlier": 0, "later": 1} == report.changes
    assert ["less"] == [e.lead_id for e in report.examples[Change.NO_LONGER]]


def test_what_a_seller_said_of_the_real_handoff_answers_the_candidates() -> None:
    past = in_order([*demo("a", T), *prices("a", T + 2 * HOUR_MS)])
    real = handoff_id("a", past[-1][1])
    told = [("a", answered(said("accepted", T + 3 * HOUR_MS), real)), ("a", answered(said("won", T + DAY_MS), real))]
    comparison = Comparison(M1, lined(30), END)

    comparison.take(records([*past, *told]))
    episodes = [decode(side.states[b"a"]).episode for side in (comparison.current, comparison.candidate)]

    assert [("closed", T + DAY_MS)] * 2 == [(e.status, e.closed_ms) for e in episodes if e is not None]


def test_what_is_said_of_the_candidates_own_closed_handoff_does_not_close_the_next() -> None:
    first = in_order(demo("a", T))
    opened = handoff_id("a", first[-1][1])
    returned = ("a", answered(said("returned", T + HOUR_MS), opened))
    again = [("a", touched("demo_request", T + 40 * DAY_MS)), *prices("a", T + 40 * DAY_MS + 10, 1)]
    late = ("a", answered(said("won", T + 41 * DAY_MS), opened))
    comparison = Comparison(lined(30), lined(30), END)

    comparison.take(records([*first, returned, *again, late]))
    episode = decode(comparison.candidate.states[b"a"]).episode

    assert episode is not None
    assert (2, "requested") == (episode.number, episode.status)


def test_precision_and_recall_by_hand() -> None:
    past = in_order([row for lead in "abcdef" for row in demo(lead, T)] + prices("a", T + 10) + prices("b", T + 10))
    words = {"a": "accepted", "b": "returned", "c": "accepted", "d": "won", "e": "lost"}
    told: list[tuple[str, LeadEvent]] = [(lead, said(word, T + DAY_MS)) for lead, word in words.items()]

    report = compared([*past, *told], M1, lined(30))
    one, other = verdict(report.current.answered, report.answered), verdict(report.candidate.answered, report.answered)

    assert (2, 0, 0.5, 0.25) == (one.leads, one.unknown, one.precision, one.recall)
    assert (None, 0.0) == (one.won_precision, one.won_recall)
    assert (6, 1, 0.8, 1.0) == (other.leads, other.unknown, other.precision, other.recall)
    assert (0.5, 1.0) == (other.won_precision, other.won_recall)


def test_the_lift_of_a_rule_by_hand() -> None:
    past = in_order([row for lead in "abcd" for row in demo(lead, T)] + prices("a", T - 9, 1) + prices("b", T - 9, 1))
    words = {"a": "accepted", "b": "accepted", "c": "accepted", "d": "returned"}
    told: list[tuple[str, LeadEvent]] = [(lead, said(word, T + DAY_MS)) for lead, word in words.items()]

    lifts = {one.rule: one for one in rules_of(compared([*past, *told], M1, lined(30)).candidate)}

    assert (2, 1.0, 0.5, 2.0) == (
        lifts["saw-prices"].leads, lifts["saw-prices"].acceptance, lifts["saw-prices"].without,
        lifts["saw-prices"].lift,
    )  # fmt: skip
    assert (4, 0.75, None, None) == (
        lifts["asked-demo"].leads, lifts["asked-demo"].acceptance, lifts["asked-demo"].without,
        lifts["asked-demo"].lift,
    )  # fmt: skip


def test_handoffs_and_new_leads_are_counted_by_the_week_that_begins_on_monday() -> None:
    sunday = T  # 2026-11-22
    past = in_order([*demo("a", sunday), *demo("b", sunday + DAY_MS), *demo("c", sunday + 2 * DAY_MS)])

    weeks = compared(past, M1, lined(30)).weeks

    monday = sunday - 12 * HOUR_MS + DAY_MS
    assert [(monday - 7 * DAY_MS, 1, 0, 1), (monday, 2, 0, 2)] == [
        (start, week.new, week.current, week.candidate) for start, week in sorted(weeks.items())
    ]


def test_what_lies_before_since_is_folded_and_not_counted() -> None:
    past = in_order([*demo("a", T), *demo("b", T), *prices("b", T + DAY_MS)])

    report = compared(past, M1, lined(30), since_ms=T + HOUR_MS)

    assert (1, 0) == (report.current.leads, report.candidate.leads)
    assert ["b"] == [e.lead_id for e in report.examples[Change.NO_LONGER]]
    assert [] == [week for week in report.weeks.values() if week.new]


def test_examples_are_bounded_and_counts_are_not() -> None:
    past = in_order([row for n in range(50) for row in demo(f"L{n:02d}", T + n)])

    report = compared(past, M1, lined(30), most=3)

    assert (50, ["L49", "L48", "L47"]) == (
        report.changes[Change.ADDITIONAL], [e.lead_id for e in report.examples[Change.ADDITIONAL]]
    )  # fmt: skip


def test_a_sample_is_always_the_same_leads_and_about_its_share() -> None:
    past = in_order([row for n in range(2_000) for row in demo(f"L{n}", T + n)])

    half, tenth = (compared(past, M1, lined(30), sample=share, most=2_000) for share in (0.5, 0.1))
    leads = [{e.lead_id for e in report.examples[Change.ADDITIONAL]} for report in (half, tenth)]

    assert leads[1] < leads[0]
    assert 0.5 == pytest.approx(half.leads / 2_000, abs=0.05)
    assert 0.1 == pytest.approx(tenth.leads / 2_000, abs=0.03)


def test_partitions_add_up() -> None:
    past = in_order([row for n in range(20) for row in (*demo(f"L{n}", T + n), *prices(f"L{n}", T + DAY_MS, n % 4))])
    log = records(past)
    parts = [[r for r in log if (r.key or b"")[-1] % 2 == parity] for parity in (0, 1)]
    summed = Report()

    for part in parts:
        summed.add(finished(part, M1, lined(30), 10_000, END), END.most)

    assert finished(log, M1, lined(30), 10_000, END) == summed
