"""Strimzi's resources: valid by its own schema, as the topology says, and nothing the workers would refuse."""

import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from agents.settings import Settings
from agents.topics.plan import Found, compare, partitions_of
from agents.topics.strimzi import kafka_topic
from streams.topic_settings import config
from streams.topology import LEAD_STATE, TOPICS, Topic, name_of
from tests.contract.cluster.judge import faults, read

STRIMZI = Path(__file__).parents[3] / "deploy" / "strimzi"
SETTINGS = Settings(replication=3)


def printed(*words: str) -> str:
    touchline = Path(sys.executable).with_name("touchline")
    ran = subprocess.run([touchline, *words], capture_output=True, text=True, timeout=60)
    assert 0 == ran.returncode, ran.stderr
    return ran.stdout


def topics() -> list[dict[str, Any]]:
    return read((STRIMZI / "topics.yaml").read_bytes())


def test_the_topics_in_the_repository_are_those_of_the_topology() -> None:
    fresh = printed("topics", "export", "--format", "strimzi", "--cluster", "kafka", "--replicas", "3")

    assert fresh == (STRIMZI / "topics.yaml").read_text(), "run: make manifests"


@pytest.mark.parametrize("resource", topics(), ids=lambda resource: resource["metadata"]["name"])
def test_each_topic_is_valid_by_strimzis_schema(resource: dict[str, Any]) -> None:
    assert [] == faults(resource)


def test_strimzis_schema_refuses_a_misspelt_field() -> None:
    broken = deepcopy(topics()[0])
    broken["spec"]["partition"] = broken["spec"].pop("partitions")

    assert [f"KafkaTopic {broken['metadata']['name']}: spec"] == [told.rpartition(":")[0] for told in faults(broken)]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_a_topic_that_strimzi_makes_is_one_that_workers_accept(topic: Topic) -> None:
    (made,) = [told for told in topics() if told["metadata"]["name"] == topic.name]
    found = Found(made["spec"]["partitions"], made["spec"]["config"], made["spec"]["config"])

    assert [] == compare(topic, found, SETTINGS, {})


def test_a_prefix_that_kubernetes_would_refuse_stays_the_name_on_the_broker() -> None:
    settings = Settings(prefix="Acme_EU.", generation="g2")
    made = kafka_topic(LEAD_STATE, settings, "big")

    assert "acme-eu.lead.state.g2" == made["metadata"]["name"]
    assert name_of(LEAD_STATE, settings) == made["spec"]["topicName"] == "Acme_EU.lead.state.g2"
    assert {"partitions": partitions_of(LEAD_STATE, settings), "config": config(LEAD_STATE)}.items() <= made[
        "spec"
    ].items()
    assert "replicas" not in made["spec"]
    assert [] == faults(made)
