"""What the intake says."""

import logging
from collections.abc import Mapping

from aiohttp.http_exceptions import HttpProcessingError
from msgspec import Struct

from agents.signals.catalogue import counter, gauge, histogram
from agents.signals.log import LOG
from streams.segment.api import Fault
from streams.topology import INTAKE

_AT = (INTAKE.name,)
_RECEIVED = counter(
    "touchline_intake_records_total",
    "Records the broker acknowledged, by topic.",
    _AT,
    {"topic": [topic.name for topic in INTAKE.says]},
)
_REFUSED = counter(
    "touchline_intake_refusals_total",
    "Requests refused, by reason. Nothing of them was taken.",
    _AT,
    {"reason": Fault},
)
_ACKNOWLEDGED = histogram(
    "touchline_intake_acknowledge_seconds",
    "From the end of a request's body to the broker's acknowledgement.",
    _AT,
    (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0),
)
_IN_FLIGHT = gauge("touchline_intake_in_flight_requests", "Requests being read, written or answered now.", _AT)


class TouchesReceived(Struct, frozen=True, kw_only=True):
    """One request's records are with the broker, and it was answered so."""

    counts: Mapping[str, int]
    """By topic, without prefix."""
    took_s: float

    def emit(self) -> None:
        """Count and time them. No line: there may be thousands a second."""
        for topic, count in self.counts.items():
            _RECEIVED.labels(topic).inc(count)
        _ACKNOWLEDGED.observe(self.took_s)


class IntakeRefused(Struct, frozen=True, kw_only=True):
    """A request was refused; its sender was told why."""

    reason: str

    def emit(self) -> None:
        """Count it. No line: strangers could fill the disk."""
        _REFUSED.labels(self.reason).inc()


class IntakeOccupied(Struct, frozen=True, kw_only=True):
    """So many requests are in flight now."""

    requests: int

    def emit(self) -> None:
        """Show it."""
        _IN_FLIGHT.set(self.requests)


class IntakeStarted(Struct, frozen=True, kw_only=True):
    """Requests are taken; they are answered 503 until the broker is reached."""

    url: str
    development_key: bool
    """The write key is the one everybody knows."""

    def emit(self) -> None:
        """Say where."""
        LOG.info("intake started", url=self.url, metrics=f"{self.url}/metrics", ready=f"{self.url}/readyz")
        if self.development_key:
            LOG.warning("the write key is the default: anybody can send touches; set TOUCHLINE_WRITE_KEY")


class IntakeConnected(Struct, frozen=True, kw_only=True):
    """The broker is reached: requests are answered once it has them."""

    bootstrap: str

    def emit(self) -> None:
        """Say it."""
        LOG.info("intake connected", bootstrap=self.bootstrap)


class RecordsUnacknowledged(Struct, frozen=True, kw_only=True):
    """The broker did not acknowledge a request's records in time; it was answered 503, to be sent again."""

    records: int
    problem: str

    def emit(self) -> None:
        """Say it."""
        LOG.warning("records unacknowledged", records=self.records, problem=self.problem)


class IntakeStopped(Struct, frozen=True, kw_only=True):
    """Told to stop: requests in flight were finished, everything taken is with the broker."""

    after_s: float

    def emit(self) -> None:
        """Say it."""
        LOG.info("intake stopped", after_s=round(self.after_s, 3))


class StrangersSilenced(Struct, frozen=True):
    """Broken HTTP is answered 400 by the server library, and not logged: strangers could fill the disk."""

    def emit(self) -> None:
        """From now on; faults of ours are still told."""
        logging.getLogger("aiohttp.server").addFilter(_is_ours)


def _is_ours(record: logging.LogRecord) -> bool:
    return record.exc_info is None or not isinstance(record.exc_info[1], HttpProcessingError)
