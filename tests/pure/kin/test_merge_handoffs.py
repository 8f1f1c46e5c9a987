"""What sales hears when two leads become one, and what a lead that was merged away does from then on."""

from collections.abc import Sequence

import msgspec
import pytest

from schemas.handoff import HandoffType
from schemas.lead_event import Assigned, Erased, Forwarded, LeadEvent, MergedFrom, TimerFired
from schemas.units import DAY_MS, HOUR_MS, MINUTE_MS
from streams.fold import fold
from streams.judge import Judge
from streams.kin.gone import is_gone, is_grave, is_pointer
from streams.lead_codec import encode
from tests.pure.kin.people import People, event_of, merged_into
from tests.pure.lives import Logged, T, Table, fit20, judge, learned, said, touched, with_coordinates

M1 = judge(without="surge:")


def demos(count: int = 2, at_ms: int = T) -> list[LeadEvent]:
    return [touched("demo_request", at_ms + i) for i in range(count)]


def two(ours: Sequence[LeadEvent], theirs: Sequence[LeadEvent], by: Judge = M1) -> People:
    """L1 and L2 with these histories, merged."""
    people = People(by)
    people.say("L1", *with_coordinates(ours))
    people.say("L2", *with_coordinates(theirs))
    people.say("L2", merged_into("L1", "L2", T + HOUR_MS))
    people.settle()
    return people


def words(people: People) -> list[tuple[str, str, str]]:
    return [(ripe.type.value, ripe.lead_id, ripe.reason) for ripe in people.told.ripe]


def test_two_halves_that_are_ripe_together_are_handed_off_with_the_merge_as_cause() -> None:
    people = two([fit20(), *demos(1)], demos(1))

    (ripe,) = people.told.ripe
    assert ("requested", "L1", "L2/merged/L1") == (ripe.type, ripe.lead_id, ripe.cause_id)
    assert (T + HOUR_MS, T + HOUR_MS) == (ripe.touch_at_ms, ripe.received_ms)
    assert (60.0, 30.0) == (ripe.score.engagement, ripe.score.previous)
    assert [("L1", ["L2"], "2026-11-22T13:00:00.000Z")] == [(n.lead_id, n.retired, n.at) for n in people.told.news]
    labels = [(s.previous, s.to, s.why) for s in people.told.stages if s.lead_id == "L1"]
    assert ("warm", "hot", "engagement 60 after the merge with L2") == labels[-1]


def test_of_two_open_handoffs_the_accepted_one_stays_and_the_other_is_withdrawn_as_merged() -> None:
    ripe = [fit20(), *demos()]
    people = two(ripe, [fit20(), *demos(at_ms=T + MINUTE_MS), said("accepted", T + 2 * MINUTE_MS, by="ann")])

    first, second, accepted, withdrawn = people.told.ripe
    assert [("requested", "L1"), ("requested", "L2"), ("accepted", "L2"), ("withdrawn", "L1")] == [
        (r.type.value, r.lead_id) for r in (first, second, accepted, withdrawn)
    ]
    assert (first.handoff_id, 2, "merged") == (withdrawn.handoff_id, withdrawn.revision, withdrawn.reason)
    kept = people.state("L1").episode
    assert kept is not None
    assert (second.handoff_id, "accepted", "ann", 0) == (kept.handoff_id, kept.status, kept.owner, kept.closed_ms)


def test_of_two_waiting_handoffs_the_older_one_stays_whichever_lead_survives() -> None:
    younger, older = [fit20(), *demos(at_ms=T + HOUR_MS)], [fit20(), *demos()]
    for ours, theirs in ((younger, older), (older, younger)):
        people = two(ours, theirs)
        opened = {ripe.touch_at_ms: ripe.handoff_id for ripe in people.told.ripe if ripe.type == "requested"}
        withdrawn = people.told.ripe[-1]
        kept = people.state("L1").episode

        assert (HandoffType.WITHDRAWN, "L1", "merged") == (withdrawn.type, withdrawn.lead_id, withdrawn.reason)
        assert kept is not None
        assert (opened[min(opened)], opened[max(opened)]) == (kept.handoff_id, withdrawn.handoff_id)


def test_an_answer_to_a_loser_s_handoff_reaches_it_at_the_survivor() -> None:
    people = two([learned(T, city="Almaty")], [fit20(), *demos()])
    opened = people.told.ripe[0]
    chosen = Assigned(id="a", at_ms=T, handoff_id=opened.handoff_id, revision=1, owner="ann", queue="sales")
    people.say("L2", chosen, said("accepted", T + 2 * HOUR_MS, handoff_id=opened.handoff_id, by="ann"))
    people.settle()

    assert [("requested", "L2", ""), ("accepted", "L1", "")] == [word for word in words(people) if word[0] != "updated"]
    kept = people.state("L1").episode
    assert kept is not None
    assert (opened.handoff_id, "accepted", "ann") == (kept.handoff_id, kept.status, kept.owner)


def test_a_lead_disarmed_on_either_side_is_not_handed_off_by_the_merge() -> None:
    returned = said("returned", T + MINUTE_MS, reason="no_budget", by="ann")
    people = two([*demos(1)], [fit20(), *demos(), returned])

    assert [("requested", "L2", ""), ("returned", "L2", "no_budget")] == words(people)
    assert "cooling" == people.state("L1").held

    standing = [fit20(), *(touched("presentation_request", T + i) for i in range(9))]  # points that never fade
    long_after = two([touched("visit", T + 40 * DAY_MS)], [*standing, returned])
    assert 1 == [kind for kind, _, _ in words(long_after)].count("requested")
    assert "cooling" == long_after.state("L1").held


def test_what_was_backfilled_is_handed_off_once_the_other_side_brings_something_new() -> None:
    backfilled: list[LeadEvent] = [fit20(), *(touched("demo_request", T + i, history=True) for i in range(2))]

    assert [("requested", "L1", "")] == words(two(backfilled, demos(1)))
    assert [] == words(two(backfilled, backfilled))
    assert [] == words(two([], backfilled))


def test_the_loser_is_kept_warm_no_more_and_the_survivor_is_by_one_task() -> None:
    people = two([touched("visit")], [touched("visit")])

    assert [("nurture_entered", "L1"), ("nurture_entered", "L2"), ("nurture_left", "L2")] == [
        (task.kind, task.lead_id) for task in people.told.tasks
    ]


def test_a_pointer_keeps_only_what_it_needs_and_its_timers_are_stale() -> None:
    people = two([], [fit20(), *demos(), said("accepted", T, by="ann")])
    pointer = people.state("L2")
    before = people.told.timers["stale"]
    people.say("L2", TimerFired(id="L2/1", at_ms=T + DAY_MS))

    assert is_pointer(pointer)
    assert is_gone(pointer)
    assert (0, {}, None, 0) == (pointer.touches, pointer.rules, pointer.episode, pointer.deadline_ms)
    assert before + 1 == people.told.timers["stale"]
    assert len(encode(pointer, 0)) < 250


def test_a_repeat_that_comes_to_a_pointer_or_crosses_the_merge_counts_once() -> None:
    once, other = touched("demo_request", id="once"), touched("demo_request", T + 1, id="other")
    people = two([once], [other])
    again = msgspec.structs.replace(once, origin=msgspec.structs.replace(once.origin, offset=10**6 + 1))
    retried = msgspec.structs.replace(other, origin=msgspec.structs.replace(other.origin, offset=10**6))
    people.say("L2", retried, again)  # a retry of its own; and one of a touch that the survivor counted
    people.settle()
    people.say("L1", msgspec.structs.replace(other, origin=msgspec.structs.replace(other.origin, offset=10**6 + 2)))

    assert 2 == people.state("L1").touches
    assert {"repeat": 3, "forwarded": 1} == {
        outcome: count for (_, outcome), count in people.told.touches.items() if outcome in ("repeat", "forwarded")
    }


def test_what_is_forwarded_moves_no_input_coordinates_of_the_survivor() -> None:
    people = two([touched("visit")], [touched("visit")])
    before = people.state("L1").inputs
    ahead = touched("visit")
    ahead = msgspec.structs.replace(ahead, origin=msgspec.structs.replace(ahead.origin, offset=10**6))
    people.say("L2", ahead)
    people.settle()
    behind = touched("visit", id="behind")  # of the same partition, further back than the forwarded one
    people.say("L1", msgspec.structs.replace(behind, origin=msgspec.structs.replace(behind.origin, offset=10**5)))

    assert before != b""
    assert 4 == people.state("L1").touches


def test_a_touch_counted_on_both_sides_counts_once_where_times_are_kept_and_leaves_a_doubt() -> None:
    both = touched("page_view", T, id="both", page="/pricing")
    people = two([both], [both, touched("visit")])
    state = people.state("L1")

    assert 4.0 == state.engagement / 1e6
    assert state.kin is not None
    assert "overlap" == state.kin.doubt
    assert 1 == people.told.kin["doubt"]


def test_a_refusal_to_be_scored_that_judges_touches_of_the_other_side_leaves_a_doubt() -> None:
    refused = said("consent", T, purpose="scoring", given=False)
    for theirs, doubt in (([touched("visit", T + 1)], "consent"), ([touched("visit", T - 1)], "")):
        kin = two([refused], theirs).state("L1").kin
        assert kin is not None
        assert doubt == kin.doubt


def test_a_merge_into_a_greater_id_is_said_back_and_nobody_merges_into_itself() -> None:
    people = People(M1)
    people.say("L1", touched("visit"))
    people.say("L1", merged_into("L2", "L1"), merged_into("L1", "L1"))
    people.settle()

    assert (1, False) == (people.state("L1").touches, is_gone(people.state("L1")))
    assert is_pointer(people.state("L2"))


def test_a_grave_takes_nothing_in_sends_nothing_on_and_keeps_only_ids() -> None:
    people = two([fit20(), *demos()], [touched("visit")])
    people.say("L1", Erased(id="e", at_ms=T + DAY_MS), touched("visit"), fit20(), merged_into("L0", "L1"))
    people.say("L2", Erased(id="e2", at_ms=T + DAY_MS), touched("visit"))
    people.settle()
    grave = people.state("L1")

    assert [("requested", "L1", ""), ("withdrawn", "L1", "erased")] == words(people)
    told = people.told.ripe[-1]
    assert ({}, [], [], []) == (told.facts, told.touches, told.breakdown, told.sources)
    assert (True, True, 0, {}, {}) == (is_grave(grave), is_gone(grave), grave.touches, grave.facts, grave.rules)
    assert is_grave(people.state("L2"))
    assert b"" != grave.inputs


def test_a_damaged_state_is_set_aside_and_the_lead_stays_as_it_was() -> None:
    table = Table()
    table.keep(fold([Logged(0, b"L1", msgspec.json.encode(touched("visit")))], table, M1))
    damaged = MergedFrom(id="m", at_ms=T, loser="L2", number=1, state=b"\4" + bytes(16) + b"\xc1")
    folded = fold([Logged(1, b"L1", msgspec.json.encode(damaged))], table, M1)
    table.keep(folded)

    assert ["poison"] == [reject.reason.value for _, reject in folded.refused]
    assert (1, None) == (table.state().touches, table.state().kin)


@pytest.mark.parametrize("nested", [1, 3])
def test_what_passes_through_several_pointers_comes_as_it_was(nested: int) -> None:
    people = People(M1)
    for number in range(nested):
        people.say(f"L{number + 2}", merged_into(f"L{number + 1}", f"L{number + 2}"))
        people.settle()
    people.say(f"L{nested + 1}", touched("demo_request", T, id="far"))
    people.settle()

    assert (1, 30.0) == (people.state("L1").touches, people.state("L1").engagement / 1e6)
    last = event_of(people.log[-1].value)
    for _ in range(nested):
        assert isinstance(last, Forwarded)
        last = event_of(bytes(last.event))
    assert "far" == last.id


def test_a_survivor_knows_who_was_merged_into_its_losers_and_how_far_they_were_heard() -> None:
    people = People(M1)
    people.say("L3", touched("visit"), merged_into("L2", "L3"), touched("visit"))
    people.settle()
    people.say("L2", merged_into("L1", "L2"))
    people.settle()
    kin = people.state("L1").kin

    assert kin is not None
    assert {"L2": 1, "L3": 2} == kin.heard
