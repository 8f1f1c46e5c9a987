"""Identify workers whose flushes are led step by step, over a real Redis and a broker that only remembers."""

import asyncio
import uuid
from collections.abc import Iterable
from typing import Any
from urllib.parse import urlsplit

import msgspec
import pytest
from aiokafka import ConsumerRecord
from msgspec import Struct

from agents.clock import wall_ms
from agents.delivery.producer import Item, Landed, Outbox
from agents.group_commit import Group
from agents.identify import Identify
from agents.people.scripts import script
from agents.redis.keys import RedisKeys
from agents.settings import Settings
from deploy.local.stack import Addresses
from schemas.scoring_model import ScoringModel
from streams.topology import IDENTITY_LINKS, LEAD_EVENTS, TOUCHES_WEB, Topic
from tests.live.touches import touch

STEP_WITHIN_S = 5.0


def apart(stack: Addresses) -> Settings:
    """Names of our own, in a database where few others are: what we leave is looked for among all its keys."""
    redis = urlsplit(stack.redis)._replace(path="/9").geturl()
    return Settings(bootstrap=stack.bootstrap, redis=redis, prefix=f"g{uuid.uuid4().hex[:10]}.", partitions=4)


REDIS_CLOCK = "redis.call('TIME')"
_OUR_CLOCK = f"""(function()
  local now = {REDIS_CLOCK}
  return {{ now[1] + (redis.call('GET', N.graph .. ':ahead') or 0), now[2] }}
end)()"""


class Clock:
    """Wall time, of Redis and of the brokers: minutes pass when a test says so."""

    def __init__(self, redis: Any, keys: RedisKeys) -> None:
        self._redis, self._ahead = redis, f"{keys.graph}:ahead"
        self._ahead_s = 0

    @staticmethod
    def rule(monkeypatch: pytest.MonkeyPatch) -> None:
        """From now on the scripts of the identity graph ask it, not Redis."""
        monkeypatch.setattr(
            "agents.people.identity_graph.script", lambda name: script(name).replace(REDIS_CLOCK, _OUR_CLOCK)
        )

    @property
    def now_ms(self) -> int:
        """What Redis would say."""
        return wall_ms() + self._ahead_s * 1_000

    async def pass_minutes(self, minutes: int) -> None:
        """For everybody."""
        self._ahead_s += minutes * 60
        await self._redis.set(self._ahead, self._ahead_s)


class Message(Struct, frozen=True):
    """A touch on its input topic."""

    number: int
    """Its offset, too."""
    partition: int
    append_ms: int
    """A broker's clock when it got it: nobody has read it earlier."""
    who: dict[str, str]


class Broker:
    """What was acknowledged, in order."""

    def __init__(self) -> None:
        self.log: list[tuple[str, dict[str, Any]]] = []
        """Lead and event."""
        self.links: dict[str, dict[str, Any]] = {}
        """The latest by key."""

    def take(self, topic: Topic, items: list[Item]) -> None:
        """As a broker does: all of them, or it was not asked."""
        for _, key, value, _ in items:
            if topic is LEAD_EVENTS:
                self.log.append(((key or b"").decode(), msgspec.json.decode(value or b"")))
            elif topic is IDENTITY_LINKS:
                self.links[(key or b"").decode()] = msgspec.json.decode(value or b"")

    @property
    def survivors(self) -> dict[str, str]:
        """By loser, as the log first said it."""
        found: dict[str, str] = {}
        for lead, event in self.log:
            if event["type"] == "merged_into":
                found.setdefault(lead, event["survivor"])
        return found

    def leads_of(self) -> dict[tuple[int, int], set[str]]:
        """Leads that each message was written to."""
        found: dict[tuple[int, int], set[str]] = {}
        for lead, event in self.log:
            if event["type"] == "touch":
                _, partition, offset, _ = event["origin"]
                found.setdefault((partition, offset), set()).add(lead)
        return found

    def root(self, lead: str) -> str:
        """Where a lead's touches end up."""
        survivors = self.survivors
        while lead in survivors:
            lead = survivors[lead]
        return lead


class Gate(Outbox):
    """Stops before each write and after it, until somebody lets it go on."""

    def __init__(self, settings: Settings, broker: Broker) -> None:
        super().__init__(settings)
        self._broker = broker
        self.reached, self._on = asyncio.Event(), asyncio.Event()

    async def write(self, topic: Topic, items: Iterable[Item], stamps: Any = None) -> dict[int, list[Landed]]:
        sent = list(items)
        await self._stop_here()
        self._broker.take(topic, sent)
        await self._stop_here()
        return {0: [Landed(0, len(sent))]}

    async def _stop_here(self) -> None:
        self.reached.set()
        await self._on.wait()
        self._on.clear()

    def go_on(self) -> None:
        """To the next stop."""
        self.reached.clear()
        self._on.set()


class _Delivery:
    def __init__(self, records: list[Any]) -> None:
        self.value, self.message = records, records[-1]

    def ack(self) -> bool:
        return True


class Worker:
    """One process; its caches are its own."""

    def __init__(self, settings: Settings, broker: Broker, model: ScoringModel) -> None:
        self._gate = Gate(settings, broker)
        self._stage = Identify(settings, model)
        self._flush: asyncio.Task[None] | None = None

    async def start(self) -> "Worker":
        """Ready to be given something."""
        await self._stage.start(self._gate)
        return self

    @property
    def busy(self) -> bool:
        """It has begun a group, and not ended it."""
        return self._flush is not None

    async def begin(self, messages: list[Message]) -> bool:
        """Up to its first stop, after all is decided; whether it is through already."""
        records = [_record(message) for message in messages]
        self._gate.reached.clear()
        self._flush = asyncio.create_task(self._stage.flush(Group([_Delivery(records)], str, lambda: False)))
        return await self._until_it_stops(self._flush)

    async def step(self) -> bool:
        """To its next stop; whether it is through."""
        assert self._flush is not None
        self._gate.go_on()
        return await self._until_it_stops(self._flush)

    async def _until_it_stops(self, flush: "asyncio.Task[None]") -> bool:
        reached = asyncio.create_task(self._gate.reached.wait())
        done, _ = await asyncio.wait({flush, reached}, return_when=asyncio.FIRST_COMPLETED, timeout=STEP_WITHIN_S)
        reached.cancel()
        assert done, "a flush hangs"
        if flush in done:
            self._flush = None
            flush.result()
            return True
        return False

    async def end(self) -> None:
        """Killed: what it had not written is not."""
        if self._flush is not None:
            self._flush.cancel()
            await asyncio.wait({self._flush})
            self._flush = None
        await self._stage.stop()


def _record(message: Message) -> Any:
    value = msgspec.json.encode(touch(message.number, message.who))
    return ConsumerRecord(
        TOUCHES_WEB.name, message.partition, message.number, message.append_ms, 1, b"k", value, None, 1, len(value), ()
    )
