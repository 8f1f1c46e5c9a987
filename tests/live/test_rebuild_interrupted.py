"""A rebuild that is killed or dies at a step goes on exactly, on a real broker."""

import asyncio
import signal
import subprocess
from collections.abc import AsyncIterator

import pytest

from agents.demo.crew import TOUCHLINE, environment_of
from agents.rebuild import moving
from agents.settings import Settings
from streams.topology import LEAD_EVENTS
from tests.conftest import StartWorker
from tests.live.rebuilding import Generation, life, lives

pytestmark = pytest.mark.live

PARTITIONS = 6


@pytest.fixture
async def first(settings: Settings, worker: StartWorker) -> AsyncIterator[Generation]:
    made = await Generation(settings, worker).make()
    yield made
    await made.kafka.close()


async def test_a_rebuild_killed_anywhere_goes_on_exactly(first: Generation) -> None:
    await first.score(life(leads=300, rounds=20))
    before, _ = await first.table()
    second = first.named("g2", PARTITIONS)
    command = [str(TOUCHLINE), "rebuild", "--from-generation", "first"]
    kills = 0
    for patience_s in (0.9, 1.2, 1.5, 1.8, 2.1, 2.4):
        one = subprocess.Popen(
            command, env=environment_of(second.settings), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        try:
            await asyncio.to_thread(one.wait, patience_s)
        except subprocess.TimeoutExpired:
            one.send_signal(signal.SIGKILL)
            one.wait()
            kills += 1
    await second.rebuilt()

    after, _ = await second.table()
    assert before == after
    assert kills >= 2
    assert lives(await first.kafka.read_all(LEAD_EVENTS)) == lives(await second.kafka.read_all(LEAD_EVENTS))


@pytest.mark.parametrize("step", ["seal", "open_new"])
async def test_a_rebuild_that_dies_at_a_step_of_the_cut_over_goes_on_from_it(
    first: Generation, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    told = life(leads=12, rounds=2)
    half = len(told) // 2
    await first.score(told[:half])
    await first.say(told[half:])
    said = await first.ripe()
    second = first.named("g2", PARTITIONS)
    with monkeypatch.context() as dying:
        dying.setattr(moving, step, failing)
        with pytest.raises(KeyError, match="the power went"):
            await second.rebuilt()

    done = await second.rebuilt()

    assert (True, said) == (done.cut_over, await second.ripe())
    assert lives(await first.kafka.read_all(LEAD_EVENTS)) == lives(await second.kafka.read_all(LEAD_EVENTS))
    assert (await first.table())[0] == (await second.table())[0]
    await second.score([])
    assert {2} == {state.touches for state in (await second.table())[0].values()}


def failing(*_: object) -> None:
    raise KeyError("the power went")
