"""A small body that unpacks to a large one costs no memory."""

import gzip
import tracemalloc

from agents.intake.body import TOO_LARGE, unpacked
from streams.segment.api import MAX_BATCH_BYTES


def test_unpacking_stops_at_the_limit() -> None:
    bomb = gzip.compress(b" " * 100_000_000, 9)
    tracemalloc.start()
    try:
        refusal = unpacked(bomb)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert TOO_LARGE == refusal
    assert peak < 4 * MAX_BATCH_BYTES


def test_a_body_of_exactly_the_limit_is_read() -> None:
    body = b" " * MAX_BATCH_BYTES

    assert body == unpacked(gzip.compress(body))
