"""What is said of people's part: who was given leads, how soon they were contacted, whether plans were kept."""

from msgspec import Struct
from prometheus_client import Counter, Histogram

from streams.reports.measured import Measured

WAITS_S = (1.0, 10.0, 60.0, 300.0, 900.0, 1800.0, 3600.0, 14_400.0, 86_400.0, 259_200.0)
"""Half an hour, the usual promise, is an edge."""

_ASSIGNED = Counter("touchline_handoffs_assigned_total", "Handoffs given to a person, repeats and changes included.")
_RETURNED = Counter("touchline_handoffs_returned_total", "Handoffs that sales handed back; of assigned: the rate.")
_WAIT = Histogram("touchline_assigned_seconds", "From the touch to a named owner.", buckets=WAITS_S)
_CONTACT = Histogram(
    "touchline_first_contact_seconds", "From the touch to the first attempt, told when a handoff ends.", buckets=WAITS_S
)
_CLOSES = Counter("touchline_cadence_closes_total", "Closed handoffs with a plan, by whether it was kept.", ["kept"])
for _word in ("yes", "no"):
    _CLOSES.labels(_word)


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
