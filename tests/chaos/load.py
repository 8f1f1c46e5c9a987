"""What comes in meanwhile: touches at every door, repeats of them, facts, notes, and what nobody can read."""

import asyncio
import json
import random
import time
from collections import deque
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from aiokafka import AIOKafkaProducer
from msgspec import Struct

from agents.delivery.metadata_pace import pace_metadata
from agents.settings import Settings
from tests.chaos.people import Person, crowd, pairs, turns

TOUCH_DOORS = ("touches.web", "touches.email", "touches.call", "touches.messenger")
DOORS = (*TOUCH_DOORS, "facts", "crm.updates")
POISON_KEY = b"poison-"
"""Keys of what cannot be used begin so: the recount knows them by it, and by nothing in their value."""
POISON: tuple[bytes | None, ...] = (
    None,
    b"",
    b"{",
    b"\xff\xfe",
    b"[" * 5_000,
    b"3",
    b'{"touch_id": "p"}',
    b'{"touch_id": "p", "kind": "tick", "at": "yesterday", "who": {"crm:check": "p"}}',
    b'{"touch_id": "p", "kind": "tick", "at": "2026-01-01T00:00:00Z", "who": {}}',
    b'{"touch_id": "p", "kind": "tick", "at": "2999-01-01T00:00:00Z", "who": {"crm:check": "p"}}',
)
TICK_S = 0.05
MOST_SKEW_S = 11.5 * 3600
"""Either way, so that all of a lead's touches lie within the day for which repeats are known."""


class Said(Struct, frozen=True):
    """A message for an input topic."""

    door: str
    key: bytes | None
    value: bytes | None


SHOWS = 0.2
"""Share of the touches in which somebody shows, once the time has come, that two identities are one's."""
BY_OFFICE = 0.03
"""Share of the touches that are calls from an office, by somebody whom the CRM knows."""


class Load:
    """Messages from a seed, of people who show little by little who they are."""

    def __init__(self, seed: int, touches: int, people: int) -> None:
        self._dice = random.Random(seed)
        self.touches = touches
        self.people = crowd(self._dice, people, touches)
        self._turns = turns(self.people)
        self._lately: deque[Said] = deque(maxlen=3_000)
        self._ticks = 0
        self._facts = 0
        self._poison = 0

    def __iter__(self) -> Iterator[Said]:
        for number in range(self.touches):
            self._ticks = number
            yield self._tick()
            chance = self._dice.random()
            if chance < 0.05:
                yield self._again()
            elif chance < 0.07:
                yield self._fact()
            elif chance < 0.08:
                yield self._note()
            elif chance < 0.09:
                yield self._unusable()

    def _tick(self) -> Said:
        door, person = self._dice.choice(TOUCH_DOORS), self._dice.choice(self._turns)
        who = person.number | dict([person.office]) if self._dice.random() < BY_OFFICE else self._who(person)
        said = self._say(door, person, touch_id=f"tick-{self._ticks}", who=who, kind="tick", source="chaos")
        self._lately.append(said)
        return said

    def _who(self, person: Person) -> dict[str, str]:
        """One of the identities; when the time has come, now and then two."""
        if self._ticks >= person.shows_at and self._dice.random() < SHOWS:
            return dict(pairs(self._dice, person))
        return dict([self._dice.choice(person.identities)])

    def _again(self) -> Said:
        """A producer that got no answer says it again; now and then it comes by another door."""
        said = self._dice.choice(self._lately)
        return said if self._dice.random() < 0.7 else Said(self._dice.choice(TOUCH_DOORS), said.key, said.value)

    def _fact(self) -> Said:
        self._facts += 1
        person = self._dice.choice(self.people)
        return self._say(
            "facts", person, fact_id=f"fact-{self._facts:08d}", who=self._who(person), by="form", name="headcount",
            value=self._facts,
        )  # fmt: skip

    def _note(self) -> Said:
        person = self._dice.choice(self.people)
        return self._say(
            "crm.updates", person, update_id=f"note-{self._ticks}", who=person.number, kind="note", by="ann"
        )

    def _unusable(self) -> Said:
        self._poison += 1
        return Said(self._dice.choice(DOORS), POISON_KEY + str(self._poison).encode(), self._dice.choice(POISON))

    def _say(self, door: str, person: Person, **fields: Any) -> Said:
        key = person.name.encode() if self._dice.random() < 0.8 else None
        at = datetime.now(UTC) + timedelta(seconds=self._skew_s() if door in TOUCH_DOORS else 0.0)
        return Said(door, key, json.dumps(fields | {"at": at.isoformat()}).encode())

    def _skew_s(self) -> float:
        """Most producers' clocks are right; some are minutes off, some hours."""
        chance = self._dice.random()
        most_s = 0.0 if chance < 0.8 else 600.0 if chance < 0.9 else MOST_SKEW_S
        return self._dice.uniform(-most_s, most_s)


class Sender:
    """Says it at a steady pace; while the broker is away it waits, as producers do."""

    def __init__(self, settings: Settings) -> None:
        self._prefix = settings.prefix
        self._producer = AIOKafkaProducer(
            bootstrap_servers=settings.bootstrap, acks="all", enable_idempotence=True, linger_ms=5,
            request_timeout_ms=90_000,
        )  # fmt: skip
        self._acks: list[asyncio.Future[Any]] = []

    async def __aenter__(self) -> "Sender":
        pace_metadata(self._producer.client)
        await self._producer.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()

    async def say(self, messages: Iterator[Said], per_s: float) -> None:
        """Send all; returns once the broker has acknowledged each."""
        began_s = time.monotonic()
        for sent, said in enumerate(messages):
            while sent > (time.monotonic() - began_s) * per_s:
                await asyncio.sleep(TICK_S)
            ack = await self._producer.send(f"{self._prefix}{said.door}", key=said.key, value=said.value)
            self._acks.append(ack)
            if len(self._acks) >= 20_000:
                await self._settle()
        await self._settle()

    async def _settle(self) -> None:
        acks, self._acks = self._acks, []
        await asyncio.gather(*acks)
