"""Where a key goes, and what does not go at all."""

import pytest
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.partitioner import murmur2 as aiokafka_murmur2
from aiokafka.producer.message_accumulator import BatchBuilder
from aiokafka.record.memory_records import MemoryRecords
from hypothesis import given
from hypothesis import strategies as st

from agents.clock import wall_ms
from agents.delivery.key_hashes import murmur2, murmur2_of_many
from agents.delivery.producer import BATCH_BYTES, Outbox, Placing, RecordTooLarge, partition_for
from agents.settings import Settings
from streams.topology import RIPE

KEYS = st.binary(min_size=1, max_size=80)


@given(st.binary(max_size=80))
def test_a_key_hashes_as_in_kafka(key: bytes) -> None:
    assert aiokafka_murmur2(key) == murmur2(key)


@given(st.integers(0, 80).flatmap(lambda n: st.lists(st.binary(min_size=n, max_size=n), min_size=1, max_size=40)))
def test_keys_hash_together_as_each_does_alone(keys: list[bytes]) -> None:
    assert [murmur2(key) for key in keys] == murmur2_of_many(keys)


@given(st.lists(st.binary(max_size=20), max_size=60), st.integers(1, 200))
def test_keys_are_placed_together_as_each_would_be_alone(keys: list[bytes], count: int) -> None:
    places = Placing(count)
    places.learn(keys)

    assert {key: partition_for(key, count) for key in keys} == places


@given(KEYS, st.integers(1, 200))
def test_a_key_goes_where_other_clients_send_it(key: bytes, count: int) -> None:
    assert DefaultPartitioner()(key, list(range(count)), list(range(count))) == partition_for(key, count)


@given(KEYS)
def test_a_lead_is_placed_by_our_own_count_however_often_it_is_asked(key: bytes) -> None:
    out = Outbox(Settings(partitions=24))

    assert [partition_for(key, 24)] * 2 == [out.partition_of(key), out.partition_of(key)]


def test_the_hashes_of_kafkas_own_test_suite() -> None:
    told = {b"21": -973932308, b"foobar": -790332482, b"a-little-bit-long-string": -985981536, b"abc": 479470107}

    assert {key: value & 0xFFFFFFFF for key, value in told.items()} == {key: murmur2(key) for key in told}


async def test_an_out_box_that_is_not_started_says_so() -> None:
    out = Outbox(Settings())

    assert not out.usable
    with pytest.raises(RuntimeError, match="call start"):
        await out.write(RIPE, [])


def test_records_fill_batches_in_order_and_a_large_one_has_a_batch_of_its_own() -> None:
    out, items = Outbox(Settings(partitions=3)), [_item(n, 20_000) for n in range(200)]
    items[100:100] = [_item(1000, BATCH_BYTES + 1)]

    sealed = list(out._sealed(_Batches(), RIPE, items, 3, None))

    found: dict[int, list[bytes]] = {}
    for batch in sealed:
        records = list(MemoryRecords(bytes(batch.builder._build())).next_batch())
        assert batch.count == len(records)
        found.setdefault(batch.partition, []).extend(record.key for record in records)
    wanted: dict[int, list[bytes]] = {}
    for _, key, _, _ in items:
        wanted.setdefault(partition_for(key, 3), []).append(key)
    assert wanted == found
    assert len(sealed) > 8


def test_a_record_that_its_topic_would_refuse_is_named() -> None:
    out = Outbox(Settings(partitions=3))

    with pytest.raises(RecordTooLarge, match="1048585 bytes for ripe"):
        list(out._sealed(_Batches(), RIPE, [_item(1, 9), (None, b"", b"v" * (1 << 20), [("h", b"")])], 3, None))


def test_records_bear_the_times_they_are_given_or_that_of_their_write() -> None:
    out, items = Outbox(Settings(partitions=1)), [_item(n, 9) for n in range(3)]

    [given_], [now] = (list(out._sealed(_Batches(), RIPE, items, 1, stamps)) for stamps in ([5, 6, 7], None))

    assert [5, 6, 7] == _times(given_.builder)
    assert 1 == len(set(_times(now.builder)))
    assert 0 <= wall_ms() - _times(now.builder)[0] < 60_000


class _Batches:
    """Makes batches as aiokafka's producer does."""

    def create_batch(self) -> BatchBuilder:
        return BatchBuilder(BATCH_BYTES, 0)


def _item(number: int, size: int) -> tuple[None, bytes, bytes, list[tuple[str, bytes]]]:
    return None, b"L%d" % number, bytes(size), []


def _times(builder: BatchBuilder) -> list[int]:
    return [record.timestamp for record in MemoryRecords(bytes(builder._build())).next_batch()]
