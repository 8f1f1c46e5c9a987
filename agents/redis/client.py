"""The one way to Redis: a worker's client waits for ever and says so; a person's gives up soon."""

import asyncio
import ssl
import time
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any, Self, TypeVar
from urllib.parse import urlsplit

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import AbstractBackoff
from redis.exceptions import (
    AuthenticationError,
    AuthorizationError,
    BusyLoadingError,
    ClusterDownError,
    ConnectionError,
    NoPermissionError,
    OutOfMemoryError,
    ReadOnlyError,
    RedisError,
    TimeoutError,
    TryAgainError,
)

from agents.group_commit import GiveBack, Group
from agents.security.redis import redis_client
from agents.settings import Settings
from agents.signals import RedisAvailable, RedisOutdated, RedisUnavailable

T = TypeVar("T")

WAITED_FOR: tuple[type[RedisError], ...] = (
    ConnectionError,
    TimeoutError,
    BusyLoadingError,
    ReadOnlyError,
    ClusterDownError,
    TryAgainError,
    OutOfMemoryError,
)
"""What passes by itself or by an operator's hand on Redis: the worker pauses, nothing is acknowledged."""

REFUSED = (AuthenticationError, AuthorizationError, NoPermissionError)
"""Redis is there and says no: waiting would hide a wrong password."""

ASK_EVERY_S = 0.25
"""How often a waiting flush asks whether its group is still wanted."""

OLDEST = (6, 2)
"""Oldest Redis we are tested against."""


class Pause(AbstractBackoff):
    """Doubles up to a limit. (redis-py's own overflows a float after 1,024 failures, so it cannot wait for ever.)"""

    def __init__(self, first_s: float = 0.05, most_s: float = 1.0) -> None:
        self._first_s, self._most_s = first_s, most_s

    def compute(self, failures: int) -> float:
        """Seconds to wait after so many failures."""
        return float(min(self._most_s, self._first_s * 2 ** min(failures, 16)))


class Reach:
    """Whether Redis answers, shared by all connections of a client; says each change once."""

    def __init__(self, where: str) -> None:
        self._where = where
        self._up: bool | None = None
        self._since_s = time.monotonic()
        self.waiting = 0
        """Commands that have failed and are tried again."""

    def __deepcopy__(self, memo: object) -> Self:
        """redis-py copies the retry policy for each connection; what is known about Redis is one."""
        return self

    def lost(self, error: Exception) -> None:
        """A command failed for now."""
        if self._up is not False:
            self._up, self._since_s = False, time.monotonic()
            RedisUnavailable(where=self._where, problem=f"{type(error).__name__}: {error}").emit()

    def found(self) -> None:
        """A command succeeded."""
        if not self._up:
            away_s = time.monotonic() - self._since_s if self._up is False else 0.0
            self._up = True
            RedisAvailable(where=self._where, away_s=away_s).emit()

    def not_ready(self) -> list[str]:
        """Who waits for Redis does not work. An idle client knows of no outage, and needs none to be told."""
        if not self.waiting:
            return []
        return [f"Redis at {self._where} does not answer since {time.monotonic() - self._since_s:.0f} s"]


class Patience(Retry):
    """Tries for ever: while Redis is away a flush waits here, and Kafka keeps everything."""

    def __init__(self, reach: Reach) -> None:
        super().__init__(Pause(), retries=-1, supported_errors=WAITED_FOR)
        self._reach = reach

    async def call_with_retry(
        self,
        do: Callable[[], Awaitable[T]],
        fail: Callable[..., Any],
        is_retryable: Callable[[Exception], bool] | None = None,
        with_failure_count: bool = False,
    ) -> T:
        """Run one command until Redis has answered it."""

        waits = False

        async def lost(error: Exception, failures: int) -> None:
            nonlocal waits
            self._reach.lost(error)
            if not waits:
                waits = True
                self._reach.waiting += 1
            await (fail(error, failures) if with_failure_count else fail(error))

        def passing(error: Exception) -> bool:
            distrusted = isinstance(error.__context__, ssl.SSLCertVerificationError)
            return not (isinstance(error, REFUSED) or distrusted) and (is_retryable is None or is_retryable(error))

        try:
            answer = await super().call_with_retry(do, lost, passing, with_failure_count=True)
        finally:
            self._reach.waiting -= waits
        # A Redis that stands still takes connections, as its machine does them: only an answer shows that it is there.
        if answer is not None:
            self._reach.found()
        return answer

    def not_ready(self) -> list[str]:
        """Why the client's owner does not work, a sentence; none: it does."""
        return self._reach.not_ready()


def connect(settings: Settings, *, patient: bool = True) -> "Redis":
    """A client; opens no connection yet. Not patient: fails within seconds, for commands a person waits for."""
    retry = Patience(Reach(_where(settings.redis))) if patient else Retry(Pause(), retries=1)
    return Redis.from_url(
        **redis_client(settings),
        decode_responses=False,
        protocol=2,
        retry=retry,
        socket_timeout=5.0 if patient else 2.0,
        socket_connect_timeout=2.0,
    )


def connect_briefly(settings: Settings, within_s: float) -> "Redis":
    """A client that tries once, for answers somebody holds the line for."""
    return Redis.from_url(
        **redis_client(settings), decode_responses=False, protocol=2, retry=Retry(Pause(), retries=0),
        socket_timeout=within_s, socket_connect_timeout=within_s,
    )  # fmt: skip


def not_ready(redis: "Redis") -> list[str]:
    """For a worker's readiness: whether commands of its patient client wait for Redis."""
    retry = redis.get_retry()
    return retry.not_ready() if isinstance(retry, Patience) else []


async def while_wanted(group: Group, work: "Coroutine[Any, Any, T]") -> T:
    """Do work that may wait for Redis and may be done again; give the group back when its partitions are taken away.

    Without this a rebalance, or a stop, during an outage of Redis would wait until its deadline and kill the worker.
    """
    task = asyncio.ensure_future(work)
    try:
        while not (await asyncio.wait({task}, timeout=ASK_EVERY_S))[0]:
            if group.unwanted:
                raise GiveBack
        return task.result()
    finally:
        task.cancel()


async def check_version(redis: "Redis", settings: Settings) -> None:
    """Warn about a Redis older than we are tested against. Waits until Redis is there."""
    try:
        told = (await redis.info("server")).get("redis_version", "")
    except REFUSED:
        return  # the first flush stops with it
    numbers = tuple(int(n) for n in str(told).split(".")[:2] if n.isdigit())
    if numbers < OLDEST:
        RedisOutdated(where=_where(settings.redis), version=str(told), oldest=".".join(map(str, OLDEST))).emit()


def _where(url: str) -> str:
    """Host, port and database, without user and password."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or 6379}{parts.path}" if parts.hostname else parts.path
