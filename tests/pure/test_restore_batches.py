"""Batches of the changelog as the broker sends them: unpacked exactly, whatever codec, holes, markers or damage."""

import asyncio
import struct
from collections.abc import Sequence
from typing import Any

import pytest
from aiokafka.errors import CorruptRecordException, KafkaConnectionError
from aiokafka.record.default_records import DefaultRecordBatchBuilder
from aiokafka.record.util import calc_crc32c
from hypothesis import given
from hypothesis import strategies as st

from agents.table.fetch_line import FetchLine, _partitions
from agents.table.record_batches import SCRATCH_BYTES, Unpacker, batches

NONE, GZIP, SNAPPY, LZ4, ZSTD = range(5)
CONTROL = 0x20
ATTRIBUTES_AT, CRC_AT = 21, 17

Record = tuple[int, bytes, bytes | None]


def batch(records: Sequence[Record], codec: int = SNAPPY, base: int = 0, marks: int = 0) -> bytes:
    """As a producer writes it and the broker keeps it; gaps between offsets are what compaction leaves."""
    builder = DefaultRecordBatchBuilder(
        magic=2, compression_type=codec, is_transactional=0, producer_id=7, producer_epoch=0, base_sequence=0,
        batch_size=1 << 30,
    )  # fmt: skip
    for offset, key, value in records:
        builder.append(offset - base, timestamp=1, key=key, value=value, headers=[])
    built = bytearray(builder.build())
    struct.pack_into(">q", built, 0, base)
    built[ATTRIBUTES_AT + 1] |= marks
    struct.pack_into(">I", built, CRC_AT, calc_crc32c(bytes(built[ATTRIBUTES_AT:])))
    return bytes(built)


def unpacked(answer: bytes, wanted: int = 0) -> list[Record]:
    unpacker = Unpacker()
    return [
        (record.offset, record.key, record.value)
        for _, _, one in batches(memoryview(answer))
        for record in unpacker.records(one, wanted)
    ]


RECORDS = st.lists(
    st.tuples(st.integers(1, 5), st.binary(max_size=40), st.none() | st.binary(max_size=70_000)), min_size=1, max_size=9
)


@given(RECORDS, st.sampled_from([NONE, GZIP, SNAPPY, LZ4, ZSTD]), st.integers(0, 2**40), st.integers(0, 20))
def test_what_was_written_is_read_from_the_offset_wanted_on(
    drawn: list[tuple[int, bytes, bytes | None]], codec: int, base: int, skip: int
) -> None:
    at, written = base - 1, []
    for gap, key, value in drawn:
        at += gap
        written.append((at, key, value))

    read = unpacked(batch(written, codec, base), wanted=base + skip)

    assert [record for record in written if record[0] >= base + skip] == read


def test_one_unpacker_reads_batches_of_any_size_one_after_the_other() -> None:
    large = [(n, b"key-%d" % n, bytes([n % 251]) * 1_500) for n in range(2 * SCRATCH_BYTES // 1_500)]
    small = [(len(large), b"anna", b"state")]
    answer = batch(large) + batch(small, base=len(large)) + batch([(9_000_000, b"ben", None)], NONE, 9_000_000)

    assert [*large, *small, (9_000_000, b"ben", None)] == unpacked(answer)


def test_a_batch_cut_short_waits_for_the_next_answer() -> None:
    whole, cut = batch([(0, b"anna", b"1")]), batch([(1, b"ben", b"2")], base=1)

    assert [(0, 1)] == [(base, upto) for base, upto, _ in batches(memoryview(whole + cut[:-1]))]
    assert [] == list(batches(memoryview(whole[:30])))


def test_the_mark_of_a_transaction_is_no_record_but_moves_the_position() -> None:
    answer = memoryview(batch([(5, b"\0\0\0\1", b"\0\0\0\0\0\0")], NONE, base=5, marks=CONTROL))

    assert [(5, 6)] == [(base, upto) for base, upto, _ in batches(answer)]
    assert [] == unpacked(bytes(answer))


@pytest.mark.parametrize("codec", [NONE, SNAPPY, LZ4])
def test_one_flipped_bit_is_noticed(codec: int) -> None:
    damaged = bytearray(batch([(n, b"anna", bytes(200)) for n in range(50)], codec))
    damaged[-9] ^= 1

    with pytest.raises(CorruptRecordException, match="checksum"):
        unpacked(bytes(damaged))


def answer(number: int, *partitions: tuple[int, int, bytes]) -> bytes:
    """A fetch response of version 11."""
    told = b"".join(
        struct.pack(">ihqqqi", partition, error, 9, 9, 0, 1)
        + bytes(16)
        + struct.pack(">ii", -1, len(records))
        + records
        for partition, error, records in partitions
    )
    body = (
        struct.pack(">iihii", number, 0, 0, 0, 1) + struct.pack(">h", 5) + b"table" + struct.pack(">i", len(partitions))
    )
    return struct.pack(">i", len(body + told)) + body + told


def give(line: FetchLine, sent: bytes, piece: int) -> None:
    """As asyncio does, so many bytes at a time."""
    while sent:
        room: Any = line.get_buffer(-1)
        count = min(piece, len(room), len(sent))
        room[:count] = sent[:count]
        line.buffer_updated(count)
        sent = sent[count:]


class Wire(asyncio.Transport):
    """What a line writes to."""

    def __init__(self) -> None:
        super().__init__()
        self.sent: list[bytes] = []

    def is_closing(self) -> bool:
        return False

    def write(self, message: Any) -> None:
        self.sent.append(message)


@pytest.mark.parametrize("piece", [1, 3, 1 << 20])
async def test_an_answer_stays_while_the_next_one_comes(piece: int) -> None:
    line, wire = FetchLine(), Wire()
    line.connection_made(wire)
    line.ask("table", [(0, 0), (2, 7)])
    give(line, answer(1, (0, 0, b"first"), (2, 6, b"")), piece)
    first = await line.answer()
    line.ask("table", [(0, 5)])
    give(line, answer(2, (0, 0, b"other" * 9)), piece)

    assert [(0, 0, b"first"), (2, 6, b"")] == [(p, error, bytes(records)) for p, error, records in first]
    assert [(0, 0, b"other" * 9)] == [(p, error, bytes(records)) for p, error, records in await line.answer()]
    assert 2 == len(wire.sent)


async def test_a_line_that_broke_says_so_to_who_waits_and_to_who_asks_later() -> None:
    line = FetchLine()
    line.connection_made(Wire())
    line.ask("table", [(0, 0)])
    line.connection_lost(None)

    with pytest.raises(KafkaConnectionError):
        await line.answer()


async def test_an_answer_to_another_question_is_not_taken() -> None:
    line = FetchLine()
    line.connection_made(Wire())
    line.ask("table", [(0, 0)])
    give(line, answer(8, (0, 0, b"")), 100)

    with pytest.raises(KafkaConnectionError):
        await line.answer()


def test_records_of_aborted_transactions_are_told_apart_from_what_follows() -> None:
    told = list(_partitions(memoryview(answer(1, (3, 0, b"abc"), (4, 0, b"de")))[4:]))

    assert [(3, 0, b"abc"), (4, 0, b"de")] == [(p, error, bytes(records)) for p, error, records in told]
