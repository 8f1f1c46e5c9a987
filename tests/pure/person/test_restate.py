"""A lead worked out anew: what is not wrong stays as it is, and what no single event can mend is mended."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.lead_event import CrmSaid
from schemas.lead_state import LeadState
from schemas.units import DAY_MS, HOUR_MS
from streams.person.difference import rows
from streams.person.native import as_folded
from streams.person.refold import refold
from streams.person.restating import restated
from tests.pure.lives import T, judge, learned, origin, said, touched
from tests.pure.person.test_split import fit, happened, lives
from tests.pure.person.world import A, B, World, essence

M1 = judge()


def lived(life: list[Any], merge_at: int | None = None) -> World:
    world, clock_ms = World(M1), T
    fit(world)
    for number, (lead, kind, gap_ms, late_ms) in enumerate(life):
        clock_ms += gap_ms + 1
        if number == merge_at:
            world.merge(B, A, clock_ms, switched=number % 2 == 0)
        world.say(lead, happened(number, kind, clock_ms - late_ms, clock_ms), clock_ms)
    return world


@settings(max_examples=40, deadline=None)
@given(lives)
def test_a_lead_folded_from_its_own_log_is_what_the_table_holds(life: list[Any]) -> None:
    world = lived(life)
    for lead in (A, B):
        lines = world.lines[lead]
        found = refold(lead, lines, M1, world.models.judge_of, until_ms=0)

        assert world.state(lead) == found.state
        assert as_folded(lead, lines, world.models, whole=True).explains(world.table[lead.encode()])


@settings(max_examples=40, deadline=None)
@given(lives)
def test_deadlines_that_the_log_does_not_tell_of_pass_when_they_would_have(life: list[Any]) -> None:
    world = lived(life)
    world.rest()
    for lead in (A, B):
        told = [line for line in world.lines[lead] if b'"timer"' not in line.value]
        found = refold(lead, told, M1, world.models.judge_of, until_ms=world.now_ms)

        assert world.state(lead) == found.state


@settings(max_examples=40, deadline=None)
@given(lives, st.one_of(st.none(), st.integers(2, 12)))
def test_restating_what_is_right_changes_nothing(life: list[Any], merge_at: int | None) -> None:
    world = lived(life, merge_at)
    live = world.state(A)
    anew = restated(A, world.logs(), live, world.models)
    then_ms = world.now_ms + DAY_MS

    assert essence(live, M1, then_ms) == essence(anew.state, M1, then_ms)
    assert live.episode == anew.state.episode
    assert 0 == anew.refused


def test_a_withdrawal_that_came_late_takes_back_what_it_forbids_and_nothing_else() -> None:
    world = World(M1)
    for number, hours in enumerate((5, 2, 1)):
        world.say(A, happened(number, "demo_request", T - hours * HOUR_MS, T + number), T + number)
    word = said("consent", T - 3 * HOUR_MS, purpose="scoring", given=False)
    world.put(A, CrmSaid(**{f: getattr(word, f) for f in word.__struct_fields__}), T + 10)
    anew = restated(A, world.logs(), world.state(A), world.models).state

    assert (3, 1) == (world.state(A).touches, anew.touches)
    assert 30 == round(anew.engagement / 1e6)
    assert {"touches": ("3", "1")} == {
        row.what: (row.before, row.after)
        for row in rows(A, (world.state(A), M1), (anew, M1), T)
        if row.what == "touches"
    }


def test_a_touch_that_two_leads_counted_counts_once() -> None:
    world = World(M1)
    both = happened(1, "demo_request", T, T)
    world.say(A, both, T)
    world.say(B, replace(both, origin=origin(2)), T + 1)
    world.merge(B, A, T + 2, switched=True)
    live = world.state(A)
    anew = restated(A, world.logs(), live, world.models).state

    assert (2, 1) == (live.touches, anew.touches)
    assert 30 == round(anew.engagement / 1e6)
    assert live.kin is not None
    assert "overlap" in live.kin.doubt
    assert anew.kin is not None
    assert ("", live.kin.heard) == (anew.kin.doubt, anew.kin.heard)


def test_a_touch_sent_again_after_what_leads_remember_counts_once() -> None:
    world = World(M1)
    first = happened(1, "demo_request", T, T)
    world.say(A, first, T)
    later_ms = T + 3 * DAY_MS
    world.say(A, happened(2, "visit", later_ms - HOUR_MS, later_ms - HOUR_MS), later_ms - HOUR_MS)
    world.say(A, replace(first, origin=origin(3, append_ms=later_ms)), later_ms)
    anew = restated(A, world.logs(), world.state(A), world.models).state

    assert (3, 2) == (world.state(A).touches, anew.touches)


def test_what_a_faulty_release_set_aside_is_applied_after_all() -> None:
    world = World(M1)
    world.say(A, happened(1, "demo_request", T, T), T)
    right = world.state(A)
    faulty = replace(LeadState(), quarantine=[0, 1], as_of_ms=right.as_of_ms, model=right.model, seen=right.seen)
    anew = restated(A, world.logs(), faulty, world.models).state

    assert [] == anew.quarantine
    assert essence(right, M1, T) == essence(anew, M1, T)


def test_a_restatement_on_the_log_puts_it_right_and_a_late_one_changes_nothing() -> None:
    world = World(M1)
    world.say(A, happened(1, "demo_request", T - HOUR_MS, T), T)
    world.put(A, said("consent", T - 2 * HOUR_MS, purpose="scoring", given=False), T + 1)
    anew = restated(A, world.logs(), world.state(A), world.models).state
    world.restate(A, anew, f"{A}/restated/1", "consent")

    assert (0, 1) == (world.state(A).touches, world.folded.kin["restated"])
    late = world.state(A)
    world.put(A, learned(T, headcount=40), T + 5)
    event = world.restate(A, replace(late, touches=99), f"{A}/restated/2", "repair")
    assert 99 == world.state(A).touches
    world.put(A, touched("visit", T + 1, id="t9"), T + 6)
    world.put(A, replace(event, id=f"{A}/restated/3"), T + 7)
    assert 99 == world.state(A).touches
    assert 1 == world.folded.kin["stale"]


def test_only_what_the_log_holds_whole_explains_a_state() -> None:
    world = World(M1)
    for number in range(3):
        world.say(A, happened(number, "visit", T + number, T + number), T + number)
    left = world.lines[A][1:]

    assert not as_folded(A, left, world.models, whole=False).explains(world.table[A.encode()])
