"""What is said of time: deadlines that wait, timers that fired, and how far the inputs are read."""

from msgspec import Struct

from agents.signals.catalogue import counter, gauge, histogram
from streams.topology import SCORE

_AT = (SCORE.name,)
_PENDING = gauge("touchline_deadlines_pending", "Deadlines of leads that this worker waits for.", _AT)
_FIRED = counter(
    "touchline_timers_fired_total",
    "Deadlines put on the log: on_time, or degraded (not all inputs were known to be read past it).",
    _AT,
    {"outcome": ("on_time", "degraded")},
)
_DELAY = histogram(
    "touchline_timer_delay_seconds",
    "From a deadline to its timer on the log.",
    _AT,
    (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0),
)
_WATERMARK_LAG = gauge(
    "touchline_watermark_lag_seconds",
    "Age of the moment up to which all inputs are on the log, of the partition that is furthest behind.",
    _AT,
)
_SWITCHED = counter(
    "touchline_leads_switched_total", "Leads to which nothing happened, put under a model that took effect.", _AT
)


class LeadsSwitched(Struct, frozen=True, kw_only=True):
    """Some more leads are asked, on the log, to come under the model in force."""

    leads: int

    def emit(self) -> None:
        """Count them."""
        _SWITCHED.inc(self.leads)


class TimersLooked(Struct, frozen=True, kw_only=True):
    """Deadlines were looked for, and those that are over are on the log."""

    pending: int
    on_time: int
    degraded: int
    delays_s: list[float]
    """Of each that fired."""
    watermark_lag_s: float | None
    """None: not all inputs were heard of."""

    def emit(self) -> None:
        """Count and time."""
        _PENDING.set(self.pending)
        _WATERMARK_LAG.set(self.watermark_lag_s if self.watermark_lag_s is not None else float("nan"))
        if self.on_time:
            _FIRED.labels("on_time").inc(self.on_time)
        if self.degraded:
            _FIRED.labels("degraded").inc(self.degraded)
        for delay_s in self.delays_s:
            _DELAY.observe(delay_s)
