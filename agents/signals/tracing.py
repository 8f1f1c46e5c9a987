"""What is said of spans."""

from msgspec import Struct

from agents.signals.log import LOG


class SpansOff(Struct, frozen=True, kw_only=True):
    """Spans are asked for, and what makes them is not installed: the stage works without."""

    remedy: str

    def emit(self) -> None:
        """Say it once."""
        LOG.warning("no spans: OpenTelemetry is not installed", next=self.remedy)
