"""Replicated topics wait for a second replica."""

import pytest

from agents.settings import Settings
from agents.topics.plan import DECISIVE, Found, compare, partitions_of
from streams.topic_settings import IN_SYNC, config
from streams.topology import TOPICS, TOUCHES_WEB, Topic


def differences(topic: Topic, replication: int, in_sync: str) -> list[tuple[str, str, str]]:
    settings = Settings(replication=replication)
    found = Found(partitions_of(topic, settings), config(topic) | {IN_SYNC: in_sync}, {})
    return [(d.setting, d.wanted, d.found) for d in compare(topic, found, settings, {})]


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.name)
def test_with_three_replicas_every_topic_needs_two_in_sync(topic: Topic) -> None:
    assert [(IN_SYNC, "2", "1")] == differences(topic, 3, "1")
    assert [] == differences(topic, 3, "2")


def test_more_in_sync_than_needed_are_as_good() -> None:
    assert [] == differences(TOUCHES_WEB, 5, "3")


@pytest.mark.parametrize("replication", [0, 1, 2])
def test_with_fewer_replicas_or_the_brokers_own_number_it_is_the_brokers_choice(replication: int) -> None:
    assert IN_SYNC not in config(TOUCHES_WEB, replication)
    assert [] == differences(TOUCHES_WEB, replication, "1")


def test_a_worker_does_not_start_on_topics_whose_leader_may_acknowledge_alone() -> None:
    assert IN_SYNC in DECISIVE
