"""What doctor makes of what it saw: replicas, documents, disks, snapshots, sessions, an old Redis."""

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from pydantic import SecretStr

from agents.checkup import Area
from agents.checkup.documents import documents
from agents.checkup.lag import Look, Seen
from agents.checkup.lag import judged as judged_lag
from agents.checkup.machine import machine
from agents.checkup.problem import few
from agents.checkup.redis_server import _version
from agents.checkup.replicas import Kept, judged
from agents.settings import Settings, StoreKind
from agents.snapshots.snapshot import name_for
from streams.topology import SCORE

WELL = Settings(identity_key=SecretStr("of our own"), partitions=2)
HOUR_S = 3600


def kept(topic: str = "lead.events", replicas: int = 3, in_sync: int = 3, least: int = 2, leaderless: int = 0) -> Kept:
    return Kept(topic=topic, replicas=replicas, in_sync=in_sync, least=least, leaderless=leaderless)


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["touches.web"], "touches.web"),
        (["a", "b", "c"], "a, b, c"),
        (["touches.web", "touches.email", "touches.call", "facts", "ripe"],
         "touches.web, touches.email, touches.call and 2 more"),
    ],
)  # fmt: skip
def test_of_many_names_a_few_are_told_and_no_dots_run_into_them(names: list[str], told: str) -> None:
    assert told == few(names)


@pytest.mark.parametrize(
    ("brokers", "found", "told"),
    [
        (3, [kept()], []),
        (1, [kept(replicas=1, in_sync=1, least=1)], []),
        (3, [kept(replicas=1, in_sync=1, least=1)],
         ["lead.events: one replica each, with 3 brokers: one dead disk loses leads"]),
        (3, [kept(least=1)],
         ["lead.events: min.insync.replicas is 1, so a leader that acknowledged alone may die with what it had"]),
        (3, [kept(in_sync=1)],
         ["lead.events: fewer replicas in sync than min.insync.replicas asks for, so writes wait"]),
        (3, [kept(in_sync=2)], ["lead.events: replicas are behind or away"]),
        (3, [kept(leaderless=1, in_sync=0)],
         ["lead.events: partitions without a leader, so nothing is read or written there"]),
        (3, [kept(name, in_sync=2) for name in "abcd"], ["a, b, c and 1 more: replicas are behind or away"]),
    ],
)  # fmt: skip
def test_topics_held_too_seldom_are_told_by_what_that_means(brokers: int, found: list[Kept], told: list[str]) -> None:
    assert told == [problem.what for problem in judged(found, brokers, WELL)]


@pytest.mark.parametrize(
    ("first", "second", "told"),
    [
        (Look(2, 0, 9, 9), Look(2, 0, 9, 9), ""),
        (Look(0, 0, 9, 9), Look(0, 0, 9, 9), "nobody runs score; 9 records wait for it"),
        (Look(2, 0, 5_000, 5_000), Look(2, 600, 6_500, 5_900),
         "score is 5900 records behind, 300 more every second (2 at work)"),
        (Look(2, 0, 5_000, 5_000), Look(2, 3_000, 6_500, 3_500), ""),
        (Look(2, 0, 5_000_000, 5_000_000), Look(2, 3_000, 5_001_500, 4_998_500),
         "score is 4998500 records behind and catches up by 500 a second (2 at work)"),
        (Look(2, 7, 5_000, 5_000), Look(2, 7, 5_000, 5_000),
         "score is 5000 records behind and read none in 3 s (2 at work)"),
        (Look(2, 0, 9_000, 9_000), Look(2, 8_900, 9_000, 100), ""),
    ],
)  # fmt: skip
def test_lag_is_told_by_where_it_goes(first: Look, second: Look, told: str) -> None:
    seen = Seen(step=SCORE, first=first, second=second, apart_s=3.0)

    assert [told] * bool(told) == [problem.what for problem in judged_lag(seen, WELL)]


def test_more_workers_than_partitions_are_not_asked_for() -> None:
    seen = Seen(step=SCORE, first=Look(2, 0, 5_000, 5_000), second=Look(2, 6, 6_500, 6_494), apart_s=3.0)

    assert "every partition has a worker of its own" in judged_lag(seen, WELL)[0].next


def test_documents_that_workers_refuse_are_told_with_the_command_that_explains(tmp_path: Path) -> None:
    broken, gone = tmp_path / "broken.yaml", tmp_path / "gone.yaml"
    broken.write_text("version: [\n")
    wrong = Settings(identity_key=SecretStr("of our own"), model=broken, routing=broken, identity_policy=gone)

    assert [] == documents(WELL)
    assert {
        Area.IDENTITY_POLICY: f"touchline identity policy check {gone}",
        Area.MODEL: f"touchline model check {broken}",
        Area.ROUTING: f"touchline route check {broken}",
    } == {problem.area: problem.next for problem in documents(wrong)}


def test_the_development_key_is_told() -> None:
    assert [Area.IDENTITY_KEY] == [problem.area for problem in documents(Settings())]


def test_a_session_that_is_too_long_or_too_short_is_told() -> None:
    def told(session_s: float) -> list[str]:
        return [p.what for p in machine(WELL.model_copy(update={"session_timeout_s": session_s}), 0)]

    assert [] == told(45.0)
    assert ["after a kill, a worker's partitions stand still for 300 s (session_timeout_s)"] == told(300.0)
    assert ["brokers refuse a session of 2 s, as a rule: they allow 6 or more"] == told(2.0)


def disk(free: int) -> Callable[[Path], tuple[int, int]]:
    return lambda _: (100 << 20, free << 20)


def test_a_disk_that_is_nearly_full_is_told_where_it_is_used(tmp_path: Path) -> None:
    on_disk = WELL.model_copy(update={"store": StoreKind.ROCKSDB, "data_dir": tmp_path / "not" / "there"})
    (problem,) = machine(on_disk, 0, disk(9))

    assert [] == machine(on_disk, 0, disk(11))
    assert [] == machine(WELL.model_copy(update={"data_dir": tmp_path}), 0, disk(9))
    assert f"the disk of {tmp_path}/not/there (stores) is nearly full: 9 of 100 MB are free" == problem.what
    assert "TOUCHLINE_DATA_DIR" in problem.next


def test_snapshots_that_are_missing_or_old_are_told(tmp_path: Path) -> None:
    taken = WELL.model_copy(update={"snapshot_to": tmp_path, "snapshot_every_s": float(HOUR_S)})
    now_s = int(time.time())

    def lay(partition: int, applied: int, age_s: int) -> None:
        path = tmp_path / name_for("lead.state", partition, applied)
        path.touch()
        os.utime(path, (now_s - age_s, now_s - age_s))

    def told() -> list[str]:
        return [problem.what for problem in machine(taken, now_s * 1000)]

    lay(0, 10, 600)
    assert [f"{tmp_path} holds snapshots of 1 of 2 partitions"] == told()
    lay(1, 10, 5 * HOUR_S)
    assert ["the newest snapshot of partition 1 is 5.0 h old, and one is due every 1.0 h"] == told()
    lay(1, 11, 600)
    assert [] == told()


def test_a_redis_that_is_too_old_is_told() -> None:
    assert ["Redis 6.0.16 is too old"] == [problem.what for problem in _version({"redis_version": "6.0.16"})]
    assert [] == _version({"redis_version": "7.0.15"})
    assert [] == _version({})
