"""Stores on disk in trouble: damage, a full disk, a second worker, copies that outlive them."""

import os
import re
import resource
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from agents.app import CannotStart
from agents.snapshots.shelf import FolderShelf
from agents.snapshots.snapshot import put, taken_back
from agents.table.score_partition import ScorePartition
from agents.table.stores.rocks_states import DUE, RocksCopy
from agents.table.stores.store import StoreBroken
from agents.table.stores.store_folder import StoreFolder
from schemas.lead_state import LeadState
from streams.lead_codec import encode
from tests.pure.changelogs import control, discarded, ends, opened, record, settings_for, take

ROOT = Path(__file__).parents[2]


def big(folder: Path) -> tuple[list[Any], list[Path]]:
    """A store of some files, and what is in it."""
    noise = os.urandom(20_000)
    records = [record(at, b"lead-%d" % at, encode(LeadState(), at) + noise[at : at + 2_000]) for at in range(9_000)]
    for some in (records[:5_000], records[5_000:]):
        with opened(folder, 9_000) as held:
            take(held, some)
    return records, sorted((folder / "stores").rglob("*.sst"), key=lambda table: table.stat().st_size)


@pytest.mark.parametrize(
    "read",
    [
        pytest.param(lambda held, records: held.prefetch(records), id="who-is-asked-for"),
        pytest.param(lambda held, records: dict(held.encoded), id="all-states"),
        pytest.param(lambda held, records: list(held.keys()), id="all-names"),
    ],
)
def test_damage_met_in_reading_ends_the_worker_and_the_next_start_restores_anew(
    tmp_path: Path, read: Callable[[ScorePartition, list[Any]], Any]
) -> None:
    records, tables = big(tmp_path / "before")
    for table in tables:
        with table.open("r+b") as file:
            file.seek(table.stat().st_size // 3)
            file.write(b"x" * 10_000)

    broken = pytest.raises(StoreBroken, match=r"stores/lead\.state/worker/00000: Corruption")
    with broken, opened(tmp_path / "before", 9_000) as held:
        read(held, records)
    before = discarded()
    # What failed may hold the database open as long as it is looked at: the next start is another process.
    shutil.copytree(tmp_path / "before", tmp_path / "after")
    with opened(tmp_path / "after", 9_000) as again:
        assert 0 == len(again)
    assert before + 1 == discarded()


def test_damage_among_deadlines_ends_the_worker_and_hides_none_of_them(tmp_path: Path) -> None:
    records = [record(at, b"lead-%d" % at, encode(LeadState(deadline_ms=1 + at), at)) for at in range(9_000)]
    with opened(tmp_path, 9_000) as held:
        take(held, records)
        held.settle(at_end=True)
    table = max((tmp_path / "stores").rglob("*.sst"), key=lambda table: table.stat().st_size)
    written = table.read_bytes()
    with table.open("r+b") as file:
        file.seek((written.find(DUE) + written.rfind(DUE)) // 2)
        file.write(b"x" * 1_000)

    with opened(tmp_path, 9_000) as held:
        held.see_deadlines()
        with pytest.raises(StoreBroken, match="Corruption"):
            held.deadlines.take(9_000, 9_000)
    before = discarded()
    with opened(tmp_path, 9_000) as again:
        assert 0 == len(again)
    assert before + 1 == discarded()


def test_a_store_whose_files_are_missing_is_restored_anew_at_once(tmp_path: Path) -> None:
    _, tables = big(tmp_path)
    tables[-1].unlink()

    before = discarded()
    with opened(tmp_path, 9_000) as again:
        assert 0 == len(again)
    assert before + 1 == discarded()


def test_a_store_that_lost_leads_gives_no_snapshot(tmp_path: Path) -> None:
    with opened(tmp_path, 2) as held:
        take(held, [record(at, b"lead-%d" % at, encode(LeadState(), at)) for at in range(2)])
        copy = held.copy()
        assert isinstance(copy, RocksCopy)
        copy._leads = 3

        with pytest.raises(StoreBroken, match="holds 2 leads where 3 were written"):
            put(FolderShelf(tmp_path / "shelf"), "lead.state", 0, control(1), copy, 0)
    assert [] == FolderShelf(tmp_path / "shelf").names()


def test_a_full_disk_ends_the_worker_and_what_was_settled_before_is_whole(tmp_path: Path) -> None:
    noise = os.urandom(9_000)
    records = [record(at, b"lead-%d" % at, encode(LeadState(), at) + noise[at : at + 600]) for at in range(2_000)]
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    full = pytest.raises(StoreBroken, match="File too large")
    with full, opened(tmp_path / "before", 2_000) as held:
        take(held, records[:500])
        held.settle(at_end=True)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, hard))
        try:
            take(held, records[500:])
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
            shutil.copytree(tmp_path / "before", tmp_path / "after")

    with opened(tmp_path / "after", 2_000) as again:
        assert (500, {r.key: r.value for r in records[:500]}) == (again.read_to, dict(again.encoded))


def test_a_second_worker_is_refused_with_the_folder_the_pid_and_the_remedy(tmp_path: Path) -> None:
    with opened(tmp_path, 1):
        second = StoreFolder(settings_for(tmp_path))
        with pytest.raises(CannotStart) as refused:
            second.open(1, ends(1))
        named = StoreFolder(settings_for(tmp_path, member="score-2"))
        named.open(1, ends(1)).close()
        named.close()

    assert str(second.folder) in str(refused.value)
    assert f"(pid {os.getpid()})" in str(refused.value)
    assert "TOUCHLINE_DATA_DIR" in str(refused.value)
    second.open(1, ends(1)).close()
    second.close()


def test_a_snapshot_is_taken_from_the_disk(tmp_path: Path) -> None:
    records = [record(at, b"lead-%d" % at, encode(LeadState(touches=at), at)) for at in range(2_500)]
    with opened(tmp_path, 2_500) as held:
        take(held, records)
        put(FolderShelf(tmp_path / "shelf"), "lead.state", 0, control(2_499), held.copy(), 0)

    back = taken_back(FolderShelf(tmp_path / "shelf"), "lead.state")[0]
    assert {r.key: r.value for r in records} == dict(back.encoded)


def test_a_copy_of_a_store_that_is_closed_meanwhile_says_so_and_lets_the_folder_go(tmp_path: Path) -> None:
    with opened(tmp_path, 9) as held:
        take(held, [record(at, b"lead-%d" % at, encode(LeadState(), at)) for at in range(9)])
        reading = iter(held.copy().items())
        next(reading)

    with pytest.raises(OSError, match="given away"):
        list(reading)
    with opened(tmp_path, 9) as again:
        assert 9 == len(again)


def test_all_partitions_together_stay_within_the_memory_set(tmp_path: Path) -> None:
    noise = os.urandom(40_000)
    folder = StoreFolder(settings_for(tmp_path))
    helds = [ScorePartition(number, store=folder.open(number, ends(0))) for number in range(4)]
    for number, held in enumerate(helds):
        for first in range(0, 6_000, 1_000):
            take(held, [
                record(at, b"%d-%d" % (number, at), encode(LeadState(), at) + noise[at : at + 1_000])
                for at in range(first, first + 1_000)
            ])  # fmt: skip
        held.prefetch([record(0, b"%d-%d" % (number, at), None) for at in range(6_000)])
        held.settle()

    assert 24_000 == sum(map(len, helds))
    # 24 MB of states in 8 MiB: blocks in use and buffers being written may go over by a little.
    assert folder._memory.used_bytes < 12 * 1024 * 1024
    for held in helds:
        held.close()
    folder.close()


def test_rocksdict_is_known_to_one_file_alone() -> None:
    knowing = {
        path.relative_to(ROOT).as_posix()
        for room in ("schemas", "streams", "agents", "deploy", "tests")
        for path in (ROOT / room).rglob("*.py")
        if path != Path(__file__) and re.search(r"(import|from) rocksdict", path.read_text())
    }

    assert {"agents/table/stores/rocks_store.py"} == knowing
