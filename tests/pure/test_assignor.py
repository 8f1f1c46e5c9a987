"""Sharing partitions out while the broker does not name a topic."""

from types import SimpleNamespace

import pytest
from faust.assignor.client_assignment import ClientMetadata

from agents.app import build_app
from agents.delivery.assignor import KnownTopics, TopicUnseen
from agents.settings import Settings
from streams.topology import ROUTE


class Cluster:
    """What the broker's metadata names."""

    def __init__(self, **counts: int) -> None:
        self.counts = counts

    def partitions_for_topic(self, topic: str) -> set[int] | None:
        return set(range(self.counts[topic])) if topic in self.counts else None


def test_counts_once_named_are_remembered() -> None:
    known: dict[str, int] = {}

    assert {0, 1, 2} == KnownTopics(Cluster(facts=3), known).partitions_for_topic("facts")
    assert {0, 1, 2} == KnownTopics(Cluster(), known).partitions_for_topic("facts")


def test_a_topic_never_named_is_refused_in_words() -> None:
    with pytest.raises(TopicUnseen, match="does not name facts"):
        KnownTopics(Cluster(), {}).partitions_for_topic("facts")


def test_the_log_is_shared_out_although_the_broker_names_no_topic_yet() -> None:
    app = build_app(SimpleNamespace(step=ROUTE, flush=None), Settings(partitions=4))
    changelog: dict[str, dict[str, list[int]]] = {}
    metadata = ClientMetadata(
        assignment=app.assignor._assignment, url="http://one.touchline", changelog_distribution=changelog,
        external_topic_distribution=changelog, topic_groups={},
    )  # fmt: skip
    member = SimpleNamespace(subscription=["ripe"], user_data=metadata.dumps())

    assigned = app.assignor.assign(Cluster(), {"one": member})

    assert [("ripe", [0, 1, 2, 3])] == [(topic, sorted(ps)) for topic, ps in assigned["one"].assignment]
