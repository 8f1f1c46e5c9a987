"""What we say about ourselves keeps to Prometheus' rules: names, units, and labels of which there are few."""

import re

import pytest
from prometheus_client import REGISTRY

from agents.signals.catalogue import EVERYWHERE, FAMILIES, SPEED_S, Bounded, Family, exposed
from agents.signals.table import everything

KNOWN = {
    "stage": 8, "topic": 20, "channel": 5, "outcome": 10, "reason": 25, "trigger": 4, "type": 8, "what": 8, "word": 3,
    "where": 2, "kept": 2, "caller": 3, "status": 4, "point": 2, "promise": 2,
}  # fmt: skip
"""Labels of which all values are known, and how many there may be. Never a lead, a source, a campaign or an address."""
AT_RUN_TIME = {"partition", "model", "rule", "by", "version", "python", "faust", "aiokafka"}
"""Labels whose values are not known here; each says what keeps them few."""
MOST_SERIES = 400
"""Of one metric on one worker, `le` left out."""
NOUNS = {"model", "rule", "partition", "status", "stage"}
"""Of names that were given; other labels have no place in a name."""
PROMISED = {1.0, 5.0}
BASE_UNITS = r"milli|micro|_ms\b|_minutes|_hours|_days|kilo|mega|percent"

ALL = everything()


def names(family: Family) -> str:
    return family.name


def test_no_metric_is_made_outside_the_catalogue() -> None:
    ours = {family.name for family in REGISTRY.collect() if family.name.startswith("touchline_")}

    assert ours <= {name.removesuffix("_total") for name in FAMILIES}


@pytest.mark.parametrize("family", ALL, ids=names)
def test_a_name_says_what_is_counted_in_base_units(family: Family) -> None:
    assert re.fullmatch(r"touchline_[a-z][a-z_]*[a-z]", family.name)
    assert (family.kind == "counter") == family.name.endswith("_total")
    assert not re.search(BASE_UNITS, family.name)
    assert not family.name.endswith(("_count", "_sum", "_bucket", "_info_total"))
    assert family.what[0].isupper() or family.what[0].isdigit()
    assert family.what.endswith((".", "0: never", "none is"))
    assert not set(family.labels) & (set(family.name.split("_")) - NOUNS)
    assert family.stages
    assert set(family.stages) <= set(EVERYWHERE)


@pytest.mark.parametrize("family", ALL, ids=names)
def test_each_label_has_few_values(family: Family) -> None:
    for label, known in family.labels.items():
        if isinstance(known, Bounded):
            assert label in AT_RUN_TIME
            assert known.by
            continue
        for stage in family.stages:
            values = family.values(label, stage)
            assert values is not None
            assert 1 <= len(values) <= KNOWN[label]
            assert len(set(values)) == len(values)


@pytest.mark.parametrize("family", ALL, ids=names)
def test_no_worker_shows_too_many_series_of_one_metric(family: Family) -> None:
    for stage in family.stages:
        count = 1
        for label in family.labels:
            count *= len(family.values(label, stage) or "1")
        assert count <= MOST_SERIES


def test_what_is_promised_is_an_edge_of_every_histogram_of_the_way_to_a_handoff() -> None:
    assert set(SPEED_S) >= PROMISED
    for name in ("handoff_latency", "ripe_latency", "assigned", "event_time_lag", "first_contact", "flush_duration"):
        family = FAMILIES[f"touchline_{name}_seconds"]
        shown = [sample for told in exposed(family.stages[-1]).collect() for sample in told.samples]
        edges = {float(sample.labels["le"]) for sample in shown if sample.name == f"{family.name}_bucket"}
        assert edges >= PROMISED, name


@pytest.mark.parametrize("stage", EVERYWHERE)
def test_a_stage_shows_its_own_metrics_alone_and_all_of_them_from_the_start(stage: str) -> None:
    shown = {family.name: family for family in exposed(stage).collect() if family.name.startswith("touchline_")}

    for family in ALL:
        told = shown.get(family.name.removesuffix("_total"))
        assert (told is not None) == (stage in family.stages and family.held is not None)
        if told is not None and not any(isinstance(known, Bounded) for known in family.labels.values()):
            assert told.samples
    assert not [sample.name for told in shown.values() for sample in told.samples if sample.name.endswith("_created")]
