"""Table and changelog of one partition, in either store: whoever wrote, the higher applied offset stays."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.settings import StoreKind
from agents.table.score_partition import MOST_STATE_BYTES, ScorePartition
from schemas.lead_state import LeadState
from streams.fold import Folded
from streams.lead_codec import CONTROL_KEY, applied_of, decode, encode
from tests.pure.changelogs import control, partition, record

Hold = Callable[..., ScorePartition]

WRITES = st.lists(st.tuples(st.sampled_from([b"anna", b"ben"]), st.integers(0, 50)), max_size=30)


@pytest.fixture(params=StoreKind)
def hold(request: pytest.FixtureRequest) -> Iterator[Hold]:
    """Makes partitions over one kind of store."""
    with ExitStack() as open_stores:
        yield lambda *said: open_stores.enter_context(partition(request.param, *said))


@pytest.mark.parametrize("kind", StoreKind)
@given(writes=WRITES, cut=st.integers(0, 30))
@settings(max_examples=40, deadline=None)
def test_the_table_holds_the_highest_applied_offset_of_each_lead_however_the_changelog_is_cut(
    kind: StoreKind, writes: list[tuple[bytes, int]], cut: int
) -> None:
    records = [record(at, key, encode(LeadState(touches=applied), applied)) for at, (key, applied) in enumerate(writes)]
    with partition(kind) as held:
        for some in (records[:cut], records[cut:]):
            held.prefetch(some)
            held.take(some)
            held.settle()
        _holds_the_highest(held, writes)


def _holds_the_highest(held: ScorePartition, writes: list[tuple[bytes, int]]) -> None:
    for lead in {key for key, _ in writes}:
        highest = max(applied for key, applied in writes if key == lead)
        applied, state = held.get(lead)
        assert highest == applied
        assert state is not None
        assert highest == state.touches
    last = dict(writes)
    outdated = {lead for lead, applied in last.items() if applied < held.get(lead)[0]}
    assert outdated == held.outdated
    assert len(writes) == held.read_to
    assert len({key for key, _ in writes}) == len(held) == len(dict(held.encoded))


def test_a_lead_left_outdated_by_a_late_writer_is_written_again_with_the_next_flush(hold: Hold) -> None:
    held = hold(3)
    held.take(
        [record(0, b"anna", encode(LeadState(touches=2), 20)), record(1, b"anna", encode(LeadState(touches=1), 10))]
    )

    written = list(held.records(Folded(states={b"ben": LeadState()}, applied={b"ben": 21}), control(21)))
    held.persisted(Folded(), control(21), 5)
    held.settle(at_end=True)

    assert [b"ben", b"anna", CONTROL_KEY] == [key for _, key, _, _ in written]
    assert {3} == {partition for partition, *_ in written}
    assert 20 == applied_of(written[1][2] or b"")
    assert set() == held.outdated


def test_a_late_control_record_does_not_turn_the_table_back(hold: Hold) -> None:
    held = hold()
    held.take(record(at, CONTROL_KEY, msgspec.json.encode(control(applied))) for at, applied in enumerate((7, 30, 12)))

    assert 31 == held.next_offset


def test_a_new_record_of_a_lead_replaces_what_was_decoded(hold: Hold) -> None:
    held = hold()
    held.take([record(0, b"anna", encode(LeadState(touches=1), 1))])
    held.get(b"anna")

    held.take([record(1, b"anna", encode(LeadState(touches=2), 2))])

    assert (2, LeadState(touches=2)) == held.get(b"anna")


def test_a_failed_fold_finds_the_lead_as_it_was_last_persisted(hold: Hold) -> None:
    held = hold()
    held.take([record(0, b"anna", encode(LeadState(touches=1), 1))])
    _, state = held.get(b"anna")
    assert state is not None
    state.touches = 99

    assert (1, LeadState(touches=1)) == held.reload(b"anna")


def test_leads_not_touched_of_late_are_decoded_anew(hold: Hold) -> None:
    held = hold(0, 4)

    def touch(*names: bytes) -> None:
        states = {name: LeadState() for name in names}
        folded = Folded(states=states, applied=dict.fromkeys(states, 5))
        list(held.records(folded, control(5)))
        held.persisted(folded, control(5), 4)
        held.settle(at_end=True)

    touch(b"anna", b"ben", b"cyd")
    kept = held.get(b"anna")[1]
    assert kept is held.get(b"anna")[1]
    touch(b"dan", b"eve", b"finn")
    touch(b"gus", b"hal", b"ida")

    assert 9 == len(held)
    assert (5, kept) == held.get(b"anna")
    assert kept is not held.get(b"anna")[1]


def test_a_state_too_large_to_be_written_goes_back_and_takes_no_more_touches(hold: Hold) -> None:
    held = hold()
    held.take([record(0, b"anna", encode(LeadState(touches=1), 1))])
    grown = LeadState(touches=2, sources=["x" * MOST_STATE_BYTES])

    written = list(held.records(Folded(states={b"anna": grown}, applied={b"anna": 2}), control(2)))

    value = written[0][2] or b""
    assert 2 == applied_of(value)
    assert LeadState(touches=1, flooded=True) == decode(value)


def test_a_tombstone_removes_a_lead(hold: Hold) -> None:
    held = hold()
    held.take([record(0, b"anna", encode(LeadState(), 1)), record(1, b"anna", None)])

    assert (-1, None) == held.get(b"anna")
    assert 0 == len(held)


def test_a_copy_stays_as_it_was_whatever_is_taken_later(hold: Hold) -> None:
    held = hold()
    held.take([record(0, b"anna", encode(LeadState(touches=1), 1)), record(1, b"ben", encode(LeadState(), 2))])
    held.settle()
    copy = held.copy()

    held.take([record(2, b"anna", encode(LeadState(touches=2), 3)), record(3, b"ben", None)])
    held.settle()

    assert {b"anna": encode(LeadState(touches=1), 1), b"ben": encode(LeadState(), 2)} == dict(copy.items())
    assert [2, 1] == [len(copy), len(held)]
    assert {b"anna": encode(LeadState(touches=2), 3)} == dict(held.encoded.items())
