"""What several stages say: dead letters and handoffs."""

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from agents.signals.catalogue import READS, SPEED_S, STAGES, PerStage, counter, histogram
from agents.signals.log import LOG
from schemas.handoff import HandoffType, TriggerKind
from schemas.reject import Reason
from schemas.traceparent import TRACEPARENT
from streams.topology import ROUTE, SCORE, SCORING_MODELS


def _sets_aside(stage: str) -> Iterable[str]:
    return (*READS.of(stage), SCORING_MODELS.name) if stage == SCORE.name else READS.of(stage)


_DEAD_LETTERS = counter(
    "touchline_dead_letters_total",
    "Messages set aside byte for byte, by the topic they came on.",
    STAGES,
    {"topic": PerStage(_sets_aside), "reason": Reason},
)
_AT = (ROUTE.name,)
_HANDOFFS = counter(
    "touchline_handoffs_total", "Handoffs requested, by what triggered them.", _AT, {"trigger": TriggerKind}
)
_HANDOFF_EVENTS = counter(
    "touchline_handoff_events_total",
    "Messages on handoffs, repeats included, by what they say.",
    _AT,
    {"type": HandoffType},
)
_HANDOFF_LATENCY = histogram(
    "touchline_handoff_latency_seconds",
    "Routing speed: from the touch to the broker's acknowledgement of its handoff.",
    _AT,
    SPEED_S,
    {"trigger": TriggerKind},
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


class Timed(Struct, frozen=True):
    """A handoff requested."""

    trigger: str
    latency_s: float
    """From the touch to the broker's acknowledgement."""
    traceparent: str = ""
    """Of the touch, if it came with one."""


class HandoffsRouted(Struct, frozen=True, kw_only=True):
    """Handoffs of one flush, acknowledged by the broker."""

    routed: Sequence[Timed]
    """Each `requested`, history excepted."""
    events: Mapping[str, int] = {}
    """All messages by type."""

    def emit(self) -> None:
        """Count and time them; a trace is an example of its bucket."""
        for kind, count in self.events.items():
            _HANDOFF_EVENTS.labels(kind).inc(count)
        for one in self.routed:
            _HANDOFFS.labels(one.trigger).inc()
            trace = TRACEPARENT.fullmatch(one.traceparent)
            example = {"trace_id": trace[1]} if trace is not None else None
            _HANDOFF_LATENCY.labels(one.trigger).observe(max(0.0, one.latency_s), example)
