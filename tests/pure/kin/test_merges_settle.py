"""Merges in any order, said again, by whoever woke too late, in chains and cycles: everybody ends as one lead each."""

from random import Random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.lead_event import Forwarded, LeadEvent, MergedFrom, MergedInto
from schemas.scoring_model import ScoringModel
from schemas.units import MICRO
from streams.judge import Judge
from streams.kin.gone import is_pointer
from tests.pure.kin.people import People, event_of, merged_into
from tests.pure.lives import T, judge, live, touched, with_coordinates
from tests.pure.model_draws import histories, models
from tests.pure.test_naive_scoring import assert_same

LEADS = ("L1", "L2", "L3", "L4", "L5")


class Disorder(People):
    """What is sent on arrives whenever, in the order of each sender alone; and some of it again, later."""

    def __init__(self, by: Judge, random: Random) -> None:
        super().__init__(by)
        self.random = random
        self.arrived: list[tuple[str, bytes]] = []

    def one_arrives(self) -> None:
        waiting = self.waiting
        at = self.random.randrange(len(waiting))
        sender = _sender(waiting[at][1])
        at = next(i for i in range(at + 1) if i == at or (sender and _sender(waiting[i][1]) == sender))
        sent = waiting.pop(at)
        self.put(sent)
        self.arrived.append(sent)
        if self.random.random() < 0.3:  # a worker that woke too late says again what it said then, in its order
            first = self.random.randrange(len(self.arrived))
            self.put(*self.arrived[first : first + self.random.randrange(1, 4)])

    def all_arrive(self, most: int = 3_000) -> None:
        for _ in range(most):
            if not self.waiting:
                return
            self.one_arrives()
        raise AssertionError("leads send one another events for ever")


def _sender(value: bytes) -> str:
    event = event_of(value)
    return event.loser if isinstance(event, MergedFrom | Forwarded) else ""


def end_of(people: People, lead: str) -> str:
    """Along its pointers."""
    while people.table.get(lead.encode()) is not None and is_pointer(state := people.state(lead)):
        assert state.kin is not None
        assert state.kin.merged_into < lead
        lead = state.kin.merged_into
    return lead


def roots(merges: list[tuple[str, str]]) -> dict[str, str]:
    """The smallest id of each who are one."""
    root = {lead: lead for lead in LEADS}
    for one, other in merges:
        low, high = sorted((root[one], root[other]))
        root = {lead: low if of == high else of for lead, of in root.items()}
    return root


pairs = st.lists(st.tuples(st.sampled_from(LEADS), st.sampled_from(LEADS)), min_size=1, max_size=8)


@settings(max_examples=80, deadline=None)
@given(models(most=4), histories(most=25), pairs, st.integers(0, 2**32), st.booleans())
def test_in_whatever_order_merges_and_touches_come_everybody_ends_as_one_lead_that_scores_as_one(
    drawn: ScoringModel, life: list[LeadEvent], merges: list[tuple[str, str]], seed: int, rightly: bool
) -> None:
    by, random = Judge.of(drawn), Random(seed)
    people = Disorder(by, random)
    homes: dict[str, str] = {}
    # An event said twice comes to the same lead again: its home is fixed.
    said: list[tuple[str, LeadEvent]] = [
        (homes.setdefault(event.id, random.choice(LEADS)), event) for event in with_coordinates(life)
    ]
    for one, other in merges:
        low, high = sorted((one, other))
        loser, survivor = (high, low) if rightly or random.random() < 0.5 else (low, high)
        said.insert(random.randrange(len(said) + 1), (loser, merged_into(survivor, loser)))
    for lead, event in said:
        people.say(lead, event)
        while people.waiting and random.random() < 0.5:
            people.one_arrives()
    people.all_arrive()
    wanted = roots(merges)
    for lead in set(wanted.values()):
        people.say(lead, touched("note", T))
    people.all_arrive()

    assert wanted == {lead: end_of(people, lead) for lead in LEADS}
    for root in set(wanted.values()):
        state = people.state(root)
        theirs = [event for lead, event in said if wanted[lead] == root and not isinstance(event, MergedInto)]
        assert_same(state, by, [*theirs, touched("note", T)])
        assert "" == (state.kin.doubt if state.kin is not None else "")


@settings(max_examples=50, deadline=None)
@given(histories(most=20), pairs, st.integers(0, 2**32), st.integers(1, 9))
def test_the_same_log_folded_in_any_batches_sends_on_the_same_bytes(
    life: list[LeadEvent], merges: list[tuple[str, str]], seed: int, batch: int
) -> None:
    random = Random(seed)
    people = Disorder(judge(), random)
    for event in with_coordinates(life):
        people.say(random.choice(LEADS[:3]), event)
        if merges:
            survivor, loser = sorted(merges.pop())
            people.say(loser, merged_into(survivor, loser))
        while people.waiting and random.random() < 0.5:
            people.one_arrives()
    people.all_arrive()
    again = people.again(batch)

    assert people.table.kept == again.table.kept
    assert sorted(people.told.onward) == sorted(again.told.onward)
    assert people.told.kin == again.told.kin


def test_a_number_heard_before_is_passed_over_and_one_that_is_missing_does_not_hold_up_the_next() -> None:
    people = People(judge())
    people.say("L2", touched("demo_request", T, id="a"))
    people.say("L2", merged_into("L1", "L2"), touched("demo_request", T, id="b"), touched("demo_request", T, id="c"))
    merged, second, third = people.waiting
    people.put(merged, third, second, merged, third)

    state = people.state("L1")
    assert state.kin is not None
    assert ({"L2": 3}, 2) == (state.kin.heard, state.touches)
    assert 60 * MICRO == state.engagement
    assert 3 == people.told.kin["repeat"]


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_a_cycle_of_merges_ends_at_the_smallest_id(order: tuple[int, int, int]) -> None:
    people = People(judge())
    cycle = [("L1", "L2"), ("L2", "L3"), ("L3", "L1")]
    for lead in ("L1", "L2", "L3"):
        people.say(lead, touched("demo_request", T, id=lead))
    for at in order:
        people.say(cycle[at][0], merged_into(cycle[at][1], cycle[at][0]))
    people.settle(times=2)

    assert ["L1", "L1", "L1"] == [end_of(people, lead) for lead in ("L1", "L2", "L3")]
    one, _ = live([touched("demo_request", T) for _ in range(3)], judge())
    assert (one.engagement, one.touches) == (people.state("L1").engagement, people.state("L1").touches)
