"""A deployment without a broker, for tests of identify: its own Redis names, and all that it ever wrote."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
from aiokafka import ConsumerRecord

from agents.delivery.producer import Item
from agents.group_commit import Group
from agents.identify import Identify
from agents.model_file import load_model
from agents.people.policy_file import hider_of
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from schemas.lead_event import LeadEvent
from streams.topology import FACTS, LEAD_EVENTS, TOUCHES_WEB, Topic
from tests.live.touches import touch
from tests.pure.diary import Diary, Told

PAST_MS, FUTURE_MS = 1_795_160_000_000, 1_900_000_000_000
EMAIL, COOKIE = {"email": "cyd@acme.kz"}, {"anonymous": "a1"}
MODEL = load_model(None, Settings())[1]
GRAPH_CALLS = ("changes", "leads_of", "resolve", "merge", "check", "announced")


class Died(Exception):
    """The process ended here."""


class Broker(Diary):
    """Keeps what was ever written, and counts steps: before and after each one a worker may die."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.kept: list[tuple[str, Item]] = []
        self.steps, self.dies_at = 0, -1
        self.between: Callable[[str], Awaitable[None]] | None = None

    def step(self) -> None:
        self.steps += 1
        if self.steps == self.dies_at:
            raise Died

    async def write(self, topic: Topic, items: Any, stamps: Any = None) -> Any:
        self.step()
        sent = list(items)
        self.kept += [(topic.name, item) for item in sent]
        landed = await super().write(topic, sent)
        self.step()
        return landed

    def said(self, topic: Topic) -> list[Item]:
        return [item for name, item in self.kept if name == topic.name]

    def latest(self, topic: Topic) -> dict[str, bytes | None]:
        return {(item[1] or b"").decode(): item[2] for item in self.said(topic)}


class World:
    """One deployment of this test: its Redis, its broker."""

    def __init__(self, settings: Settings, redis: Any) -> None:
        self.settings, self.redis, self.keys = settings, redis, RedisKeys(settings.prefix)
        self.broker = Broker(settings)
        hider = hider_of(settings)
        leads = [hider.lead_id(i.key) for who in (EMAIL, COOKIE) for i in hider.who(who).identities]
        self.email, self.cookie = leads
        self.survivor, self.loser = sorted(leads)

    async def flush(self, said: list[tuple[Topic, dict[str, Any]]], append_ms: int = PAST_MS) -> None:
        """A new worker takes one group."""
        stage = Identify(self.settings, MODEL)
        await stage.start(self.broker)
        try:
            for name in GRAPH_CALLS:
                self._watch(stage._graph, name)
            await stage.flush(self.group(said, append_ms))
        finally:
            await stage.stop()

    def _watch(self, graph: Any, name: str) -> None:
        call = getattr(graph, name)

        async def watched(*said: Any) -> Any:
            self.broker.step()
            if self.broker.between is not None:
                await self.broker.between(name)
            answer = await call(*said)
            self.broker.step()
            return answer

        setattr(graph, name, watched)

    def group(self, said: list[tuple[Topic, dict[str, Any]]], append_ms: int) -> Group:
        told: list[Any] = []
        for topic in (TOUCHES_WEB, FACTS):
            records: list[Any] = [
                ConsumerRecord(topic.name, 0, n, append_ms, 1, b"k", msgspec.json.encode(body), None, 1, 1, ())
                for n, (its, body) in enumerate(said)
                if its is topic
            ]
            if records:
                told.append(Told(self.broker, records))
        return Group(told, str, lambda: False)

    def events(self) -> list[tuple[str, Any]]:
        return [
            ((key or b"").decode(), msgspec.json.decode(value or b"", type=LeadEvent))
            for _, key, value, _ in self.broker.said(LEAD_EVENTS)
        ]


async def opened(settings: Settings, redis: Any, name: str) -> World:
    """Two leads that nobody knows to be one."""
    world = World(settings.model_copy(update={"prefix": f"{settings.prefix}{name}."}), redis)
    await redis.set(world.keys.graph, "whole")
    await world.flush([(TOUCHES_WEB, touch(1, EMAIL)), (TOUCHES_WEB, touch(2, COOKIE))])
    assert {world.email, world.cookie} == {lead for lead, _ in world.events()}
    return world
