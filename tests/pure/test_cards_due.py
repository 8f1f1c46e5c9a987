"""At most one card per lead and rest, the first change at once, the last one always; whatever comes, whoever dies."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from agents.table.cards_due import CardsDue
from schemas.lead_state import LeadState
from streams.lead_codec import encode

ANNA, BEN, CYD = b"anna", b"ben", b"cyd"
NOBODY = frozenset[bytes]()


def test_the_first_change_has_its_card_at_once_and_those_soon_after_it_share_one() -> None:
    due = CardsDue(1.0)

    assert [ANNA] == due.touched([ANNA], NOBODY, -1, 10.0)
    assert [] == due.touched([ANNA], NOBODY, 0, 10.3)
    assert [BEN] == due.touched([ANNA, BEN], NOBODY, 1, 10.6)
    due.look(10.9)
    assert [] == due.take(10, 10.9)
    due.look(11.0)
    assert [ANNA] == due.take(10, 11.0)
    due.look(30.0)
    assert [] == due.take(10, 30.0)


def test_the_card_that_follows_begins_a_rest_too() -> None:
    due = CardsDue(1.0)
    due.touched([ANNA], NOBODY, -1, 0.0)
    due.touched([ANNA], NOBODY, 0, 0.5)
    due.look(1.0)
    due.take(10, 1.0)

    assert [] == due.touched([ANNA], NOBODY, 1, 1.9)
    assert [ANNA] == due.touched([ANNA], NOBODY, 2, 2.0)
    assert 0 == len(due)


def test_a_handoff_does_not_wait() -> None:
    due = CardsDue(1.0)
    due.touched([ANNA, BEN], NOBODY, -1, 0.0)

    assert [BEN] == due.touched([ANNA, BEN], {BEN}, 1, 0.4)
    due.look(1.0)
    assert [ANNA] == due.take(10, 1.0)
    assert [] == due.touched([BEN], NOBODY, 3, 1.3), "it rests since 0.4"


def test_one_in_a_hurry_does_not_hold_up_those_behind_it() -> None:
    due = CardsDue(1.0)
    due.touched([ANNA, BEN], NOBODY, -1, 0.0)
    due.touched([BEN, ANNA], {ANNA}, 1, 0.9)
    due.look(1.0)

    assert [BEN] == due.take(10, 1.0)


def test_without_a_rest_every_flush_writes_whom_it_touched_and_nothing_is_remembered() -> None:
    due = CardsDue(0.0)

    assert [ANNA, BEN] == due.touched([ANNA, BEN], NOBODY, -1, 0.0)
    assert [ANNA] == due.touched([ANNA], NOBODY, 1, 0.0)
    assert (0, 7) == (len(due), due.written_to(7))


def test_all_cards_are_written_up_to_where_the_first_that_waits_had_been_untouched() -> None:
    due = CardsDue(1.0)
    due.touched([ANNA, BEN], NOBODY, -1, 0.0)
    assert 1 == due.written_to(1)
    due.touched([ANNA], NOBODY, 1, 0.2)
    due.touched([BEN], NOBODY, 2, 0.4)
    due.touched([ANNA], NOBODY, 3, 0.6)

    assert 1 == due.written_to(4)
    assert [ANNA] == due.touched([ANNA], {ANNA}, 4, 0.8)
    assert 2 == due.written_to(5)
    due.take_all(0.9)
    assert 5 == due.written_to(5)


def test_many_that_have_rested_are_written_in_portions() -> None:
    due = CardsDue(1.0)
    leads = [str(n).encode() for n in range(25)]
    due.touched(leads, NOBODY, -1, 0.0)
    due.touched(leads, NOBODY, 24, 0.1)
    due.look(1.0)

    assert [leads[:10], leads[10:20], leads[20:], []] == [due.take(10, 1.0) for _ in range(4)]


def test_after_a_restore_whoever_changed_beyond_the_last_card_has_it_due() -> None:
    due = CardsDue(1.0)
    due.restored({lead: encode(LeadState(), applied) for lead, applied in {ANNA: 4, BEN: 5, CYD: 9}.items()}, 4)

    assert 4 == due.written_to(9)
    assert [CYD] == due.touched([CYD], NOBODY, 9, 0.0)
    due.look(0.0)
    assert [BEN] == due.take(10, 0.0)
    assert 10 == due.written_to(10)


class Worker:
    """Scores a log: a lead's state is the offset of its last event, and its card shows the state."""

    def __init__(self, rest_s: float) -> None:
        self.rest_s = rest_s
        self.due = CardsDue(rest_s)
        self.log: list[bytes] = []
        self.states: dict[bytes, int] = {}
        self.cards: dict[bytes, int] = {}
        self.applied, self.cards_to = -1, -1
        self.written: dict[bytes, list[float]] = {}
        """When each lead had a card that nobody was in a hurry for, in this life."""

    def flush(self, at_once: frozenset[bytes], now_s: float, *, dies: bool = False) -> None:
        """Cards, states, control record, of all the log holds; one that dies comes as far as half of the states."""
        touched: dict[bytes, int] = {}
        for offset in range(self.applied + 1, len(self.log)):
            if offset > self.states.get(self.log[offset], -1):
                touched[self.log[offset]] = offset
        known = self.states | touched
        for lead in self.due.touched(touched, at_once, self.applied, now_s) + self.due.take(1, now_s):
            self.say(lead, known[lead], now_s, hurry=lead in at_once)
        if dies:
            self.states |= dict(list(touched.items())[: len(touched) // 2])
            self.restart()
        else:
            self.states, self.applied = known, len(self.log) - 1
            self.cards_to = self.due.written_to(self.applied)

    def follow(self, now_s: float) -> None:
        """As the timer does."""
        self.due.look(now_s)
        for lead in self.due.take(100, now_s):
            self.say(lead, self.states[lead], now_s)
        self.cards_to = self.due.written_to(self.applied)

    def say(self, lead: bytes, state: int, now_s: float, *, hurry: bool = False) -> None:
        self.cards[lead] = state
        if not hurry:
            self.written.setdefault(lead, []).append(now_s)

    def restart(self) -> None:
        """All that memory held is gone."""
        self.due, self.written = CardsDue(self.rest_s), {}
        self.due.restored({lead: encode(LeadState(), n) for lead, n in self.states.items()}, self.cards_to)


STEPS = st.lists(
    st.tuples(
        st.integers(0, 8).map(lambda eighths: eighths / 8),
        st.sampled_from(["flush", "flush", "flush", "dies", "killed between", "follow"]),
        st.lists(st.sampled_from([ANNA, BEN, CYD]), min_size=1, max_size=4),
        st.frozensets(st.sampled_from([ANNA, BEN, CYD]), max_size=1),
    ),
    max_size=25,
)


@settings(max_examples=300)
@given(STEPS, st.sampled_from([0.0, 1.0]))
def test_the_last_change_has_its_card_however_often_the_worker_dies_and_no_lead_has_too_many(
    steps: list[tuple[float, str, list[bytes], frozenset[bytes]]], rest_s: float
) -> None:
    worker, now_s = Worker(rest_s), 0.0
    for after_s, what, leads, at_once in steps:
        now_s += after_s
        if what == "follow":
            worker.follow(now_s)
        elif what == "killed between":
            worker.restart()
        else:
            worker.log += leads
            worker.flush(at_once, now_s, dies=what == "dies")
        for times in worker.written.values():
            assert all(later - earlier >= rest_s for earlier, later in pairwise(times))
    worker.flush(NOBODY, now_s)
    worker.follow(now_s + rest_s)

    assert {lead: offset for offset, lead in enumerate(worker.log)} == worker.states
    assert worker.states == worker.cards
    assert (0, worker.applied) == (len(worker.due), worker.cards_to)
