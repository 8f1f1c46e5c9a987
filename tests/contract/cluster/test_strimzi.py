"""Strimzi's resources: valid by its own schema, as the topology says, and nothing the workers would refuse."""

from copy import deepcopy
from typing import Any

import pytest
from ruamel.yaml import YAML

from agents.settings import Settings
from agents.topics.plan import Found, compare, partitions_of
from agents.topics.strimzi import kafka_topic
from deploy.kubernetes.__main__ import RESOURCES, STRIMZI, printed
from deploy.kubernetes.chart import CHART
from streams.topic_settings import config
from streams.topology import LEAD_STATE, TOPICS, Topic, name_of
from tests.contract.cluster.judge import faults, read

SETTINGS = Settings(replication=3)


def topics() -> list[dict[str, Any]]:
    return read((STRIMZI / "topics.yaml").read_bytes())


def users() -> list[dict[str, Any]]:
    return read((STRIMZI / "users.yaml").read_bytes())


@pytest.mark.parametrize("name", RESOURCES)
def test_what_is_in_the_repository_is_what_the_topology_says(name: str) -> None:
    fresh = "".join(printed(words) for words in RESOURCES[name])

    assert fresh == (STRIMZI / name).read_text(), "run: make manifests"


@pytest.mark.parametrize("resource", [*topics(), *users()], ids=lambda resource: resource["metadata"]["name"])
def test_each_resource_is_valid_by_strimzis_schema(resource: dict[str, Any]) -> None:
    assert [] == faults(resource)


def test_there_is_a_user_for_each_stage_of_the_chart_by_the_name_the_chart_takes() -> None:
    values: Any = YAML(typ="safe").load((CHART / "values.yaml").read_bytes())
    wanted = {
        values["kafka"]["auth"]["user"].replace("{prefix}", "").replace("{stage}", stage) for stage in values["stages"]
    }

    assert set() == wanted - {user["metadata"]["name"] for user in users()}


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
