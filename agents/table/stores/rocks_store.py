"""States in RocksDB: for more leads than memory holds. The only file that knows `rocksdict`."""

from collections.abc import Collection, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec
from rocksdict import (
    BlockBasedOptions,
    Cache,
    DBCompressionType,
    Options,
    Rdict,
    WriteBatch,
    WriteBufferManager,
    WriteOptions,
)

from agents.clock import WallClock, wall_ms
from agents.table.stores.due_leads import DueLeads, keep_due
from agents.table.stores.perhaps_there import PerhapsThere
from agents.table.stores.rocks_states import BOOKMARK_KEY, DUE, Named, RocksCopy, RocksStates, keys_until, leads_in
from agents.table.stores.store import Bookmark
from schemas.lead_state import Control

MIB = 1024 * 1024
BLOOM_BITS = 10
"""Per lead: of leads never seen, one in a hundred costs a look at the disk."""
WRITE_BUFFER_BYTES = 32 * MIB
WRITE_BUFFERS = 2
"""Per partition, a full one that is being written included: whoever fills both waits, or memory would have no bound."""
READ_AHEAD_BYTES = 256 * 1024
"""Of each file that is compacted: RocksDB's own 2 MiB, times the files of a store being filled, would be memory."""
COMPACT_AFTER, FILLING_COMPACT_AFTER = 32, 128
"""Flushed files: sorting them again and again took most of a restore, and a third of a touch where leads are many."""
FIRST_LEVEL_BYTES = 4 * 1024 * MIB
"""Up to here a partition is one sorted whole beside them: each level between would write all states ten times."""
NEVER = 1 << 20
"""Flushed files that would make a write wait: the event loop would wait with it."""
LEVELS = 7
OPEN_FILES = 128
"""Per partition."""
PAGE = 1_000
"""Keys read at once."""

_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(Bookmark)


class RocksMemory:
    """What all stores of a worker share: one bounded cache, write buffers, indexes and filters counted in it."""

    def __init__(self, most_mb: int) -> None:
        self._cache = Cache(most_mb * MIB)
        self._buffers = WriteBufferManager.new_write_buffer_manager_with_cache(most_mb * MIB // 4, False, self._cache)

    @property
    def used_bytes(self) -> int:
        """Of the cache now, write buffers included."""
        return self._cache.get_usage()

    def options(self) -> Options:
        """Of one database."""
        blocks = BlockBasedOptions()
        blocks.set_block_cache(self._cache)
        blocks.set_cache_index_and_filter_blocks(True)
        blocks.set_pin_l0_filter_and_index_blocks_in_cache(True)
        blocks.set_bloom_filter(BLOOM_BITS, False)
        options = Options(raw_mode=True)
        options.create_if_missing(True)
        options.set_block_based_table_factory(blocks)
        options.set_write_buffer_manager(self._buffers)
        options.set_write_buffer_size(WRITE_BUFFER_BYTES)
        options.set_max_write_buffer_number(WRITE_BUFFERS)
        options.set_compaction_readahead_size(READ_AHEAD_BYTES)
        options.set_level_zero_file_num_compaction_trigger(FILLING_COMPACT_AFTER)
        options.set_max_bytes_for_level_base(FIRST_LEVEL_BYTES)
        options.set_level_zero_slowdown_writes_trigger(NEVER)
        options.set_level_zero_stop_writes_trigger(NEVER)
        # What was just flushed is soon read and written again: packing it took more time than all the rest of a flush.
        options.set_compression_per_level([DBCompressionType.none()] + [DBCompressionType.lz4()] * (LEVELS - 1))
        options.set_level_compaction_dynamic_level_bytes(True)
        options.set_max_open_files(OPEN_FILES)
        options.set_keep_log_file_num(2)
        options.set_stats_dump_period_sec(0)
        return options


class RocksStore:
    """One database. Its log is written but never synced: after a power cut it is an older, whole prefix.

    Until it has come to the changelog's end once, it writes no log: what a kill leaves is what was flushed, in the
    order in which it was written.
    """

    def __init__(
        self, folder: Path, memory: RocksMemory, table_id: str, first: int, clock: WallClock = wall_ms, records: int = 0
    ) -> None:
        """`records`: on the changelog, about."""
        self._named, self._clock = Named(folder), clock
        self._table_id, self._first = table_id, first
        with self._named:
            self._db = Rdict(str(folder), memory.options())
            noted = self._db.get(BOOKMARK_KEY)
        self.bookmark = mark = None if noted is None else self._decoded(noted)
        self._current_ms = clock() if mark is None else mark.current_ms
        self.states = RocksStates(self._db, self._named, 0 if mark is None else mark.leads)
        self.due = DueLeads(self._db, self._named, self.states.waiting, 0 if mark is None else mark.due)
        if mark is None:
            self.states.perhaps = PerhapsThere(records)
        self._filling = True
        self._db.set_write_options(_written(log=False))
        self._copy: RocksCopy | None = None

    def _decoded(self, noted: bytes) -> Bookmark:
        try:
            return _DECODER.decode(noted)
        except msgspec.MsgspecError as fault:
            raise self._named.broken(f"Corruption: its bookmark cannot be read: {fault}") from fault

    def prefetch(self, keys: Iterable[bytes | None]) -> None:
        """One look for a whole batch."""
        self.states.fetch(keys)

    def settle(
        self, read_to: int, control: Control | None, highest: int, outdated: Collection[bytes], *, at_end: bool
    ) -> None:
        """States and bookmark in one batch: a kill leaves both or neither."""
        if at_end:
            self._current_ms = self._clock()
        batch = WriteBatch(raw_mode=True)
        self.due.count += keep_due(batch, self.states.waiting, self.states.read)
        mark = Bookmark(
            table_id=self._table_id, first=self._first, read_to=read_to, current_ms=self._current_ms,
            leads=len(self.states), due=len(self.due), control=control, highest=highest, outdated=sorted(outdated),
        )  # fmt: skip
        put = batch.put
        for key, value in self.states.waiting.items():
            if value is None:
                batch.delete(key)
            else:
                put(key, value)
        put(BOOKMARK_KEY, _ENCODER.encode(mark))
        with self._named:
            self._db.write(batch)
        self.states.forget()
        if at_end and self._filling:
            self._filled()

    def _filled(self) -> None:
        """All that no log holds goes to disk before the first write that is logged: a kill must not leave a gap."""
        with self._named:
            self._db.flush()
            self._db.set_write_options(_written(log=True))
            self._db.set_options({"level0_file_num_compaction_trigger": str(COMPACT_AFTER)})
        self._filling, self.states.perhaps = False, None

    def keys(self) -> Iterator[bytes]:
        """In pages, so that no iterator keeps files that compaction has replaced."""
        page = self._page(b"")
        while page:
            yield from (key for key in page if key != BOOKMARK_KEY)
            page = self._page(page[-1] + b"\0")

    def _page(self, first: bytes) -> list[bytes]:
        with self._named:
            at = self._db.iter()
            at.seek(first)
            return list(islice(keys_until(at, DUE), PAGE))

    def copy(self) -> RocksCopy:
        """A view that costs no memory. Between two flushes, when nothing waits."""
        if self._copy is not None:
            self._copy.end()
        self._copy = RocksCopy(leads_in(self._db), self._named, len(self.states))
        return self._copy

    def close(self) -> None:
        """The folder may be opened again."""
        if self._copy is not None:
            self._copy.end()
        with self._named:
            self._db.close()


def _written(*, log: bool) -> WriteOptions:
    options: Any = WriteOptions()  # the binding's types take its properties for methods
    options.disable_wal = not log
    return options
