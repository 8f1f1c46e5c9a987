"""The recount: what the inputs must come to, worked out from the input topics alone, in plain Python.

It shares no code with what it judges. Who is one: identities that ever stood in one message, and what follows from
that; a number of an office is nobody's. The model is the simplest there is: one point for each distinct touch, and a
handoff at fifty.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka import ConsumerRecord
from msgspec import Struct, field

from tests.chaos.load import POISON_KEY
from tests.chaos.log import LINE, Place
from tests.chaos.people import OFFICE, Identity

TOUCH, FACT, CRM = "touch", "fact", "crm"


class Ones:
    """Which identities are one person's: a union-find."""

    def __init__(self) -> None:
        self._parent: dict[Identity, Identity] = {}

    def meet(self, identities: Iterable[Identity]) -> Identity:
        """They stood in one message; one of them."""
        first, *others = (each for each in identities if not each[1].startswith(OFFICE))
        for other in others:
            self._parent[self.of(other)] = self.of(first)
        return self.of(first)

    def of(self, identity: Identity) -> Identity:
        """The one that stands for all of its person."""
        above = self._parent.setdefault(identity, identity)
        while above != (over := self._parent[above]):
            self._parent[above] = above = self._parent[over]
        self._parent[identity] = above
        return above

    def all(self) -> set[Identity]:
        """Every identity that ever stood in a message."""
        return set(self._parent)


class Expected(Struct):
    """By person: the smallest of their identities, in words."""

    inputs: int = 0
    """Records on the input topics, unusable ones included."""
    ticks: dict[str, set[str]] = {}
    """Distinct touch ids."""
    facts: dict[str, tuple[str, int]] = {}
    """(time and id of the latest fact, its value)."""
    numbers: dict[str, set[str]] = {}
    """What the CRM calls them: nobody, or one."""
    identities: int = 0
    """Of everybody: so many leads would there be without merges."""
    places: dict[Place, tuple[str, str]] = {}
    """Where usable inputs are, of which kind, and of whom."""
    unusable: Counter[tuple[str, bytes, bytes | None]] = field(default_factory=Counter)
    """(door, key, value) of what belongs on `dead.letters`, byte for byte."""

    @property
    def touches(self) -> int:
        """Distinct touches of everybody."""
        return sum(len(ids) for ids in self.ticks.values())

    @property
    def ripe(self) -> set[str]:
        """Everybody who must be handed off, and not twice at the end."""
        return {person for person, ids in self.ticks.items() if len(ids) >= LINE}


def recount(doors: Mapping[str, Iterable[ConsumerRecord]]) -> Expected:
    """Count what is on the doors' topics (named without prefix)."""
    expected, ones = Expected(), Ones()
    read: list[tuple[Place, Identity, dict[str, Any]]] = []
    for door, records in doors.items():
        for record in records:
            expected.inputs += 1
            if (record.key or b"").startswith(POISON_KEY):
                expected.unusable[door, record.key, record.value] += 1
                continue
            message = json.loads(record.value)
            one = ones.meet(message.pop("who").items())
            read.append(((door, record.partition, record.offset), one, message))
    called: dict[Identity, str] = {}
    for identity in sorted(ones.all()):
        person = called.setdefault(ones.of(identity), "=".join(identity))
        expected.ticks.setdefault(person, set())
        expected.identities += 1
        if identity[0] == "crm:check":
            expected.numbers.setdefault(person, set()).add(identity[1])
    for place, one, message in read:
        person = called[ones.of(one)]
        expected.places[place] = _count(expected, person, message), person
    return expected


def _count(expected: Expected, person: str, message: dict[str, Any]) -> str:
    if "touch_id" in message:
        expected.ticks[person].add(message["touch_id"])
        return TOUCH
    if "fact_id" in message:
        latest = (f"{message['at']} {message['fact_id']}", message["value"])
        expected.facts[person] = max(expected.facts.get(person, latest), latest)
        return FACT
    return CRM
