"""A rebuild that is killed or dies at a step goes on exactly, on a real broker."""

import asyncio
import signal
import subprocess

import pytest

from agents.demo.crew import TOUCHLINE, environment_of
from agents.rebuild import moving
from streams.topology import LEAD_EVENTS
from tests.live.rebuilding import Generation, life, lives

pytestmark = pytest.mark.live

PARTITIONS = 6


@pytest.mark.long
async def test_a_rebuild_killed_anywhere_goes_on_exactly(first: Generation) -> None:
    await first.score(life(leads=200, rounds=10))
    before, _ = await first.table()
    second = first.named("g2", PARTITIONS)
    for lines in (1, 3, 4):
        await asyncio.to_thread(killed_after, lines, second)

    done = await second.rebuilt()

    after, _ = await second.table()
    assert before == after
    assert 200 == done.compared
    assert lives(await first.kafka.read_all(LEAD_EVENTS)) == lives(await second.kafka.read_all(LEAD_EVENTS))


def killed_after(lines: int, generation: Generation) -> None:
    """Kill the command as soon as it has told of so many steps."""
    one = subprocess.Popen(
        [str(TOUCHLINE), "rebuild", "--from-generation", "first"], env=environment_of(generation.settings),
        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert one.stderr is not None
    told = [one.stderr.readline() for _ in range(lines)]
    one.send_signal(signal.SIGKILL)
    one.stderr.close()
    one.wait()
    assert all("events copied" in line or "events folded" in line for line in told)


@pytest.mark.parametrize("step", ["seal", pytest.param("open_new", marks=pytest.mark.long)])
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
