"""What is compared does the same job: the Faust of the benchmark scores as Touchline does."""

import msgspec
import pytest

from streams.fold import fold
from streams.judge import Judge
from tests.bench.faust_way import Lead, Touch, engagement, new_lead, take_in
from tests.bench.load import Load, bench_model
from tests.pure.lives import Logged, Table


def test_faust_in_the_benchmark_applies_the_same_rules() -> None:
    sent = list(Load(3_000, 60))
    folded = fold([Logged(i, s.key, s.value) for i, s in enumerate(sent)], Table(), Judge.of(bench_model()))
    leads: dict[bytes, Lead] = {}
    ripe: set[bytes] = set()
    for one in sent:
        touch = Touch(**msgspec.json.decode(one.value))
        if take_in(leads.setdefault(one.key, new_lead()), touch):
            ripe.add(one.key)

    assert {key: state.engagement / 1e6 for key, state in folded.states.items()} == pytest.approx(
        {key: engagement(lead) for key, lead in leads.items()}, abs=1e-5
    )
    assert {word.lead_id.encode() for word in folded.ripe if word.type == "requested"} == ripe
