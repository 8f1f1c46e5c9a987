"""What is said of ripe leads that wait for somebody."""

from msgspec import Struct

from agents.signals.catalogue import gauge
from agents.signals.log import LOG
from streams.topology import ROUTE

_AT = (ROUTE.name,)
_WAITING = gauge(
    "touchline_ripe_leads_waiting", "Ripe leads for whom nobody is free, told by the worker that looks.", _AT
)
_OLDEST = gauge("touchline_ripe_lead_oldest_seconds", "How long the oldest of them has waited.", _AT)
_AT_RISK = gauge(
    "touchline_ripe_leads_at_risk",
    "Those of them whose promise of first contact runs out soon (within a quarter of it, five minutes at most), or is "
    "broken.",
    _AT,
    {"promise": ("soon", "broken")},
)


class QueueLooked(Struct, frozen=True, kw_only=True):
    """The queue was looked after; None: by another worker."""

    waiting: int | None
    oldest_s: float | None
    soon: int = 0
    """Of those, promised a first contact that is nearly due."""
    broken: int = 0
    """Of those, promised one that is overdue."""

    def emit(self) -> None:
        """Say how many, and how long; whoever does not look says nothing, so that sums are true."""
        _WAITING.set(self.waiting or 0)
        _OLDEST.set(self.oldest_s or 0.0)
        _AT_RISK.labels("soon").set(self.soon)
        _AT_RISK.labels("broken").set(self.broken)


class DeskRefilled(Struct, frozen=True, kw_only=True):
    """Redis had lost who has which leads; it was read from the topics."""

    handoffs: int
    open: int
    waiting: int

    def emit(self) -> None:
        """A line for the operator."""
        LOG.info("desk_refilled", handoffs=self.handoffs, open=self.open, waiting=self.waiting)
