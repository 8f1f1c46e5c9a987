"""Table and changelog of one partition, in either store: whoever wrote, the higher applied offset stays."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.settings import StoreKind
from agents.table.score_partition import ScorePartition
from schemas.lead_state import LeadState
from streams.folded import Folded
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
        value = held.get(lead) or b""
        assert highest == applied_of(value)
        assert highest == decode(value).touches
    last = dict(writes)
    outdated = {lead for lead, applied in last.items() if applied < applied_of(held.get(lead) or b"")}
    assert outdated == held.outdated
    assert len(writes) == held.read_to
    assert len({key for key, _ in writes}) == len(held) == len(dict(held.encoded))


def test_a_lead_left_outdated_by_a_late_writer_is_written_again_with_the_next_flush(hold: Hold) -> None:
    held = hold(3)
    held.take(
        [record(0, b"anna", encode(LeadState(touches=2), 20)), record(1, b"anna", encode(LeadState(touches=1), 10))]
    )

    written = list(held.records(Folded(states={b"ben": encode(LeadState(), 21)}), control(21)))
    held.persisted(control(21), 5)
    held.settle(at_end=True)

    assert [b"ben", b"anna", CONTROL_KEY] == [key for _, key, _, _ in written]
    assert {3} == {partition for partition, *_ in written}
    assert 20 == applied_of(written[1][2] or b"")
    assert set() == held.outdated


def test_a_late_control_record_does_not_turn_the_table_back(hold: Hold) -> None:
    held = hold()
    held.take(record(at, CONTROL_KEY, msgspec.json.encode(control(applied))) for at, applied in enumerate((7, 30, 12)))

    assert 31 == held.next_offset


def test_a_tombstone_removes_a_lead(hold: Hold) -> None:
    held = hold()
    held.take([record(0, b"anna", encode(LeadState(), 1)), record(1, b"anna", None)])

    assert held.get(b"anna") is None
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
