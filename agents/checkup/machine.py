"""This machine: disks that fill, snapshots that are not taken any more, and a session that is too long."""

import shutil
from collections.abc import Callable
from pathlib import Path

from agents.checkup.problem import Area, Problem
from agents.settings import Settings, StoreKind
from agents.snapshots.snapshot import SUFFIX
from schemas.units import SECOND_MS
from streams.topology import LEAD_STATE, name_of

LEAST_FREE = 0.1
"""Of a disk; less is nearly full."""
LATE = 2.0
"""Snapshots older than so many of their intervals are stale."""
LONG_SESSION_S = 60.0
SHORT_SESSION_S = 6.0
"""What brokers allow at least, as a rule (`group.min.session.timeout.ms`)."""


Usage = Callable[[Path], tuple[int, int]]
"""Size of a path's disk and what is free of it, bytes."""


def usage_of(path: Path) -> tuple[int, int]:
    """As this machine tells it."""
    told = shutil.disk_usage(path)
    return told.total, told.free


def machine(settings: Settings, now_ms: int, usage: Usage = usage_of) -> list[Problem]:
    """All that concerns the machine this runs on."""
    return [*_session(settings), *_disks(settings, usage), *_snapshots(settings, now_ms)]


def _session(settings: Settings) -> list[Problem]:
    long_s = settings.session_timeout_s
    if long_s > LONG_SESSION_S:
        what = f"after a kill, a worker's partitions stand still for {long_s:.0f} s (session_timeout_s)"
        return [Problem(area=Area.WORKERS, what=what, next=f"export TOUCHLINE_SESSION_TIMEOUT_S={LONG_SESSION_S:.0f}")]
    if long_s < SHORT_SESSION_S:
        what = f"brokers refuse a session of {long_s:g} s, as a rule: they allow {SHORT_SESSION_S:.0f} or more"
        return [Problem(area=Area.WORKERS, what=what, next="export TOUCHLINE_SESSION_TIMEOUT_S=10")]
    return []


def _disks(settings: Settings, usage: Usage) -> list[Problem]:
    used = {"stores": settings.data_dir} if settings.store is StoreKind.ROCKSDB else {}
    if settings.snapshot_to is not None:
        used["snapshots"] = settings.snapshot_to
    problems = []
    for what_for, folder in used.items():
        there = next((one for one in (folder, *folder.absolute().parents) if one.exists()), Path("/"))
        total, free = usage(there)
        if free < LEAST_FREE * total:
            what = f"the disk of {folder} ({what_for}) is nearly full: {free >> 20} of {total >> 20} MB are free"
            mend = (
                f"du -xsh {there}/*, or set {'TOUCHLINE_DATA_DIR' if what_for == 'stores' else 'TOUCHLINE_SNAPSHOT_TO'}"
            )
            problems.append(Problem(area=Area.DISK, what=what, next=mend))
    return problems


def _snapshots(settings: Settings, now_ms: int) -> list[Problem]:
    """The newest of each partition: one that stopped is as bad as all."""
    if settings.snapshot_to is None:
        return []
    table, take = name_of(LEAD_STATE, settings), f"touchline snapshot --to {settings.snapshot_to}"
    newest: dict[str, float] = {}
    found = settings.snapshot_to.glob(f"{table}.*{SUFFIX}") if settings.snapshot_to.is_dir() else ()
    for path in found:
        partition = path.name.removeprefix(f"{table}.").partition(".")[0]
        newest[partition] = max(newest.get(partition, 0.0), path.stat().st_mtime)
    if len(newest) < settings.partitions:
        what = f"{settings.snapshot_to} holds snapshots of {len(newest)} of {settings.partitions} partitions"
        return [Problem(area=Area.SNAPSHOTS, what=what, next=take)]
    age_s = now_ms / SECOND_MS - min(newest.values())
    if age_s <= LATE * settings.snapshot_every_s:
        return []
    oldest = min(newest, key=lambda partition: newest[partition])
    what = (
        f"the newest snapshot of partition {int(oldest)} is {age_s / 3600:.1f} h old, and one is due every "
        f"{settings.snapshot_every_s / 3600:.1f} h"
    )
    return [Problem(area=Area.SNAPSHOTS, what=what, next=take)]
