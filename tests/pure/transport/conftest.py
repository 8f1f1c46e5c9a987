"""Starts workers over a broker in memory, and ends them."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from agents.app import StageApp, build_app
from agents.settings import Settings
from tests.pure.transport.bench import Begin, Bench, Notes
from tests.pure.transport.memory import SCHEME, Log, register


@pytest.fixture
async def bench() -> AsyncIterator[Begin]:
    running: list[tuple[StageApp, list[asyncio.Task[Any]]]] = []
    register()

    async def begin(log: Log, stage: Notes, **changes: Any) -> Bench:
        settings = Settings(**{"pace_ms": 0, "session_timeout_s": 10.0, **changes})
        app = build_app(stage, settings, SCHEME)
        stage.app = app
        app.log_in_memory = log
        app.conf.broker_rebalance_timeout = 1.0
        app.conf.broker_commit_interval = 60.0  # commits come from rebalances and from the tests themselves
        tasks = [asyncio.create_task(app.group_commit.run()), asyncio.create_task(app.start())]
        running.append((app, tasks))
        made = Bench(app, stage, log)
        await made.ready(1)
        return made

    yield begin
    for app, tasks in running:
        stage = app.stage
        assert isinstance(stage, Notes)
        stage.hold = None
        app.consumer._unacked_messages.clear()
        await app.stop()
        for task in tasks:
            task.cancel()
