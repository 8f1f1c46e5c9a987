"""The patience of a worker with Redis, without one."""

from copy import deepcopy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from redis.exceptions import AuthenticationError, ConnectionError, ResponseError, TimeoutError

from agents.redis import client as redis_client
from agents.redis.client import Patience, Pause, Reach
from agents.signals import RedisAvailable, RedisUnavailable


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Signals in the order they were emitted, and no waiting between attempts."""
    told: list[str] = []
    monkeypatch.setattr(RedisAvailable, "emit", lambda self: told.append("available"))
    monkeypatch.setattr(RedisUnavailable, "emit", lambda self: told.append("unavailable"))
    monkeypatch.setattr(redis_client, "Pause", lambda: Pause(0.0, 0.0))
    return told


class Command:
    """Fails so many times, then answers."""

    def __init__(self, failures: int, error: Exception) -> None:
        self.failures, self.error, self.asked = failures, error, 0

    async def __call__(self) -> str:
        self.asked += 1
        if self.asked <= self.failures:
            raise self.error
        return "PONG"


async def forget(error: Exception) -> None:
    """What redis-py does to a broken connection."""


@given(st.integers(min_value=0, max_value=10**6))
def test_the_pause_grows_to_its_limit_and_never_overflows(failures: int) -> None:
    pause = Pause(0.05, 1.0)

    assert 0.05 <= pause.compute(failures) <= 1.0
    assert 1.0 == pause.compute(failures + 5)


async def test_a_connection_is_no_answer_of_a_redis_that_stands_still(said: list[str]) -> None:
    async def connected() -> None:
        """As redis-py connects: nothing comes back."""

    first = Patience(Reach("here"))
    await first.call_with_retry(Command(0, ConnectionError()), forget)

    class Stalled(Command):
        async def __call__(self) -> str:
            await deepcopy(first).call_with_retry(connected, forget)
            return await super().__call__()

    await first.call_with_retry(Stalled(5, TimeoutError()), forget)

    assert ["available", "unavailable", "available"] == said


async def test_a_change_is_said_once_over_all_connections(said: list[str]) -> None:
    first = Patience(Reach("here"))
    second = deepcopy(first)

    assert "PONG" == await first.call_with_retry(Command(0, ConnectionError()), forget)
    assert "PONG" == await first.call_with_retry(Command(2_000, ConnectionError()), forget)
    assert "PONG" == await second.call_with_retry(Command(0, ConnectionError()), forget)

    assert ["available", "unavailable", "available"] == said


@pytest.mark.parametrize("error", [AuthenticationError("wrong password"), ResponseError("WRONGTYPE")])
async def test_what_waiting_does_not_mend_is_raised_at_once(said: list[str], error: Exception) -> None:
    command = Command(1, error)

    with pytest.raises(type(error)):
        await Patience(Reach("here")).call_with_retry(command, forget)

    assert 1 == command.asked


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("redis://user:secret@example.com:6380/2", "example.com:6380/2"),
        ("redis://example.com", "example.com:6379"),
        ("unix:///run/redis.sock", "/run/redis.sock"),
    ],
)
def test_where_redis_is_told_without_its_password(url: str, told: str) -> None:
    assert told == redis_client._where(url)


async def test_a_client_is_not_ready_while_a_command_of_its_waits(said: list[str]) -> None:
    reach = Reach("here")
    told: list[list[str]] = []

    class Looking(Command):
        async def __call__(self) -> str:
            told.append(reach.not_ready())
            return await super().__call__()

    await Patience(reach).call_with_retry(Looking(2, ConnectionError("away")), forget)

    assert [[], ["Redis at here does not answer since 0 s"], ["Redis at here does not answer since 0 s"]] == told
    assert [] == reach.not_ready()
