"""Deadlines that lie on disk come up as those in memory do, whatever was settled, fetched or restarted between."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.settings import StoreKind
from agents.table import deadlines
from agents.table.score_partition import ScorePartition
from agents.table.stores.rocks_store import PAGE
from schemas.lead_state import LeadState
from streams.folded import Folded
from streams.lead_codec import encode
from tests.pure.changelogs import control, opened, partition, record, take

NAMES = ("a", "a\0", "b", "c", "d", "é")
STEP = st.one_of(
    st.tuples(st.just("fold"), st.dictionaries(st.sampled_from(NAMES), st.integers(0, 40), min_size=1)),
    st.tuples(st.just("take"), st.integers(0, 45)),
    st.just(("settle", 0)),
    st.just(("restore", 0)),
)


@contextmanager
def small(page: int, ahead_ms: int) -> Iterator[None]:
    """Pages and window so small that a few leads fill them."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(deadlines, "PAGE", page)
        patch.setattr(deadlines, "AHEAD_MS", ahead_ms)
        yield


def state(due_ms: int, applied: int) -> bytes:
    return encode(LeadState(deadline_ms=due_ms), applied)


def fold(held: ScorePartition, due: dict[str, int], applied: int) -> None:
    """As a flush does, up to where it waits for the broker."""
    states = {name.encode(): state(due_ms, applied) for name, due_ms in due.items()}
    list(held.records(Folded(states=states), control(applied)))


def settle(held: ScorePartition) -> None:
    held.persisted(control(0), 0)
    held.settle()


def restore(held: ScorePartition) -> None:
    """As after somebody else's write."""
    settle(held)
    held._untimed = True
    held.see_deadlines()


@given(steps=st.lists(STEP, max_size=30), page=st.integers(1, 4), ahead_ms=st.integers(1, 30), most=st.integers(1, 6))
def test_on_disk_the_same_deadlines_come_up_at_the_same_moment_as_in_memory(
    steps: list[tuple[str, int | dict[str, int]]], page: int, ahead_ms: int, most: int
) -> None:
    with partition(StoreKind.MEMORY) as near, partition(StoreKind.ROCKSDB) as far, small(page, ahead_ms):
        for held in (near, far):
            held.see_deadlines()
        for applied, (word, said) in enumerate(steps):
            taken = []
            for held in (near, far):
                if isinstance(said, dict):
                    fold(held, said, applied)
                elif word == "take":
                    taken.append(held.deadlines.take(said, most))
                elif word == "settle":
                    settle(held)
                else:
                    restore(held)
            if taken:
                assert taken[0] == taken[1]


def test_a_deadline_that_a_flush_under_way_has_moved_comes_up_at_its_new_moment_alone() -> None:
    with partition(StoreKind.ROCKSDB) as held:
        take(held, [record(0, b"anna", state(5, 1)), record(1, b"ben", state(5, 2)), record(2, b"cyd", state(0, 3))])
        held.see_deadlines()
        fold(held, {"anna": 9, "ben": 0, "cyd": 7}, 4)

        assert [[], [(7, b"cyd"), (9, b"anna")]] == [held.deadlines.take(5, 100), held.deadlines.take(9, 100)]


def test_a_restart_knows_how_many_deadlines_there_are_and_holds_only_those_that_come_soon(tmp_path: Path) -> None:
    soon, late = 1_000, 10 * deadlines.AHEAD_MS
    records = [record(n, b"lead-%d" % n, state(soon if n < 7 else late + n, n)) for n in range(2 * PAGE)]
    with opened(tmp_path, len(records)) as held:
        take(held, records[:PAGE])
        take(held, records[PAGE:])
        take(held, [record(len(records), b"lead-8", None), record(len(records) + 1, b"lead-9", state(0, 9_999))])
        held.settle(at_end=True)

    with opened(tmp_path, len(records) + 2) as again:
        again.see_deadlines()
        assert len(records) - 2 == len(again.deadlines)
        assert [(soon, b"lead-%d" % n) for n in range(7)] == again.deadlines.take(soon, 100)
        assert len(records) - 9 == len(again.deadlines)
        assert 0 == len(again.deadlines._due)
        assert len(records) - 1 == len(again) == len(dict(again.encoded)) == len(list(again.keys()))
        assert [late + 7, late + 10] == [at_ms for at_ms, _ in again.deadlines.take(late + 10, 9)]


def test_more_overdue_than_a_page_come_up_in_their_order() -> None:
    with TemporaryDirectory() as folder, opened(Path(folder), 0) as held:
        take(held, [record(n, b"lead-%d" % n, state(1 + n % 7, n)) for n in range(100)])
        with small(page=3, ahead_ms=1):
            held.see_deadlines()
            up = held.deadlines.take(7, 1_000)

    assert sorted(up) == up
    assert 100 == len(set(up))
