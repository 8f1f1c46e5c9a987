"""What is compared does the same job: the Faust and the Quix of the benchmark score as Touchline does."""

import json
from typing import Any

import msgspec
import pytest

from streams.fold import fold
from streams.folded import Folded
from streams.judge import Judge
from streams.lead_codec import decode
from tests.bench import faust_way, quix_way
from tests.bench.load import Load, Sent, bench_model
from tests.bench.rules import engagement, take_in
from tests.pure.lives import Logged, Table

SENT = list(Load(3_000, 60))


class KeptByQuix:
    """States as Quix keeps them: JSON bytes by key of the message."""

    def __init__(self) -> None:
        self.bytes: dict[tuple[bytes, str], bytes] = {}
        self.of = b""

    def get(self, key: str, default: Any = None) -> Any:
        kept = self.bytes.get((self.of, key))
        return default if kept is None else json.loads(kept)

    def set(self, key: str, value: Any) -> None:
        self.bytes[self.of, key] = json.dumps(value).encode()


def folded(sent: list[Sent]) -> Folded:
    return fold([Logged(i, s.key, s.value) for i, s in enumerate(sent)], Table(), Judge.of(bench_model()))


def scores(of: Folded) -> dict[bytes, float]:
    return {key: decode(record).engagement / 1e6 for key, record in of.states.items()}


def handed(of: Folded) -> set[bytes]:
    return {word.lead_id.encode() for word in of.ripe if word.type == "requested"}


def test_faust_in_the_benchmark_applies_the_same_rules() -> None:
    ours = folded(SENT)
    leads: dict[bytes, faust_way.Lead] = {}
    ripe: set[bytes] = set()
    for one in SENT:
        touch = faust_way.Touch(**msgspec.json.decode(one.value))
        if take_in(leads.setdefault(one.key, faust_way.new_lead()), touch):
            ripe.add(one.key)

    assert scores(ours) == pytest.approx({key: engagement(lead) for key, lead in leads.items()}, abs=1e-5)
    assert handed(ours) == ripe


def test_quix_in_the_benchmark_applies_the_same_rules() -> None:
    ours, kept = folded(SENT), KeptByQuix()
    ripe: dict[bytes, Any] = {}
    for one in SENT:
        kept.of = one.key
        handoff = quix_way.score(msgspec.json.decode(one.value), kept)
        if handoff is not None:
            ripe.setdefault(one.key, handoff)
    leads: dict[bytes, Any] = {}
    for key in {s.key for s in SENT}:
        kept.of = key
        leads[key] = quix_way.Seen(**kept.get("lead"))

    assert scores(ours) == pytest.approx({key: engagement(lead) for key, lead in leads.items()}, abs=1e-5)
    assert handed(ours) == ripe.keys()
    assert all(40.0 <= handoff["score"] for handoff in ripe.values())
