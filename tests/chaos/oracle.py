"""The recount: what the inputs must come to, worked out from the input topics alone, in plain Python.

It shares no code with what it judges. The model is the simplest there is: one point for each distinct touch, and a
handoff at fifty.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from aiokafka import ConsumerRecord
from msgspec import Struct, field

from tests.chaos.load import POISON_KEY, by_browser
from tests.chaos.log import LINE, Place

TOUCH, FACT, CRM = "touch", "fact", "crm"


class Expected(Struct):
    """By person, as the sender of the load names them."""

    inputs: int = 0
    """Records on the input topics, unusable ones included."""
    ticks: dict[str, set[str]] = {}
    """Distinct touch ids."""
    facts: dict[str, tuple[str, int]] = {}
    """(time and id of the latest fact, its value)."""
    others: set[str] = set()
    """Ids of facts and CRM updates."""
    places: dict[Place, str] = {}
    """Where usable inputs are, and of which kind."""
    unusable: Counter[tuple[str, bytes, bytes | None]] = field(default_factory=Counter)
    """(door, key, value) of what belongs on `dead.letters`, byte for byte."""

    @property
    def touches(self) -> int:
        """Distinct touches of everybody."""
        return sum(len(ids) for ids in self.ticks.values())

    @property
    def ripe(self) -> set[str]:
        """Everybody who must be handed off, once."""
        return {person for person, ids in self.ticks.items() if len(ids) >= LINE}


def recount(doors: Mapping[str, Iterable[ConsumerRecord]], people: Iterable[str]) -> Expected:
    """Count what is on the doors' topics (named without prefix)."""
    by_identity = {("crm:check", name): name for name in people}
    by_identity |= {("anonymous", by_browser(name)["anonymous"]): name for name in people}
    expected = Expected(ticks={name: set() for name in people})
    for door, records in doors.items():
        for record in records:
            expected.inputs += 1
            if (record.key or b"").startswith(POISON_KEY):
                expected.unusable[door, record.key, record.value] += 1
                continue
            message = json.loads(record.value)
            (person,) = {by_identity[identity] for identity in message["who"].items()}
            expected.places[door, record.partition, record.offset] = _count(expected, person, message)
    return expected


def _count(expected: Expected, person: str, message: dict[str, Any]) -> str:
    if "touch_id" in message:
        expected.ticks[person].add(message["touch_id"])
        return TOUCH
    if "fact_id" in message:
        expected.others.add(message["fact_id"])
        latest = (f"{message['at']} {message['fact_id']}", message["value"])
        expected.facts[person] = max(expected.facts.get(person, latest), latest)
        return FACT
    expected.others.add(message["update_id"])
    return CRM
