"""The folder of one worker's stores on disk: held by one process, each store opened only if it fits its changelog."""

import fcntl
import os
import shutil
from pathlib import Path
from typing import IO

from agents.app import CannotStart
from agents.clock import WallClock, wall_ms
from agents.settings import Settings
from agents.signals import StoreDiscarded
from agents.table.changelog import LogEnds
from agents.table.stores.rocks_states import DAMAGED
from agents.table.stores.rocks_store import RocksMemory, RocksStore
from agents.table.stores.store import StoreBroken, Unfit, unfit
from streams.topology import LEAD_STATE, name_of

NO_MEMBER = "worker"


class StoreFolder:
    """`DATA_DIR/stores/TOPIC/MEMBER/PARTITION`."""

    def __init__(self, settings: Settings, clock: WallClock = wall_ms) -> None:
        self.folder = settings.data_dir / "stores" / name_of(LEAD_STATE, settings) / (settings.member or NO_MEMBER)
        self._clock = clock
        self._memory = RocksMemory(settings.store_cache_mb)
        self._lock: IO[str] | None = None

    def open(self, number: int, table: LogEnds) -> RocksStore:
        """What is there, if it is a prefix of this changelog; else an empty one. Raises `CannotStart` if it is held."""
        self._claim()
        folder = self.folder / f"{number:05d}"
        store = self._fit(folder, number, table)
        if isinstance(store, Unfit):
            shutil.rmtree(folder)
            StoreDiscarded(partition=number, folder=str(folder), why=store.value).emit()
            store = self._opened(folder, number, table)
        return store

    def _fit(self, folder: Path, number: int, table: LogEnds) -> RocksStore | Unfit:
        damaged = folder / DAMAGED
        if damaged.exists():
            return Unfit.DAMAGED
        try:
            store = self._opened(folder, number, table)
        except StoreBroken:
            if damaged.exists():
                return Unfit.DAMAGED
            raise
        why = None if store.bookmark is None else unfit(number, store.bookmark, table, self._clock())
        if why is None:
            return store
        store.close()
        return why

    def _opened(self, folder: Path, number: int, table: LogEnds) -> RocksStore:
        records = table.end[number] - table.first[number]
        return RocksStore(folder, self._memory, table.generation, table.first[number], self._clock, records)

    def _claim(self) -> None:
        """Make the folder ours; the system frees it even when we are killed."""
        if self._lock is not None:
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = (self.folder / "lock").open("a+")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            holder = lock.read().strip()
            lock.close()
            raise CannotStart(
                f"the store {self.folder.absolute()} is held by another worker{f' (pid {holder})' if holder else ''}: "
                "stop that one, or give this one a folder (TOUCHLINE_DATA_DIR) or a name (`--member`) of its own"
            ) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        self._lock = lock

    def close(self) -> None:
        """Another process may have it."""
        if self._lock is not None:
            self._lock.close()
            self._lock = None
