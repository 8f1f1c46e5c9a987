"""A store on disk is a prefix of its changelog, after kills and power cuts too, or it is thrown away."""

import os
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agents.table.score_partition import ScorePartition
from agents.table.stores.rocks_store import PAGE, RocksStore
from agents.table.stores.store import TRUSTED_MS
from schemas.lead_state import LeadState
from streams.folded import Folded
from streams.lead_codec import CONTROL_KEY, encode
from tests.pure.changelogs import control, discarded, opened, record, take

LEADS = st.sampled_from([b"anna", b"ben", b"cyd", b""])
Word = tuple[bytes, int | None]
WORD: st.SearchStrategy[Word] = st.one_of(
    st.tuples(LEADS, st.none() | st.integers(0, 50)), st.tuples(st.just(CONTROL_KEY), st.integers(0, 50))
)
CHANGELOG: st.SearchStrategy[list[list[Word]]] = st.lists(st.lists(WORD, min_size=1, max_size=8), max_size=8)
"""By what was read at once."""


def written(chunks: list[list[Word]]) -> list[list[Any]]:
    """Records of a changelog."""
    made, offset = [], 0
    for chunk in chunks:
        made.append([record(offset + at, key, _value(key, applied)) for at, (key, applied) in enumerate(chunk)])
        offset += len(chunk)
    return made


def _value(key: bytes, applied: int | None) -> bytes | None:
    if applied is None:
        return None
    return msgspec.json.encode(control(applied)) if key == CONTROL_KEY else encode(LeadState(touches=applied), applied)


def told(held: ScorePartition) -> tuple[object, ...]:
    """All it knows."""
    return dict(held.encoded), len(held), held.read_to, held.control, held.outdated, held._highest


def flush(held: ScorePartition) -> None:
    """As RocksDB does by itself when a write buffer is full."""
    store = held._store
    assert isinstance(store, RocksStore)
    store._db.flush()


def in_memory(chunks: list[list[Any]]) -> tuple[object, ...]:
    """What a worker without a store knows after reading everything."""
    held = ScorePartition(0)
    for chunk in chunks:
        held.take(chunk)
    return told(held)


@given(
    chunks=CHANGELOG.map(written), killed_after=st.integers(0, 8), lost=st.just(0) | st.integers(0, 2_000),
    flushed=st.sets(st.integers(0, 8), max_size=3), at_end=st.sets(st.integers(0, 8), max_size=2),
)  # fmt: skip
@settings(max_examples=100, deadline=None)
def test_after_a_kill_or_a_power_cut_reading_on_from_the_bookmark_gives_what_reading_everything_gives(
    chunks: list[list[Any]], killed_after: int, lost: int, flushed: set[int], at_end: set[int]
) -> None:
    end = sum(map(len, chunks))
    with TemporaryDirectory() as folder:
        before, after = Path(folder, "before"), Path(folder, "after")
        with opened(before, end) as held:
            for number, chunk in enumerate(chunks[:killed_after]):
                take(held, chunk)
                if number in flushed:
                    flush(held)
                if number in at_end:
                    held.settle(at_end=True)
            # The files as they are now are what a kill leaves: nothing was closed.
            shutil.copytree(before, after)
        for log in (after / "stores").rglob("*.log"):
            os.truncate(log, max(0, log.stat().st_size - lost))
        with opened(after, end) as held:
            read_to = held.read_to
            assert in_memory([[r for chunk in chunks for r in chunk if r.offset < read_to]])[:2] == told(held)[:2]
            take(held, [r for chunk in chunks for r in chunk if r.offset >= read_to])

            assert in_memory(chunks) == told(held)


def test_a_restart_has_all_that_was_settled_before_a_kill(tmp_path: Path) -> None:
    records = [record(at, b"lead-%d" % at, encode(LeadState(touches=1), at)) for at in range(5_000)]
    with opened(tmp_path / "before", 5_000) as held:
        held.settle(at_end=True)
        take(held, records)
        shutil.copytree(tmp_path / "before", tmp_path / "after")

    with opened(tmp_path / "after", 5_000) as again:
        assert 5_000 == again.read_to == len(again)


def test_a_kill_while_a_store_is_filled_leaves_what_was_flushed_and_the_rest_is_read_again(tmp_path: Path) -> None:
    records = [record(at, b"lead-%d" % (at % 4_000), encode(LeadState(touches=1), at)) for at in range(5_000)]
    with opened(tmp_path / "before", 5_000) as held:
        take(held, records[:2_000])
        flush(held)
        take(held, records[2_000:4_500])
        shutil.copytree(tmp_path / "before", tmp_path / "after")

    with opened(tmp_path / "after", 5_000) as again:
        assert (2_000, 2_000) == (again.read_to, len(again))
        take(again, records[2_000:])
        again.settle(at_end=True)
        assert (5_000, 4_000) == (again.read_to, len(again))
        shutil.copytree(tmp_path / "after", tmp_path / "last")
    with opened(tmp_path / "last", 5_000) as last:
        assert {r.key: r.value for r in records} == dict(last.encoded)


def test_what_the_broker_has_not_acknowledged_is_not_in_the_store(tmp_path: Path) -> None:
    with opened(tmp_path / "before", 1) as held:
        take(held, [record(0, b"anna", encode(LeadState(touches=1), 1))])
        held.settle(at_end=True)
        list(held.records(Folded(states={b"anna": encode(LeadState(touches=2), 2)}), control(2)))
        shutil.copytree(tmp_path / "before", tmp_path / "after")

    with opened(tmp_path / "after", 1) as again:
        assert encode(LeadState(touches=1), 1) == again.get(b"anna")


@pytest.mark.parametrize(
    ("why", "changelog"),
    [
        ("made anew", {"end": 9, "table": "table-2"}),
        ("ends before it", {"end": 0}),
        ("begins elsewhere", {"end": 9, "first": 1}),
        ("so long", {"end": 9, "clock": lambda: TRUSTED_MS + 1}),
    ],
)
def test_a_store_that_is_no_prefix_of_its_changelog_is_thrown_away(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], why: str, changelog: dict[str, Any]
) -> None:
    with opened(tmp_path, 1) as held:
        take(held, [record(0, b"anna", encode(LeadState(), 1))])
    before = discarded()

    with opened(tmp_path, **changelog) as again:
        assert ({}, 0, 0, None, set(), -1) == told(again)
    assert before + 1 == discarded()
    assert why in "".join(capsys.readouterr())


def test_a_store_is_kept_as_long_as_kafka_keeps_tombstones_since_it_was_at_the_end(tmp_path: Path) -> None:
    with opened(tmp_path, 2) as held:
        take(held, [record(0, b"anna", encode(LeadState(), 1))])
    with opened(tmp_path, 2, clock=lambda: TRUSTED_MS) as held:
        held.settle(at_end=True)
    with opened(tmp_path, 2, clock=lambda: 2 * TRUSTED_MS) as held:
        take(held, [record(1, b"ben", encode(LeadState(), 2))])

    with opened(tmp_path, 2, clock=lambda: 2 * TRUSTED_MS) as again:
        assert 2 == len(again)
    with opened(tmp_path, 2, clock=lambda: 2 * TRUSTED_MS + 1) as again:
        assert 0 == len(again)


def test_a_lead_left_outdated_is_known_after_a_restart(tmp_path: Path) -> None:
    with opened(tmp_path, 2) as held:
        take(held, [record(at, b"anna", encode(LeadState(), applied)) for at, applied in enumerate((9, 5))])

    with opened(tmp_path, 2) as again:
        assert {b"anna"} == again.outdated


def test_leads_are_read_page_by_page_and_each_once_while_others_are_put(tmp_path: Path) -> None:
    leads = [f"lead-{number:05}".encode() for number in range(2 * PAGE + 7)]
    with opened(tmp_path, 5_000) as held:
        take(held, [record(n, lead, encode(LeadState(), n)) for n, lead in enumerate(leads)])
        held.settle()
        keys = held.keys()
        read = [next(keys) for _ in range(10)]
        held.put(b"lead-00000-a", encode(LeadState(), 9_000))
        held.settle()
        read += list(keys)

        assert leads == [lead for lead in read if lead != b"lead-00000-a"]
        assert len(set(read)) == len(read)
