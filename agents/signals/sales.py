"""What is said of people's part: who was given leads, how soon they were contacted, whether plans were kept."""

from msgspec import Struct

from agents.signals.catalogue import counter, histogram
from streams.reports.measured import Measured
from streams.topology import ROUTE

WAITS_S = (1.0, 5.0, 10.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 14_400.0, 86_400.0, 259_200.0)
"""Half an hour, the usual promise, is an edge."""

_AT = (ROUTE.name,)
_KEPT = {"kept": ("yes", "no")}
_ASSIGNED = counter(
    "touchline_handoffs_assigned_total", "Handoffs given to a person, repeats and changes included.", _AT
)
_RETURNED = counter("touchline_handoffs_returned_total", "Handoffs that sales handed back; of assigned: the rate.", _AT)
_WAIT = histogram("touchline_assigned_seconds", "From the touch to a named owner.", _AT, WAITS_S)
_CONTACT = histogram(
    "touchline_first_contact_seconds",
    "From the touch to the first attempt, told as it happens.",
    _AT,
    WAITS_S,
)
_PROMISES = counter(
    "touchline_promises_total",
    "First contacts by whether they came by the moment promised; no: also handoffs that ended without any.",
    _AT,
    _KEPT,
)
_CLOSES = counter("touchline_cadence_closes_total", "Closed handoffs with a plan, by whether it was kept.", _AT, _KEPT)


class SalesMeasured(Struct, frozen=True, kw_only=True):
    """Words of one flush of the route stage, acknowledged by the broker."""

    done: Measured

    def emit(self) -> None:
        """Count and time them."""
        _ASSIGNED.inc(self.done.assigned)
        _RETURNED.inc(self.done.returned)
        for wait_s in self.done.assigned_s:
            _WAIT.observe(wait_s)
        for wait_s in self.done.contact_s:
            _CONTACT.observe(wait_s)
        _CLOSES.labels("yes").inc(self.done.kept)
        _CLOSES.labels("no").inc(self.done.not_kept)
        _PROMISES.labels("yes").inc(self.done.in_time)
        _PROMISES.labels("no").inc(self.done.too_late)
