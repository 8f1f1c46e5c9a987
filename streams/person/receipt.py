"""The receipt of an erasure: each store with `done`, or by when the last of it is gone."""

from collections.abc import Mapping

from schemas.units import Millis
from streams.person.stores import DONE, RAW, gone_by
from streams.topology import (
    HANDOFFS,
    LEAD_EVENTS,
    LEAD_LEDGER,
    LEAD_NEWS,
    LEAD_STAGES,
    LEAD_TASKS,
    RIPE,
    SCORING_MODELS,
    TOPICS,
    Topic,
)

OPEN = "not yet: "
"""Begins what is still to be done."""

FADING = (*RAW, HANDOFFS, LEAD_EVENTS, LEAD_LEDGER, LEAD_STAGES, LEAD_TASKS, LEAD_NEWS, RIPE)
"""Whole segments of these go by age."""


def stores(
    settings: Mapping[Topic, Mapping[str, str]], left: Mapping[str, str], now_ms: Millis, *, snapshots: str = ""
) -> dict[str, str]:
    """By store. `settings`: in force on the broker; `left`: what could not be done, by topic."""
    said = {"Redis": DONE}
    for topic in TOPICS:
        if topic is SCORING_MODELS or topic not in settings:
            continue  # no person is in a model
        why = left.get(topic.name)
        said[topic.name] = f"{OPEN}{why}" if why else gone_by(topic, settings[topic], now_ms)
    if snapshots:
        said["snapshots"] = f"{snapshots}: with the snapshot that replaces the last one taken before"
    return said
