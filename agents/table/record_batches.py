"""Takes record batches out of a broker's answer: checked by their CRC, unpacked into memory used again and again."""

from collections.abc import Iterator
from struct import Struct
from typing import Any

import cramjam
import google_crc32c
from aiokafka.errors import CorruptRecordException
from aiokafka.record.default_records import DefaultRecordBatch
from aiokafka.record.util import calc_crc32c

_HEADER = Struct(">qiibI")
"""Base offset, length of what follows it, leader epoch, magic, checksum."""
_CHECKED_AT = 21
"""The checksum is of all that follows it."""
_LENGTH_END = 12
_LAST_DELTA = Struct(">i")
_LAST_DELTA_AT = 23
_ATTRIBUTES_AT = 22
"""The low one of two bytes."""
_RECORDS_AT = 61
_CODEC, _CONTROL, _SNAPPY = 0x07, 0x20, 2
_MAGIC = 2
_XERIAL = b"\x82SNAPPY\x00"
_XERIAL_HEADER = 16
_BLOCK = Struct(">i")
"""Length of a compressed block."""
SCRATCH_BYTES = 1024 * 1024

# With the processor's own instruction, where there is one: 0.02 µs per record instead of 0.3.
_crc = google_crc32c.value if google_crc32c.implementation == "c" else calc_crc32c
_batch: Any = DefaultRecordBatch
"""Takes any buffer, though it says bytes."""


def batches(answered: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    """(base offset, offset after it, batch) of each whole batch; the broker may cut the last one short."""
    at, end = 0, len(answered)
    while at + _RECORDS_AT <= end:
        base, length, _, magic, _ = _HEADER.unpack_from(answered, at)
        upto = at + _LENGTH_END + length
        if upto > end:
            return
        if magic != _MAGIC:
            raise CorruptRecordException(
                f"a batch at offset {base} has format {magic}, Kafka writes {_MAGIC} since 0.11"
            )
        yield base, base + _LAST_DELTA.unpack_from(answered, at + _LAST_DELTA_AT)[0] + 1, answered[at:upto]
        at = upto


class Unpacker:
    """Makes records of batches, one batch after the other.

    aiokafka's own way copies a snappy batch three times, into memory that is new each time: three times the cost.
    """

    def __init__(self) -> None:
        self._scratch = memoryview(bytearray(SCRATCH_BYTES))

    def records(self, batch: memoryview, wanted: int) -> list[Any]:
        """Its records from this offset on, with `key`, `value` and `offset`; none of a transaction's marker."""
        base, _, _, _, crc = _HEADER.unpack_from(batch)
        if _crc(bytes(batch[_CHECKED_AT:])) != crc:
            raise CorruptRecordException(f"a batch at offset {base} does not match its checksum")
        read = _batch(batch)
        if read.is_control_batch:
            return []
        if read.compression_type == _SNAPPY and batch[_RECORDS_AT : _RECORDS_AT + len(_XERIAL)] == _XERIAL:
            read = _batch(self._plain(batch))
        records = list(read)
        if records and records[0].offset < wanted:
            return [record for record in records if record.offset >= wanted]
        return records

    def _plain(self, batch: memoryview) -> memoryview:
        """The same batch, uncompressed."""
        scratch, at, end = self._scratch, _RECORDS_AT + _XERIAL_HEADER, len(batch)
        scratch[:_RECORDS_AT] = batch[:_RECORDS_AT]
        scratch[_ATTRIBUTES_AT] &= ~_CODEC & 0xFF
        upto = _RECORDS_AT
        while at < end:
            block = batch[at + _BLOCK.size : at + _BLOCK.size + _BLOCK.unpack_from(batch, at)[0]]
            needed = upto + cramjam.snappy.decompress_raw_len(block)
            if needed > len(scratch):
                grown = memoryview(bytearray(2 * needed))
                grown[:upto] = scratch[:upto]
                scratch = self._scratch = grown
            upto += cramjam.snappy.decompress_raw_into(block, scratch[upto:])
            at += _BLOCK.size + len(block)
        return scratch[:upto]
