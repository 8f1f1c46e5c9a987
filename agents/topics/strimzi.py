"""The topics as Strimzi's `KafkaTopic`s: for clusters whose topics are declared, not made by a command."""

import re
from typing import Any

from agents.settings import Settings
from agents.topics.plan import partitions_of
from streams.topic_settings import config
from streams.topology import TOPICS, Topic, name_of

API = "kafka.strimzi.io/v1"
CLUSTER_LABEL = "strimzi.io/cluster"
LABELS = {"app.kubernetes.io/name": "touchline", "app.kubernetes.io/part-of": "touchline"}


def kafka_topic(topic: Topic, settings: Settings, cluster: str) -> dict[str, Any]:
    """One topic with all settings it needs; replicas only when we were told how many."""
    name = name_of(topic, settings)
    spec: dict[str, Any] = {"partitions": partitions_of(topic, settings)}
    if settings.replication:
        spec["replicas"] = settings.replication
    if resource_name(name) != name:
        spec["topicName"] = name
    spec["config"] = config(topic, settings.replication)
    return {"apiVersion": API, "kind": "KafkaTopic", "metadata": metadata(name, cluster), "spec": spec}


def kafka_topics(settings: Settings, cluster: str) -> list[dict[str, Any]]:
    """Every topic of the topology."""
    return [kafka_topic(topic, settings, cluster) for topic in TOPICS]


def metadata(name: str, cluster: str) -> dict[str, Any]:
    """A name Kubernetes takes, and the label by which Strimzi's operator finds its own."""
    return {"name": resource_name(name), "labels": {CLUSTER_LABEL: cluster, **LABELS}}


def resource_name(name: str) -> str:
    """What Kubernetes allows of a topic's or user's name: lower case, digits, dots and dashes."""
    return re.sub(r"[^a-z0-9.-]+", "-", name.lower()).strip(".-")
