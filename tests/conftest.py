"""Fixtures over a real Kafka and Redis, opened once per run and only when a test asks for them; who runs which file."""

import os
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

import hypothesis
import pytest
from xdist.scheduler import LoadFileScheduling

from agents.demo.crew import Worker
from agents.settings import Settings
from deploy.local.ports import free_port
from deploy.local.stack import Addresses, opened
from tests.live.kafka import Kafka

# A loaded machine, or a first run that builds tables of Unicode, is no fault of a property.
hypothesis.settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any-machine")

REPORT = pytest.StashKey[pytest.TestReport]()
PARTITIONS = 4

StartWorker = Callable[..., Awaitable[Worker]]


LONG_S = 120.0
"""A test that may take longer says so with a mark."""


class ByCrew(LoadFileScheduling):
    """Files of a folder that has a crew of its own go to one process, one after another: it is started once."""

    def _split_scope(self, nodeid: str) -> str:
        return together(nodeid)


def together(nodeid: str) -> str:
    """The folder of scenarios, or the file, whose tests run in one process."""
    file = PurePosixPath(nodeid.partition("::")[0])
    return str(file.parent if "scenarios" in file.parent.parent.parts else file)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByCrew:
    """Share tests out in the order below, not by how many there are of a kind."""
    config.option.loadscopereorder = False
    return ByCrew(config, log)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """What takes longest begins first, so that no process waits for another in the end."""
    if not hasattr(config, "workerinput"):
        return
    longest: dict[str, float] = {}
    count: dict[str, int] = {}
    for item in items:
        mark, unit = item.get_closest_marker("timeout"), together(item.nodeid)
        longest[unit] = max(longest.get(unit, LONG_S), mark.args[0] if mark else LONG_S)
        count[unit] = count.get(unit, 0) + 1
    items.sort(key=lambda item: (-longest[(unit := together(item.nodeid))], -count[unit], unit))


@pytest.fixture(scope="session")
def stack() -> Iterator[Addresses]:
    """One broker and one Redis for the whole run; those of TOUCHLINE_BOOTSTRAP and TOUCHLINE_REDIS if set."""
    bootstrap, redis = os.environ.get("TOUCHLINE_BOOTSTRAP"), os.environ.get("TOUCHLINE_REDIS")
    if bootstrap and redis:
        yield Addresses(bootstrap, redis)
        return
    with opened() as local:
        yield local.addresses


@pytest.fixture
def prefix() -> str:
    """Keeps this test's topics, groups and keys apart from all others."""
    return f"t{uuid.uuid4().hex[:10]}."


@pytest.fixture
def settings(stack: Addresses, prefix: str, tmp_path: Path) -> Settings:
    """As an operator would set them for this test alone."""
    return Settings(
        bootstrap=stack.bootstrap, redis=stack.redis, prefix=prefix, partitions=PARTITIONS, data_dir=tmp_path / "data"
    )


@pytest.fixture
async def kafka(settings: Settings) -> AsyncIterator[Kafka]:
    """Creates topics, says and hears messages."""
    client = Kafka(settings)
    yield client
    await client.close()


@pytest.fixture
async def worker(settings: Settings, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[StartWorker]:
    """Starts stages as processes: `await worker("score")` returns once it is ready. All are ended afterwards."""
    started: list[Worker] = []

    async def start(stage: str, *arguments: str, within_s: float = 30.0, wait: bool = True, **changes: Any) -> Worker:
        """`changes` are settings; `wait=False` returns at once."""
        folder = tmp_path / f"{stage}-{len(started) + 1}"
        one = Worker(stage, settings.model_copy(update=changes), folder, free_port(), arguments)
        started.append(one)
        if wait:
            return await one.ready(within_s)
        one.launch()
        return one

    yield start
    for one in started:
        one.kill()
    report = request.node.stash.get(REPORT, None)
    if report is not None and report.failed:
        for one in started:
            report.sections.append((f"log of {one.name} on port {one.port}", one.excerpt(60)))


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Keep each test's outcome where the worker fixture finds it."""
    report = yield
    if report.when == "call":
        item.stash[REPORT] = report
    return report
