"""A candidate beside the model in force: who is handed off otherwise, and what that is measured by."""

from collections import Counter

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.lead_event import LeadEvent, TimerFired
from schemas.log_mark import ModelActivated
from schemas.units import DAY_MS, HOUR_MS
from streams.activation import activation_bytes
from streams.fold import fold
from streams.generations.log_marks import MODEL_KEY
from streams.lead_codec import body_of, deadline_of, decode
from streams.replay.comparison import Comparison, Terms
from streams.replay.rates import rules_of, verdict
from streams.replay.record import LogRecord
from streams.replay.refolding import refold
from streams.replay.report import Change, Report
from tests.pure.lives import T, fit20, said, touched
from tests.pure.replay.pasts import (
    LATE_MS,
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


@given(pasts())
def test_time_passes_for_a_model_on_the_past_as_it_does_live(past: Past) -> None:
    lived, table, ripe = records(past), dict[bytes, bytes](), Counter[str]()
    for record in lived:
        until(table, record.timestamp, [record.key or b""], ripe)
        take(table, [record], ripe)
    until(table, END.end_ms, list(table), ripe)
    comparison = Comparison(M1, M1, END)
    comparison.take(lived)

    report = comparison.finish()

    assert {key: body_of(value) for key, value in table.items()} == {
        key: body_of(value) for key, value in comparison.current.states.items()
    }
    assert (ripe["requested"], ripe["withdrawn"]) == (report.current.handoffs, report.current.withdrawn)


def until(table: dict[bytes, bytes], at_ms: int, keys: list[bytes], ripe: Counter[str]) -> None:
    """Timers of leads that came due by then, each as a record of its own."""
    for key in keys:
        while key in table and 0 < (due := deadline_of(table[key])) <= at_ms:
            timer = TimerFired(id=f"{key.decode()}/{due}", at_ms=due)
            take(table, [LogRecord(-1, due, key, msgspec.json.encode(timer))], ripe)


def take(table: dict[bytes, bytes], some: list[LogRecord], ripe: Counter[str]) -> None:
    """Fold, whatever the offsets are."""
    moved = {key: value[:1] + (-2).to_bytes(8, "big", signed=True) + value[9:] for key, value in table.items()}
    folded = fold(some, moved, M1, ledger=False)
    table.update(folded.states)
    ripe.update(word.type for word in folded.ripe)


def test_the_current_side_follows_the_models_that_the_log_puts_in_force() -> None:
    low = lined(30)
    mark = ModelActivated(model="b2b-services", version=7, digest=low.digest, at_ms=T + HOUR_MS, rollback=True)
    before, after = records(demo("a", T)), records(demo("b", T + DAY_MS))
    activation = LogRecord(2, T + HOUR_MS, MODEL_KEY, activation_bytes(mark))
    log = [*before, activation, *(msgspec.structs.replace(r, offset=r.offset + 3) for r in after)]
    judges = {low.digest: low, M1.digest: M1}

    follows = Comparison(M1, low, END, judges.__getitem__, {judge.key: judge for judge in judges.values()})
    follows.take(log)
    stays = finished(log, M1, low, 10_000, END)
    followed = follows.finish()

    assert (1, 1) == (followed.current.leads, followed.changes[Change.ADDITIONAL])
    assert (0, 2) == (stays.current.leads, stays.changes[Change.ADDITIONAL])


@given(pasts(), st.integers(1, 9))
def test_folding_again_in_other_batches_gives_the_same_bytes(past: Past, batch: int) -> None:
    log = records(past)
    one, other = dict[bytes, bytes](), dict[bytes, bytes]()

    first = [w for folded in refold([log], one, M1) for w in folded.ripe]
    second = [
        w
        for folded in refold((log[i : i + batch] for i in range(0, len(log), batch)), other, M1)
        for w in folded.ripe
    ]  # fmt: skip

    assert one == other
    assert sorted((w.handoff_id, w.revision) for w in first) == sorted((w.handoff_id, w.revision) for w in second)


def test_an_event_that_cannot_be_read_keeps_no_replay_from_its_end() -> None:
    log = records([("a", fit20()), ("a", touched("demo_request", T + 1))])
    broken = [*log, LogRecord(2, T + LATE_MS, b"a", b'{"type":"crm"'), LogRecord(3, T, None, b""), *log[2:]]

    report = finished(broken, M1, lined(30), 10_000, END)

    assert (3, 1) == (report.events, report.candidate.leads)


def test_a_handoff_that_cooled_makes_room_for_the_next_before_the_lead_comes_back() -> None:
    past = in_order(
        [*demo("a", T), *prices("a", T + 9), *demo("a", T + 40 * DAY_MS), *prices("a", T + 40 * DAY_MS + 9)]
    )

    report = compared(past, M1, M1, end_ms=past[-1][1].at_ms + HOUR_MS)

    assert (2, 1) == (report.current.handoffs, report.current.withdrawn)


def test_what_was_written_within_one_minute_is_folded_alike_in_any_batches() -> None:
    past = in_order(
        [*demo("a", T), *prices("a", T + 9), *demo("a", T + 40 * DAY_MS), *prices("a", T + 40 * DAY_MS + 9)]
    )
    written = [msgspec.structs.replace(record, timestamp=T + 50 * DAY_MS) for record in records(past)]

    whole, apart = (finished(written, M1, lined(30), batch, END) for batch in (100, 1))

    assert whole == apart
