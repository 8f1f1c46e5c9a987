"""A worker that comes in by a certificate or a token carries touches, and goes on when the broker ends its session."""

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agents.settings import Settings
from deploy.local.locked import SESSION_MS
from streams.topology import IDENTIFY, LEAD_EVENTS, TOUCHES_WEB
from tests.live.security.conftest import World
from tests.live.security.workers import crew
from tests.live.touches import touch

pytestmark = [pytest.mark.live, pytest.mark.long]

DOORS: dict[str, tuple[str, Callable[[World], Settings]]] = {
    "a certificate": ("CN=touchline-identify", lambda world: world.mutual("touchline-identify")),
    "a token": ("touchline-token", lambda world: world.token()),
}


@pytest.mark.parametrize("door", DOORS)
async def test_a_worker_carries_touches_session_after_session(world: World, tmp_path: Path, door: str) -> None:
    await world.kafka.create(IDENTIFY.topics)
    user, settings_of = DOORS[door]
    await world.allow(IDENTIFY, user)
    async with crew(tmp_path) as workers:
        (identify,) = await workers.ready(("identify", settings_of(world)))
        until_s, said = time.monotonic() + 3 * SESSION_MS / 1000, 0
        while time.monotonic() < until_s:
            said += 1
            await world.kafka.say(TOUCHES_WEB, touch(said, {"anonymous": "browser-1"}))
            await world.kafka.hear(LEAD_EVENTS, said, within_s=30)

        assert 0 == await identify.terminate()
        assert '"worker crashed"' not in workers.said()
