"""What is said of ripe leads that wait for somebody."""

from msgspec import Struct
from prometheus_client import Gauge

from agents.signals.log import LOG

_WAITING = Gauge("touchline_ripe_leads_waiting", "Ripe leads for whom nobody is free, told by the worker that looks.")
_OLDEST = Gauge("touchline_ripe_lead_oldest_seconds", "How long the oldest of them has waited.")


class QueueLooked(Struct, frozen=True, kw_only=True):
    """The queue was looked after; None: by another worker."""

    waiting: int | None
    oldest_s: float | None

    def emit(self) -> None:
        """Say how many, and how long; whoever does not look says nothing, so that sums are true."""
        _WAITING.set(self.waiting or 0)
        _OLDEST.set(self.oldest_s or 0.0)


class DeskRefilled(Struct, frozen=True, kw_only=True):
    """Redis had lost who has which leads; it was read from the topics."""

    handoffs: int
    open: int
    waiting: int

    def emit(self) -> None:
        """A line for the operator."""
        LOG.info("desk_refilled", handoffs=self.handoffs, open=self.open, waiting=self.waiting)
