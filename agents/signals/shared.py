"""What several stages say: dead letters and handoffs."""

from collections import Counter as Counted
from collections.abc import Mapping, Sequence

from msgspec import Struct
from prometheus_client import Counter, Histogram

from agents.signals.log import LOG
from schemas.handoff import HandoffType, TriggerKind

ROUTING_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0)
"""The promise of one second is an edge, so that its share is exact."""

_DEAD_LETTERS = Counter(
    "touchline_dead_letters_total", "Messages set aside byte for byte, by the topic they came on.", ["topic", "reason"]
)
_HANDOFFS = Counter("touchline_handoffs_total", "Handoffs requested, by what triggered them.", ["trigger"])
_HANDOFF_EVENTS = Counter(
    "touchline_handoff_events_total", "Messages on handoffs, repeats included, by what they say.", ["type"]
)
_HANDOFF_LATENCY = Histogram(
    "touchline_handoff_latency_seconds",
    "Routing speed: from the touch to the broker's acknowledgement of its handoff.",
    ["trigger"],
    buckets=ROUTING_BUCKETS_S,
)


class DeadLettersWritten(Struct, frozen=True, kw_only=True):
    """Messages that could not be used are safe on `dead.letters`."""

    counts: Mapping[tuple[str, str], int]
    """By (topic without prefix, reason)."""

    def emit(self) -> None:
        """Count them; one line for the lot."""
        for (topic, reason), count in self.counts.items():
            _DEAD_LETTERS.labels(topic, reason).inc(count)
        LOG.warning("dead letters written", counts={f"{t} {r}": n for (t, r), n in self.counts.items()})


def expect_handoffs() -> None:
    """Show every trigger's series from the start: a rate needs a zero to rise from."""
    for trigger in TriggerKind:
        _HANDOFFS.labels(trigger)
        _HANDOFF_LATENCY.labels(trigger)
    for kind in HandoffType:
        _HANDOFF_EVENTS.labels(kind)


class HandoffsRouted(Struct, frozen=True, kw_only=True):
    """Handoffs of one flush, acknowledged by the broker."""

    routed: Sequence[tuple[str, float]]
    """(trigger kind, seconds from the touch to the acknowledgement) of each `requested`, history excepted."""
    events: Mapping[str, int] = {}
    """All messages by type."""

    def emit(self) -> None:
        """Count and time them."""
        for kind, count in self.events.items():
            _HANDOFF_EVENTS.labels(kind).inc(count)
        for trigger, count in Counted(trigger for trigger, _ in self.routed).items():
            _HANDOFFS.labels(trigger).inc(count)
            observe = _HANDOFF_LATENCY.labels(trigger).observe
            for told, latency_s in self.routed:
                if told == trigger:
                    observe(max(0.0, latency_s))
