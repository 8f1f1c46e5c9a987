"""Snapshots on a shelf: whole or not there, checked by their sum, the older one when the newest is damaged."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agents.snapshots.shelf import FolderShelf
from agents.snapshots.snapshot import LEADS_PER_BLOCK, BadSnapshot, name_for, put, taken_back
from schemas.lead_state import Control, LeadState
from streams.lead_codec import encode

TABLE = "acme.lead.state.g2"


def control(applied: int) -> Control:
    return Control(generation="g", applied=applied, models=["m@1 sha256:a"], fold_revision=1, partitions=4, suffix="g2")


def states(count: int, touches: int = 1) -> dict[bytes, bytes]:
    return {f"lead-{n}".encode(): encode(LeadState(touches=touches + n), n) for n in range(count)}


@pytest.mark.parametrize("count", [0, 1, LEADS_PER_BLOCK, 2 * LEADS_PER_BLOCK + 1])
def test_what_was_put_down_comes_back(tmp_path: Path, count: int) -> None:
    shelf = FolderShelf(tmp_path / "new" / "shelf")
    taken = put(shelf, TABLE, 3, control(7), states(count), 0)

    back = taken_back(shelf, TABLE)

    assert {3} == set(back)
    assert control(7) == back[3].control
    assert states(count) == dict(back[3].encoded)
    assert taken.size == sum(map(len, shelf.read(taken.name)))


def test_the_newest_of_each_partition_counts_and_two_are_kept(tmp_path: Path) -> None:
    shelf = FolderShelf(tmp_path)
    for partition in (0, 11):
        for applied in (9, 10, 100):
            put(shelf, TABLE, partition, control(applied), states(2, applied), 0)
    put(shelf, "acme.lead.state", 0, control(5), states(1), 0)

    back = taken_back(shelf, TABLE)

    assert {0: 100, 11: 100} == {p: held.control.applied for p, held in back.items() if held.control is not None}
    assert 5 == len(shelf.names())
    assert {0} == set(taken_back(shelf, "acme.lead.state"))


@given(at=st.integers(0, 10_000), bit=st.integers(0, 7))
def test_any_damage_is_noticed(tmp_path_factory: pytest.TempPathFactory, at: int, bit: int) -> None:
    folder = tmp_path_factory.mktemp("shelf")
    taken = put(FolderShelf(folder), TABLE, 0, control(7), states(5), 0)
    damaged = bytearray((folder / taken.name).read_bytes())
    damaged[at % len(damaged)] ^= 1 << bit
    (folder / taken.name).write_bytes(damaged)

    with pytest.raises(BadSnapshot, match=r"damaged|no snapshot of this release"):
        taken_back(FolderShelf(folder), TABLE)


def test_a_damaged_one_is_passed_over_for_the_one_before(tmp_path: Path) -> None:
    shelf = FolderShelf(tmp_path)
    put(shelf, TABLE, 0, control(7), states(2), 0)
    put(shelf, TABLE, 0, control(8), states(3), 0)
    (tmp_path / name_for(TABLE, 0, 8)).write_bytes(b"half of it")

    assert states(2) == dict(taken_back(shelf, TABLE)[0].encoded)


def test_a_writer_that_dies_leaves_the_old_one_and_nothing_half_done(tmp_path: Path) -> None:
    shelf = FolderShelf(tmp_path)
    shelf.put("table", [b"old"])

    def dying() -> "list[bytes]":
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        shelf.put("table", (chunk for part in ([b"new"], dying) for chunk in (part() if callable(part) else part)))

    assert (["table"], [b"old"]) == (shelf.names(), list(shelf.read("table")))
    assert ["table"] == [path.name for path in tmp_path.iterdir()]


def test_an_empty_shelf_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(BadSnapshot, match=r"no snapshot of acme\.lead\.state\.g2 is there: take one with"):
        taken_back(FolderShelf(tmp_path / "nowhere"), TABLE)
