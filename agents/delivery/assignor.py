"""Shares partitions out, also while a broker that has just come back does not name every topic yet.

Faust leaves out a topic that its metadata lacks at that moment: the group is content, every worker says that it is
ready, and nobody ever reads the topic.
"""

from collections.abc import Mapping
from typing import Any

from faust.assignor import PartitionAssignor


class TopicUnseen(RuntimeError):
    """A topic we read is in no metadata, and we do not know its partitions either."""


class KnownTopics:
    """The cluster as the broker describes it, completed by what is known."""

    def __init__(self, cluster: Any, known: dict[str, int]) -> None:
        self._cluster, self._known = cluster, known

    def __getattr__(self, name: str) -> Any:
        return getattr(self._cluster, name)

    def partitions_for_topic(self, topic: str) -> set[int]:
        """Partitions of a topic; counts that the broker names are remembered."""
        named: set[int] | None = self._cluster.partitions_for_topic(topic)
        if named:
            self._known[topic] = len(named)
        elif topic not in self._known:
            raise TopicUnseen(
                f"the broker does not name {topic}, so its partitions cannot be shared out; the worker ends and joins "
                "anew. If this goes on, run `touchline topics plan`"
            )
        return set(range(self._known[topic]))


class SteadyAssignor(PartitionAssignor):
    """Faust's own, never without a topic."""

    def assign(self, cluster: Any, member_metadata: Mapping[str, Any]) -> Any:
        """Called on the leader of the group."""
        return super().assign(KnownTopics(cluster, self.app.partition_counts), member_metadata)
