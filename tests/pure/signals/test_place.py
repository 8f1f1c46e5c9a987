"""What is told of the place a worker runs at: clocks and disks."""

from pathlib import Path
from types import SimpleNamespace

import pytest
from prometheus_client import REGISTRY

from agents.delivery.broker_clock import compare, skew_ms
from agents.people.rebuilding import Rebuilding
from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from agents.signals.place import DiskUsed, RedisLooked


@pytest.mark.parametrize(("stamp_ms", "skew"), [(1_000, 0), (1_005, 0), (1_010, 0), (1_510, 500), (400, -600)])
def test_a_clock_is_off_by_what_a_stamp_lies_outside_of_its_write(stamp_ms: int, skew: int) -> None:
    assert skew == skew_ms(1_000, stamp_ms, 1_010)


def test_only_what_a_broker_stamped_tells_of_its_clock() -> None:
    ours = SimpleNamespace(timestamp=900, timestamp_type=0)
    compare(1_000, [SimpleNamespace(timestamp=3_010, timestamp_type=1)], 1_010)
    compare(1_000, [ours], 1_010)

    assert 2.0 == REGISTRY.get_sample_value("touchline_clock_skew_seconds")


def test_a_stage_takes_the_identity_graph_for_whole_until_it_misses_it() -> None:
    Rebuilding(Settings(), connect(Settings()), RedisKeys(""))

    assert 1.0 == REGISTRY.get_sample_value("touchline_identity_graph_whole")


def test_a_disk_is_looked_at_also_before_the_folder_is_made(tmp_path: Path) -> None:
    DiskUsed(what="snapshots", folder=tmp_path / "not" / "yet").emit()

    used = REGISTRY.get_sample_value("touchline_disk_used_ratio", {"what": "snapshots"})
    assert used == pytest.approx(DiskUsed(what="stores", folder=tmp_path).used(), abs=0.01)
    assert used is not None
    assert 0 < used < 1


@pytest.mark.parametrize(("most", "ratio"), [(0, 0.0), (400, 0.25)])
def test_memory_is_told_of_what_redis_may_use(most: int, ratio: float) -> None:
    RedisLooked(evicted=3, used=100, most=most).emit()

    assert (3, ratio) == tuple(
        REGISTRY.get_sample_value(f"touchline_redis_{name}") for name in ("evicted_keys", "memory_ratio")
    )
