"""What the fold takes in, what it passes over, and what it sets aside."""

import msgspec

from schemas.lead_event import LeadEvent, Origin
from schemas.units import HOUR_MS, MICRO
from streams.fold import fold
from streams.lead_codec import applied_of, encode
from tests.pure.lives import Logged, T, Table, after, fit20, judge, live, log, points, said, touched, video

M1, M1T = judge(), judge(without="surge:")


def test_withdrawn_consent_stops_scoring_from_its_moment_and_any_handoff() -> None:
    withdrawn = said("consent", T - HOUR_MS, purpose="scoring", given=False)
    after = touched("demo_request", T - HOUR_MS // 2)
    late = touched("demo_request", T - 2 * HOUR_MS)
    state, told = live([fit20(), withdrawn, after, late, late], M1T)

    assert 1 == state.touches
    assert [] == told.ripe
    assert 1 == told.touches["web", "no_consent"]


def test_a_touch_sent_twice_or_emitted_twice_counts_once() -> None:
    touch = touched("presentation_request", id="same")
    again = touched("presentation_request", id="same")
    state, told = live([touch, touch, again], M1)

    assert 5.0 == points(state)
    assert 2 == told.touches["web", "repeat"]


def test_what_identify_emits_again_counts_once_and_a_recreated_topic_is_new() -> None:
    def at(offset: int, append_ms: int) -> LeadEvent:
        where = Origin("touches.web", 0, offset, append_ms)
        return msgspec.structs.replace(touched("presentation_request"), origin=where)

    def counted(*events: LeadEvent) -> int:
        return after(fold(log(events), Table(), M1)).touches

    assert 2 == counted(at(5, T), at(6, T), at(5, T), at(6, T))
    assert 2 == counted(at(5, T), at(0, T + 1))
    assert 2 == counted(at(5, T), at(6, T - 1))


def test_our_own_calls_are_attempts_and_never_score() -> None:
    state, _ = live([touched("demo_request", direction="out")], M1)

    assert (0.0, 1) == (points(state), state.attempts)


def test_a_backfill_scores_and_hands_nothing_off() -> None:
    past = [touched("demo_request", history=True) for _ in range(2)]
    state, told = live([fit20(), *past], M1T)

    assert (60.0, []) == (points(state), told.ripe)


def test_poison_on_the_log_is_set_aside_and_the_lead_goes_on() -> None:
    records = log([touched("presentation_request"), touched("presentation_request")])
    records.insert(1, Logged(7, b"L1", b'{"type":"touch","id":3}'))
    records[2].offset = 8
    table = Table()
    folded = fold(records, table, M1)

    assert [1] == [index for index, _ in folded.refused]
    assert 10 * MICRO == after(folded).engagement
    assert 7 == after(folded).quarantine[0]
    assert 8 == applied_of(folded.states[b"L1"])


def test_what_the_table_holds_is_passed_over() -> None:
    table = Table()
    records = log([touched("presentation_request"), touched("presentation_request")])
    table.keep(fold(records, table, M1))

    assert {} == fold(records, table, M1).states


def test_a_flood_is_set_aside_before_the_state_outgrows_a_message() -> None:
    crowd = [video(f"v{i}", T + i) for i in range(20_000)]
    state, told = live(crowd, M1)

    assert state.flooded
    assert len(encode(state, 0)) < 80 * 1024
    assert "flood" == told.refused[0][1].reason
