"""What is said of canaries: sent, seen arriving, lost, and how long they were under way."""

from collections.abc import Mapping, Sequence

from msgspec import Struct

from agents.signals.catalogue import SPEED_S, Bounded, counter, gauge, histogram
from agents.signals.log import LOG
from streams.topology import CANARIES

_HERE = (CANARIES.name,)
_SENT = counter("touchline_canary_sent_total", "Canaries that were due, those that no broker took included.", _HERE)
_RECEIVED = counter("touchline_canary_received_total", "Canaries seen arriving within the limit.", _HERE)
_LOST = counter("touchline_canary_lost_total", "Canaries not seen within the limit.", _HERE)
_LATE = counter("touchline_canary_late_total", "Lost ones that arrived all the same: nothing was lost for good.", _HERE)
_ROUNDTRIP = histogram(
    "touchline_canary_roundtrip_seconds", "From a canary's touch to its arrival, through all stages.", _HERE, SPEED_S
)
_STAGE = histogram(
    "touchline_canary_stage_seconds",
    "The same in parts: from the broker's stamp before a stage to the one after it.",
    _HERE,
    SPEED_S,
    {"stage": ("identify", "score", "route")},
)
_WAITING = gauge(
    "touchline_canary_waiting_seconds",
    "For how long the oldest canary of a partition of the log has been under way; 0: none is.",
    _HERE,
    {"partition": Bounded("the partitions of the log")},
)


class CanariesLooked(Struct, frozen=True, kw_only=True):
    """One was sent, some arrived, or time passed."""

    sent: int
    took_s: Sequence[float]
    """Of those that arrived."""
    stages_s: Sequence[Mapping[str, float]]
    lost: int
    late: int
    waiting_s: Mapping[int, float]

    def emit(self) -> None:
        """Count and time them. No line: there may be many."""
        _SENT.inc(self.sent)
        _RECEIVED.inc(len(self.took_s))
        _LOST.inc(self.lost)
        _LATE.inc(self.late)
        for one_s in self.took_s:
            _ROUNDTRIP.observe(one_s)
        for parts in self.stages_s:
            for stage, one_s in parts.items():
                _STAGE.labels(stage).observe(one_s)
        for partition, age_s in self.waiting_s.items():
            _WAITING.labels(str(partition)).set(age_s)


class CanariesMissed(Struct, frozen=True):
    """From now on they do not arrive in time."""

    def emit(self) -> None:
        """Say it once."""
        LOG.warning("canaries missed")


class CanariesBack(Struct, frozen=True, kw_only=True):
    """They arrive in time again."""

    lost: int
    """Since they did not."""

    def emit(self) -> None:
        """Say how many had not."""
        LOG.info("canaries back", lost=self.lost)
