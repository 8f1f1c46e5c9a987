"""What is said about Redis."""

from msgspec import Struct

from agents.signals.catalogue import WITH_REDIS, gauge
from agents.signals.log import LOG

_UP = gauge("touchline_redis_up", "Whether Redis answered when last asked: 1 or 0.", WITH_REDIS)


class RedisAvailable(Struct, frozen=True, kw_only=True):
    """Redis answers, for the first time or again."""

    where: str
    away_s: float = 0.0
    """How long it did not."""

    def emit(self) -> None:
        """Say it."""
        _UP.set(1)
        LOG.info("redis available", where=self.where, away_s=round(self.away_s, 3))


class RedisUnavailable(Struct, frozen=True, kw_only=True):
    """Redis does not answer: what needs it waits."""

    where: str
    problem: str

    def emit(self) -> None:
        """Say it."""
        _UP.set(0)
        LOG.warning("redis unavailable", where=self.where, problem=self.problem)


class RedisOutdated(Struct, frozen=True, kw_only=True):
    """Redis is older than any we are tested against."""

    where: str
    version: str
    oldest: str

    def emit(self) -> None:
        """Say it."""
        LOG.warning("redis outdated", where=self.where, version=self.version, oldest=self.oldest)
