"""The figures of the measurements: by hand, and what the measured stream promises."""

import math
from collections import Counter
from itertools import islice

import msgspec
import pytest

from schemas.lead_event import LeadEvent
from tests.bench.load import VALUE_BYTES, Load
from tests.bench.ride import bucket_of, quantile
from tests.bench.visitors import LIFE, sent_of, steps, touch_id

BUCKETS = {0.1: 50.0, 0.25: 98.0, 0.5: 100.0, math.inf: 100.0}


def test_a_quantile_is_the_value_at_the_nearest_rank() -> None:
    seconds = [float(n) for n in range(1, 101)]

    assert (50.0, 99.0, 100.0) == (quantile(seconds, 0.5), quantile(seconds, 0.99), quantile(seconds, 1.0))
    assert 7.0 == quantile([7.0], 0.5)
    assert math.isnan(quantile([], 0.5))


@pytest.mark.parametrize(("share", "edges"), [(0.5, (0.0, 0.1)), (0.9, (0.1, 0.25)), (0.99, (0.25, 0.5))])
def test_a_histogram_puts_a_quantile_between_two_edges(share: float, edges: tuple[float, float]) -> None:
    assert edges == bucket_of(BUCKETS, share)


def test_a_touch_id_carries_when_it_was_sent() -> None:
    assert ("run", 1_795_000_000_123_456_789, True) == sent_of(touch_id("run", 7, 1_795_000_000_123_456_789, True))


@pytest.mark.parametrize("rate", [1, 200, 5_000])
def test_every_ripe_visitor_has_looked_nine_times_before_and_steadily_one_touch_in_ten_is_ripe(rate: int) -> None:
    slots = max(LIFE, rate // 4)
    sent = list(islice(steps("run", rate), slots * LIFE * 3))
    looks: Counter[bytes] = Counter()
    ripe = []
    for step in sent:
        if step.ripe:
            ripe.append(looks[step.key])
        looks[step.key] += 1

    assert {LIFE - 1} == set(ripe)
    assert len(sent[slots * LIFE :]) / LIFE == sum(step.ripe for step in sent[slots * LIFE :])


def test_the_log_to_be_measured_is_the_same_each_time_and_of_the_size_told() -> None:
    first, again = list(Load(2_000, 300)), list(Load(2_000, 300))
    decoded = [msgspec.json.decode(sent.value, type=LeadEvent) for sent in first]

    assert first == again
    assert 2_000 == len({event.id for event in decoded})
    assert pytest.approx(VALUE_BYTES, abs=2) == sum(len(sent.value) for sent in first) / 2_000
