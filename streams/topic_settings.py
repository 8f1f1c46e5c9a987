"""What the broker is told about each topic, by Kafka's own names."""

from schemas.units import DAY_MS, HOUR_MS
from streams.topology import LEAD_STATE, MIB, SCORING_MODELS, Topic

STATE_CONFIG = {"segment.ms": str(HOUR_MS), "segment.bytes": str(64 * MIB), "min.cleanable.dirty.ratio": "0.1"}
"""Keeps what a restore reads close to the live leads."""

FORGOTTEN_WITHIN_MS = 7 * DAY_MS
"""Compacted topics drop what was replaced or erased within that time, however quiet they are: erasures have a date."""

SAFE_REPLICAS, IN_SYNC = 3, "min.insync.replicas"
"""From so many on a write waits for a second replica: else a leader that acknowledged alone may die with it."""


def config(topic: Topic, replication: int = 0) -> dict[str, str]:
    """The broker settings a topic needs, by Kafka's own names; `replication`: its replicas, 0 if the broker decides."""
    said = {
        "cleanup.policy": "compact" if topic.compacted else "delete",
        "max.message.bytes": str(topic.max_message_bytes),
        "message.timestamp.type": "LogAppendTime" if topic.append_time else "CreateTime",
    }
    if topic.keep_ms is not None:
        said["retention.ms"] = str(topic.keep_ms)
    if topic.compaction_lag_ms:
        said["min.compaction.lag.ms"] = str(topic.compaction_lag_ms)
    if topic.compacted and topic is not SCORING_MODELS:
        said["max.compaction.lag.ms"] = str(FORGOTTEN_WITHIN_MS)
    if topic is LEAD_STATE:
        said |= STATE_CONFIG
    if replication >= SAFE_REPLICAS:
        said[IN_SYNC] = "2"
    return said
