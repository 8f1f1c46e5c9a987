"""The log as a file: records of its partitions with their offsets, times, keys and bytes, compressed, checked.

Layout: `MAGIC`, then blocks of (length in 4 bytes, XXH3 64-bit checksum in 8, content). The first block is the head;
then blocks of one partition each (number in 4 bytes, count in 4, then zstd of a msgpack list of records); an empty one
ends it.
"""

import os
import struct
from collections.abc import Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import cramjam
import msgspec
from xxhash import xxh3_64_intdigest

from schemas.units import Millis
from streams.replay.record import LogRecord
from streams.replay.rounds import Timed

MAGIC = b"touchline-log-1\n"
SUFFIX = ".touchlog"
RECORDS_PER_BLOCK = 4_000
LEVEL = 3
"""Of zstd: JSON of touches takes an eighth of its size."""

_FRAME = struct.Struct(">IQ")
_OF = struct.Struct(">II")
_DECODER = msgspec.msgpack.Decoder(list[LogRecord])
_ENCODER = msgspec.msgpack.Encoder()


class BadLog(Exception):
    """An export that cannot be read; the sentence says which, why, and what to do."""


class LogHead(msgspec.Struct, frozen=True, kw_only=True):
    """What an export says of itself."""

    log: str
    """The topic, prefix and generation included."""
    partitions: list[int]
    """Those in this file."""
    taken_ms: Millis
    """Up to which moment of the log it was taken."""
    models: dict[str, str] = {}
    """Texts of the models on `scoring.models` by digest: the log names those that took effect."""
    first: str = ""
    """Digest of the model that judged the first record; empty: not known."""
    in_force: str = ""
    """And of the one that judged the last."""


class LogWriter:
    """Writes one file: whole or not at all."""

    def __init__(self, path: Path, head: LogHead) -> None:
        self._path, self._part = path, path.with_name(f"{path.name}.part")
        self._file: BinaryIO = self._part.open("wb")
        self._file.write(MAGIC)
        self._block(_ENCODER.encode(head))

    def __enter__(self) -> "LogWriter":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self._block(b"")
            self._file.flush()
            os.fsync(self._file.fileno())
        self._file.close()
        if kind is None:
            self._part.replace(self._path)
        else:
            self._part.unlink()

    def write(self, partition: int, records: Sequence[Timed]) -> None:
        """The next records of a partition."""
        for begin in range(0, len(records), RECORDS_PER_BLOCK):
            some = [(r.offset, r.timestamp, r.key, r.value) for r in records[begin : begin + RECORDS_PER_BLOCK]]
            packed = cramjam.zstd.compress(_ENCODER.encode(some), LEVEL)
            self._block(_OF.pack(partition, len(some)) + bytes(packed))

    def _block(self, content: bytes) -> None:
        self._file.write(_FRAME.pack(len(content), xxh3_64_intdigest(content)) + content)


class LogFile:
    """Reads one file; blocks of other partitions are passed over unread."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with self._opened() as file:
            head = self._content(file, *self._frame(file))
        try:
            self.head = msgspec.msgpack.decode(head, type=LogHead)
        except msgspec.MsgspecError:
            raise self._bad("its head says something else than this release reads") from None

    def counts(self) -> dict[int, int]:
        """Records per partition, without unpacking them."""
        counts = dict.fromkeys(self.head.partitions, 0)
        with self._opened() as file:
            self._pass(file, self._frame(file)[0])
            for partition, count, length, _ in self._blocks(file):
                counts[partition] = counts.get(partition, 0) + count
                self._pass(file, length - _OF.size)
        return counts

    def read(self, wanted: int) -> Iterator[list[LogRecord]]:
        """The records of a partition, in order, some at a time."""
        with self._opened() as file:
            self._pass(file, self._frame(file)[0])
            for partition, _, length, checksum in self._blocks(file):
                if partition != wanted:
                    self._pass(file, length - _OF.size)
                    continue
                file.seek(-_OF.size, os.SEEK_CUR)
                content = self._content(file, length, checksum)
                try:
                    yield _DECODER.decode(memoryview(cramjam.zstd.decompress(content[_OF.size :])))
                except (msgspec.MsgspecError, cramjam.DecompressionError):
                    raise self._bad("a block holds something else than records") from None

    def _opened(self) -> BinaryIO:
        try:
            file: BinaryIO = self.path.open("rb")
        except OSError as fault:
            raise BadLog(f"{self.path}: {fault.strerror or fault}. Name an export made by `log export`.") from None
        if file.read(len(MAGIC)) != MAGIC:
            file.close()
            raise BadLog(f"{self.path} is no export of a log of this release: make one with `touchline log export`")
        return file

    def _blocks(self, file: BinaryIO) -> Iterator[tuple[int, int, int, int]]:
        """(partition, records, length, checksum) of each; the file stands after the first two."""
        while True:
            length, checksum = self._frame(file)
            if not length:
                self._content(file, length, checksum)
                return
            partition, count = _OF.unpack(self._exactly(file, _OF.size))
            yield partition, count, length, checksum

    def _frame(self, file: BinaryIO) -> tuple[int, int]:
        length, checksum = _FRAME.unpack(self._exactly(file, _FRAME.size))
        return length, checksum

    def _content(self, file: BinaryIO, length: int, checksum: int) -> bytes:
        content = self._exactly(file, length)
        if xxh3_64_intdigest(content) != checksum:
            raise self._bad("a block does not match its checksum")
        return content

    def _exactly(self, file: BinaryIO, length: int) -> bytes:
        found = file.read(length)
        if len(found) != length:
            raise self._bad("it ends in the middle of a block")
        return found

    def _pass(self, file: BinaryIO, length: int) -> None:
        file.seek(length, os.SEEK_CUR)

    def _bad(self, why: str) -> BadLog:
        return BadLog(f"{self.path} is damaged, {why}: use another copy of it, or export the log again")


def log_files(path: Path) -> list[LogFile]:
    """The files of an export: one, or all of a folder."""
    if not path.is_dir():
        return [LogFile(path)]
    found = [LogFile(one) for one in sorted(path.glob(f"*{SUFFIX}"))]
    if not found:
        raise BadLog(f"{path}: no {SUFFIX} file is in this folder: make some with `touchline log export {path}`")
    return found
