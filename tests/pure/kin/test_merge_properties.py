"""Leads merged at any moment score as one fold over both histories does, interleaved by time: under any model."""

from random import Random

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.lead_event import LeadEvent
from schemas.lead_state import LeadState
from schemas.scoring_model import Label, ScoringModel
from schemas.units import MICRO
from streams.card import card
from streams.judge import Judge
from streams.scoring.pace import pace
from streams.scoring.velocity import burst_counts
from tests.pure.kin.people import People, merged_into
from tests.pure.lives import T, live, touched, with_coordinates
from tests.pure.model_draws import histories, models
from tests.pure.test_naive_scoring import assert_same

LABELS = (Label("hot", 12 * MICRO), Label("warm", 4 * MICRO), Label("cold", 0))


def labelled(drawn: ScoringModel) -> ScoringModel:
    return msgspec.structs.replace(drawn, temperature=LABELS, grade=LABELS)


def told_apart(life: list[LeadEvent], who: str) -> list[LeadEvent]:
    """Ids of one history are not those of the other."""
    return [msgspec.structs.replace(event, id=f"{who}{event.id}") for event in life]


def of_both(judge: Judge, first: list[LeadEvent], then: list[LeadEvent]) -> LeadState:
    """One fold of everything, interleaved by time, each event once."""
    once = {event.id: event for event in (*first, *then)}
    return live(sorted(once.values(), key=lambda event: event.at_ms), judge)[0]


def assert_as_one(state: LeadState, judge: Judge, events: list[LeadEvent]) -> None:
    """Every number, label, cap, window, burst and surge."""
    assert_same(state, judge, events)
    one = of_both(judge, events, [])
    off = 1 + len(judge.rules)
    assert one.engagement == pytest.approx(state.engagement, abs=off)
    if all(abs(state.engagement - label.at_least) > off for label in LABELS):
        assert judge.temperature(one.engagement) == judge.temperature(state.engagement)
    assert (one.fit, one.completeness, one.as_of_ms) == (state.fit, state.completeness, state.as_of_ms)
    assert (one.touches, one.attempts, one.first_ms) == (state.touches, state.attempts, state.first_ms)
    assert (one.campaign, one.campaign_ms, one.did) == (state.campaign, state.campaign_ms, state.did)
    assert (set(one.sources), one.recent_ms) == (set(state.sources), state.recent_ms)
    assert pace(one) == pytest.approx(pace(state), abs=1e-5)
    for name, burst in judge.bursts.items():
        ours, theirs = one.bursts.get(name), state.bursts.get(name)
        assert (ours is not None and burst_counts(burst, ours, T)) == (
            theirs is not None and burst_counts(burst, theirs, T)
        )


@st.composite
def two_lives(draw: st.DrawFn) -> tuple[list[LeadEvent], list[LeadEvent]]:
    return told_apart(draw(histories(most=20)), "a"), told_apart(draw(histories(most=20)), "b")


@settings(max_examples=150, deadline=None)
@given(models(), two_lives(), st.integers(0, 20), st.integers(0, 20), st.integers(1, 3))
def test_leads_merged_at_any_moment_score_as_one_fold_of_both_histories(
    drawn: ScoringModel, lives: tuple[list[LeadEvent], list[LeadEvent]], mine: int, yours: int, times: int
) -> None:
    judge = Judge.of(labelled(drawn))
    survivor, loser = (with_coordinates(life) for life in lives)
    people = People(judge)
    people.say("L1", *survivor[:mine])
    people.say("L2", *loser[:yours])
    people.say("L2", merged_into("L1", "L2"))
    people.deliver(times)
    known = [*survivor[:mine], *loser[:yours]]
    if known:
        assert_as_one(people.state("L1"), judge, known)

    people.say("L2", *loser[yours:])  # late: forwarded
    people.say("L1", *survivor[mine:])
    people.settle(times)
    last = touched("note", T)
    people.say("L1", last)

    state = people.state("L1")
    assert_as_one(state, judge, [*survivor, *loser, last])
    assert state.kin is not None
    assert "" == state.kin.doubt


@settings(max_examples=60, deadline=None)
@given(models(), two_lives(), st.integers(0, 20), st.integers(0, 2**32), st.integers(1, 7))
def test_ledger_and_breakdown_sum_to_the_score_after_any_merge(
    drawn: ScoringModel, lives: tuple[list[LeadEvent], list[LeadEvent]], cut: int, seed: int, batch: int
) -> None:
    judge, random = Judge.of(labelled(drawn)), Random(seed)
    people = People(judge)
    events = [("L1", e) for e in with_coordinates(lives[0])] + [("L2", e) for e in with_coordinates(lives[1])]
    events.insert(min(cut, len(events)), ("L2", merged_into("L1", "L2")))
    random.shuffle(events)
    for lead, event in events:
        people.say(lead, event)
        if random.random() < 0.3:
            people.deliver()
    people.settle()
    state = people.state("L1")
    shown = card("L1", state, judge)

    assert shown.engagement == pytest.approx(sum(line.points for line in shown.breakdown), abs=1e-9)
    for dimension, score in (
        ("engagement", shown.engagement),
        ("fit", shown.fit),
        ("completeness", shown.completeness),
    ):
        lines = [e for e in people.told.ledger if e.lead_id == "L1" and e.dimension == dimension]
        assert score == pytest.approx(sum(e.delta for e in lines), abs=1e-9)
    whole, parts = people.again(len(people.log)), people.again(batch)
    assert people.table.kept == whole.table.kept == parts.table.kept
    assert people.told.onward == whole.told.onward
    assert whole.told.ripe == parts.told.ripe


@settings(max_examples=30, deadline=None)
@given(models(), two_lives(), st.integers(0, 20))
def test_the_ledger_switch_changes_no_merged_state(
    drawn: ScoringModel, lives: tuple[list[LeadEvent], list[LeadEvent]], cut: int
) -> None:
    judge = Judge.of(labelled(drawn))
    ends = []
    for ledger in (True, False):
        people = People(judge, ledger=ledger)
        people.say("L1", *with_coordinates(lives[0]))
        people.say("L2", *with_coordinates(lives[1])[:cut], merged_into("L1", "L2"))
        people.settle()
        ends.append(people.table.kept)

    assert ends[0] == ends[1]
