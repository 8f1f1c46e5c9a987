"""A message is of one lead whoever writes it: a worker that slept and its successor agree, whenever a merge is told."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from msgspec import Struct

from agents.model_file import load_model
from agents.redis.client import connect
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from deploy.local.stack import Addresses
from schemas.scoring_model import ScoringModel
from tests.live.simulated import Broker, Clock, Message, Worker, apart

pytestmark = pytest.mark.live

CRM, EMAIL = {"crm:hub": "c0"}, {"email": "person.0@example.com"}
PEOPLE = [CRM, EMAIL, CRM | EMAIL]
"""Two leads, and who shows that they are one."""
MARGIN_S = 60
"""`SWITCH_MARGIN_MS`: so far may a broker's clock be ahead of Redis'."""


class Scene(Struct):
    """One input partition, and workers that are given it one after another."""

    settings: Settings
    model: ScoringModel
    clock: Clock
    broker: Broker
    workers: list[Worker] = []
    said: list[Message] = []

    def say(self, *whos: dict[str, str], ahead_s: int = 0) -> list[Message]:
        """By a broker whose clock is so far ahead."""
        append_ms = self.clock.now_ms + ahead_s * 1_000
        messages = [Message(len(self.said) + n, 0, append_ms, who) for n, who in enumerate(whos)]
        self.said += messages
        return messages

    async def decided(self, messages: list[Message]) -> Worker:
        """A worker that knows the leads of these, and falls asleep before it writes anything."""
        worker = await Worker(self.settings, self.broker, self.model).start()
        self.workers.append(worker)
        assert not await worker.begin(messages)
        return worker

    async def written(self, messages: list[Message]) -> None:
        """By a worker that remembers nothing."""
        await awake(await self.decided(messages))

    def leads(self, *messages: Message) -> list[int]:
        """How many leads each was written to."""
        return [len(self.broker.leads_of()[0, message.number]) for message in messages]


async def awake(worker: Worker) -> None:
    """To the end of what it began, the merges told included."""
    while worker.busy:
        await worker.step()


@pytest.fixture
async def scene(stack: Addresses, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Scene]:
    Clock.rule(monkeypatch)
    settings = apart(stack)
    redis: Any = connect(settings, patient=False)
    keys = RedisKeys(settings.prefix)
    await redis.set(keys.graph, "whole from the beginning")
    scene = Scene(settings, load_model(None, settings)[1], Clock(redis, keys), Broker())
    yield scene
    for worker in scene.workers:
        await worker.end()
    async for key in redis.scan_iter(match=f"{keys.everything}*", count=1_000):
        await redis.unlink(key)
    await redis.aclose()


@pytest.mark.parametrize("ahead_s", [0, MARGIN_S - 5])
@pytest.mark.parametrize("minutes", [0, 3])
async def test_a_sleeper_that_tells_a_merge_leaves_its_messages_to_the_lead_that_it_wrote(
    scene: Scene, minutes: int, ahead_s: int
) -> None:
    said = scene.say(*PEOPLE, ahead_s=ahead_s)
    await (await scene.decided(said)).end()
    sleeper = await scene.decided(said[:2])
    await scene.clock.pass_minutes(minutes)
    await awake(sleeper)
    assert 1 == len(scene.broker.survivors), "it has told the merge"
    await scene.clock.pass_minutes(minutes)
    await scene.written(said)

    assert [1, 1, 1] == scene.leads(*said)


@pytest.mark.parametrize("ahead_s", [0, MARGIN_S - 5])
async def test_a_sleeper_that_wakes_when_the_merge_is_long_switched_repeats_what_its_successor_wrote(
    scene: Scene, ahead_s: int
) -> None:
    said = scene.say(*PEOPLE, ahead_s=ahead_s)
    sleepers = [await scene.decided(said), await scene.decided(said[:2])]
    await scene.written(said)
    await scene.clock.pass_minutes(3)
    later = scene.say(CRM, EMAIL)
    await scene.written(later)
    for sleeper in sleepers:
        await awake(sleeper)
    await scene.written(later)

    assert [1, 1, 1] == scene.leads(*said)
    assert [1, 1] == scene.leads(*later)
    [(loser, survivor)] = scene.broker.survivors.items()
    assert {loser, survivor} == set().union(*(scene.broker.leads_of()[0, one.number] for one in said))
    assert {survivor} == set().union(*(scene.broker.leads_of()[0, one.number] for one in later)), "straight to it"


async def test_only_a_broker_more_than_a_minute_ahead_of_redis_has_a_message_written_to_both_leads_of_a_merge(
    scene: Scene,
) -> None:
    said = scene.say(*PEOPLE, ahead_s=2 * MARGIN_S)
    sleeper = await scene.decided(said)
    await scene.written(said)
    before = scene.broker.leads_of()
    assert [1, 1, 1] == scene.leads(*said)
    await scene.written(said)
    await awake(sleeper)

    [(loser, survivor)] = scene.broker.survivors.items()
    after = scene.broker.leads_of()
    assert [{loser, survivor} if {loser} == leads else leads for leads in before.values()] == list(after.values())
    assert 3 > sum(scene.leads(*said)) - 3 > 0
