"""What is said about the identity graph in Redis."""

from msgspec import Struct

from agents.signals.catalogue import counter, gauge, histogram
from agents.signals.log import LOG
from streams.topology import IDENTIFY, ROUTE

_AT = (IDENTIFY.name, ROUTE.name)
"""Stages that keep the graph whole."""
_WHOLE = gauge(
    "touchline_identity_graph_whole", "Whether Redis held the whole identity graph when last asked: 1 or 0.", _AT
)
_REBUILDS = counter("touchline_identity_rebuilds_total", "Times this worker rebuilt the graph.", _AT)
_SECONDS = histogram(
    "touchline_identity_rebuild_seconds",
    "How long a rebuild took.",
    _AT,
    (0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000),
)


def expect_graph() -> None:
    """Whole until it is missed."""
    _WHOLE.set(1)


class GraphMissed(Struct, frozen=True, kw_only=True):
    """Redis is new, or was emptied: who is who must be read from the log."""

    def emit(self) -> None:
        """Say it."""
        _WHOLE.set(0)
        LOG.warning("identity graph missed")


class GraphRebuilt(Struct, frozen=True, kw_only=True):
    """We read it from the log."""

    links: int
    profiles: int
    handoffs: int
    after_s: float

    def emit(self) -> None:
        """Say it."""
        _REBUILDS.inc()
        _SECONDS.observe(self.after_s)
        LOG.info(
            "identity graph rebuilt", links=self.links, profiles=self.profiles, handoffs=self.handoffs,
            after_s=round(self.after_s, 3),
        )  # fmt: skip


class GraphFound(Struct, frozen=True, kw_only=True):
    """It is whole again, whoever rebuilt it."""

    missed_s: float

    def emit(self) -> None:
        """Say it."""
        _WHOLE.set(1)
        LOG.info("identity graph found", missed_s=round(self.missed_s, 3))
