"""A replay of a log in which leads were merged: the model in force sees what the workers saw, a candidate adopts."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas.lead_event import LeadEvent
from schemas.units import DAY_MS, HOUR_MS
from streams.challenge import Challenge
from streams.judge import Judge
from streams.lead_codec import body_of, decode
from streams.replay.adopting import under
from streams.replay.comparison import Comparison, Terms
from streams.replay.record import LogRecord
from streams.replay.report import Change
from streams.replay.side import Side
from tests.pure.kin.people import People, merged_into
from tests.pure.lives import T, fit20, touched
from tests.pure.replay.pasts import M1, lined

END = Terms(end_ms=T)
"""Nothing is left to fire."""


def told(people: People) -> list[LogRecord]:
    return [LogRecord(r.offset, T - 1, r.key, r.value) for r in people.log]


def merged(ours: list[LeadEvent], theirs: list[LeadEvent], later: list[LeadEvent]) -> People:
    people = People(M1)
    people.say("L1", *ours)
    people.say("L2", *theirs, merged_into("L1", "L2"))
    people.settle()
    people.say("L2", *later)
    people.settle()
    return people


HALVES = merged([fit20(), touched("demo_request", T)], [touched("demo_request", T)], [touched("visit", T)])


def known(*judges: Judge) -> dict[str, Judge]:
    return {judge.key: judge for judge in judges}


@given(st.integers(1, 9))
def test_the_model_in_force_ends_with_the_states_of_the_workers(batch: int) -> None:
    comparison = Comparison(M1, lined(40), END, lambda _: M1, known(M1))
    log = told(HALVES)
    for begin in range(0, len(log), batch):
        comparison.take(log[begin : begin + batch])
    report = comparison.finish()

    assert {key: body_of(value) for key, value in HALVES.table.kept.items()} == {
        key: body_of(value) for key, value in comparison.current.states.items()
    }
    assert dict.fromkeys(Change, 0) == report.changes
    assert 1 == report.leads


def test_a_candidate_reads_what_a_merged_lead_had_counted_by_its_own_points_and_line() -> None:
    candidate = lined(70)
    side, strict = Side(candidate, adopts=known(M1)), Challenge(candidate, 0, known(M1))
    side._take(told(HALVES))
    strict.take(told(HALVES))

    state = decode(side.states[b"L1"])
    assert (60_000_000, candidate.key, 3) == (state.engagement, state.model, state.touches)
    assert {} == side.opened
    assert (1, 0) == (HALVES.told.kin["merged"], strict.handoffs)


def test_a_handoff_that_only_the_model_in_force_made_does_not_come_with_a_merged_lead() -> None:
    people = merged([touched("visit", T)], [fit20(), touched("demo_request", T), touched("demo_request", T)], [])
    side = Side(lined(70), adopts=known(M1))
    side._take(told(people))

    assert people.state("L1").episode is not None
    assert decode(side.states[b"L1"]).episode is None


def test_a_model_that_nobody_knows_stops_no_candidate() -> None:
    side = Side(lined(70), adopts={})
    side._take(told(HALVES))

    assert (3, 30_000_000) == ((state := decode(side.states[b"L1"])).touches, state.engagement)


def test_what_carries_no_state_is_left_as_it_is() -> None:
    for value in (b"", b"{", b'"merged_from"', msgspec.json.encode(touched("visit", T + HOUR_MS - DAY_MS))):
        assert value is under(value, M1, {})
