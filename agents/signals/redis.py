"""What is said about Redis."""

import contextlib

from msgspec import Struct
from prometheus_client import REGISTRY, Gauge

from agents.signals.log import LOG

_UP = Gauge("touchline_redis_up", "Whether Redis answered when last asked: 1 or 0.", registry=None)


def _tell(up: int) -> None:
    """Shown by stages that use Redis only: a 0 elsewhere would raise an alarm about nothing."""
    _UP.set(up)
    with contextlib.suppress(ValueError):  # registered already
        REGISTRY.register(_UP)


class RedisAvailable(Struct, frozen=True, kw_only=True):
    """Redis answers, for the first time or again."""

    where: str
    away_s: float = 0.0
    """How long it did not."""

    def emit(self) -> None:
        """Say it."""
        _tell(1)
        LOG.info("redis available", where=self.where, away_s=round(self.away_s, 3))


class RedisUnavailable(Struct, frozen=True, kw_only=True):
    """Redis does not answer: what needs it waits."""

    where: str
    problem: str

    def emit(self) -> None:
        """Say it."""
        _tell(0)
        LOG.warning("redis unavailable", where=self.where, problem=self.problem)


class RedisOutdated(Struct, frozen=True, kw_only=True):
    """Redis is older than any we are tested against."""

    where: str
    version: str
    oldest: str

    def emit(self) -> None:
        """Say it."""
        LOG.warning("redis outdated", where=self.where, version=self.version, oldest=self.oldest)
