"""Where a key goes, and what does not go at all."""

import pytest
from aiokafka.partitioner import DefaultPartitioner
from aiokafka.partitioner import murmur2 as aiokafka_murmur2
from hypothesis import given
from hypothesis import strategies as st

from agents.delivery.producer import Outbox, murmur2, partition_for
from agents.settings import Settings
from streams.topology import RIPE

KEYS = st.binary(min_size=1, max_size=80)


@given(st.binary(max_size=80))
def test_a_key_hashes_as_in_kafka(key: bytes) -> None:
    assert aiokafka_murmur2(key) == murmur2(key)


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
