"""What the topics say happened, put in order: each lead's log, each handoff's events, tasks. Read as plain JSON."""

import json
from collections import defaultdict
from typing import Any

from msgspec import Struct, field

from tests.month.hurried import BROKERS_CLOCK
from tests.month.people import CRM, FACTS, TOUCHES
from tests.month.play import Month, Played

DOORS = {*TOUCHES.values(), FACTS, CRM}
ENDS = ("withdrawn", "returned", "closed")
LATE_TICKS = 15_000
"""Of the broker's milliseconds."""
Fields = dict[str, Any]


class Line(Struct):
    """A message."""

    said: Fields
    stamp_ms: int
    """When the broker had it, or its writer wrote it: a moment of the month."""
    place: int = 0
    """Among those of its lead."""


class Event(Struct, kw_only=True):
    """One event of a handoff."""

    id: str
    kind: str
    revision: int
    lead: str
    cause: str
    stamp_ms: int
    data: Fields


class Handoff(Struct, kw_only=True):
    """All that was said of one."""

    id: str
    events: list[Event] = field(default_factory=list)
    """Each once, in the order of the topic."""
    asked: dict[int, Line] = field(default_factory=dict)
    """What `ripe` said, by revision."""
    answers: list[Line] = field(default_factory=list)
    """`Assigned` on the log, each word once."""
    doubled: list[str] = field(default_factory=list)
    """Events that were said again, and otherwise."""

    @property
    def lead(self) -> str:
        """Whose, at first."""
        return self.events[0].lead

    @property
    def moved(self) -> bool:
        """Its lead was merged into another."""
        return len({event.lead for event in self.events}) > 1

    @property
    def end(self) -> Event | None:
        """The event that ended it."""
        return next((event for event in self.events if event.kind in ENDS), None)

    @property
    def partner(self) -> bool:
        """A partner has it."""
        return bool(self.events[0].data["partner"])


class World(Struct, kw_only=True):
    """Everything."""

    month: Month
    over_ms: int
    """When the workers were ended."""
    log: dict[str, list[Line]] = field(default_factory=lambda: defaultdict(list))
    """By lead, what was handed on by a merged lead unwrapped."""
    places: dict[tuple[str, str], int] = field(default_factory=dict)
    """(lead, event id): where it was first said."""
    merged: set[str] = field(default_factory=set)
    """Leads that are in another."""
    handoffs: dict[str, Handoff] = field(default_factory=dict)
    of_lead: dict[str, list[Event]] = field(default_factory=lambda: defaultdict(list))
    """Handoff events by lead, in the order of the topic, each once."""
    tasks: list[Line] = field(default_factory=list)
    """Each once."""
    letters: list[tuple[str, str]] = field(default_factory=list)
    """Reason and detail of dead letters."""
    heard: set[tuple[str, int, int]] = field(default_factory=set)
    """Inputs on the log or among dead letters, by their place."""

    def moved(self, handoff: Handoff) -> bool:
        """Its lead is in another now: what follows is on that one's log."""
        return handoff.moved or handoff.lead in self.merged

    @property
    def settled_ms(self) -> int:
        """What was due by then must have been said: the last inputs came then, and workers worked on."""
        return self.month.plan.ends_ms

    @property
    def late_ms(self) -> int:
        """What is not said by then, is not said: a killed worker is back sooner."""
        return LATE_TICKS * self.tick_ms

    @property
    def tick_ms(self) -> int:
        """One of the broker's milliseconds."""
        return int(self.month.speed) + 1


def read(played: Played) -> World:
    """From the records."""
    world = World(month=played.month, over_ms=played.over_ms)

    def stamped(record: Any) -> int:
        return played.pace.at(record.timestamp) if record.timestamp_type == BROKERS_CLOCK else record.timestamp

    for record in played.records["lead.events"]:
        if record.key is None or not record.key.startswith(b"\0"):
            _log(world, record.key.decode(), json.loads(record.value), stamped(record))
    for record in played.records["ripe"]:
        said = json.loads(record.value)
        handoff = world.handoffs.setdefault(said["handoff_id"], Handoff(id=said["handoff_id"]))
        handoff.asked.setdefault(said["revision"], Line(said, stamped(record)))
    for record in played.records["handoffs"]:
        _event(world, json.loads(record.value), stamped(record))
    for handoff in world.handoffs.values():
        if handoff.events and handoff.moved:
            handoff.events.sort(key=lambda event: event.revision)  # partitions have no common order
    once: dict[str, Line] = {}
    for record in played.records["lead.tasks"]:
        said = json.loads(record.value)
        once.setdefault(said["task_id"], Line(said, stamped(record)))
    world.tasks = list(once.values())
    for record in played.records["dead.letters"]:
        told = {name: raw.decode() for name, raw in record.headers if name.startswith("__touchline.errors.")}
        word = {name.removeprefix("__touchline.errors."): said for name, said in told.items()}
        world.letters.append((word["reason"], word["detail"]))
        if word["topic"] in DOORS:
            world.heard.add((word["topic"], int(word["partition"]), int(word["offset"])))
    return world


def _log(world: World, lead: str, said: Fields, stamp_ms: int) -> None:
    if origin := said.get("origin"):
        world.heard.add((origin[0], origin[1], origin[2]))
    if said["type"] == "merged_into":
        world.merged.add(lead)
    if said["type"] == "forwarded":
        said = said["event"]
    if (lead, said["id"]) in world.places and said["type"] not in ("assigned", "timer"):
        return  # timers of one moment may be two: of who waited, and of who got it then
    lines = world.log[lead]
    world.places.setdefault((lead, said["id"]), len(lines))
    line = Line(said, stamp_ms, len(lines))
    lines.append(line)
    if said["type"] == "assigned":
        handoff = world.handoffs.setdefault(said["handoff_id"], Handoff(id=said["handoff_id"]))
        if all(said != answer.said for answer in handoff.answers):
            handoff.answers.append(line)


def _event(world: World, said: Fields, stamp_ms: int) -> None:
    data = said["data"]
    event = Event(
        id=said["id"], kind=said["type"].split(".")[3], revision=data["revision"], lead=said["subject"],
        cause=said["causationid"], stamp_ms=stamp_ms, data=data,
    )  # fmt: skip
    handoff = world.handoffs.setdefault(data["handoff_id"], Handoff(id=data["handoff_id"]))
    before = next((one for one in handoff.events if one.id == event.id), None)
    if before is None:
        handoff.events.append(event)
        world.of_lead[event.lead].append(event)
    elif _what(before) != _what(event):
        handoff.doubled.append(event.id)


def _what(event: Event) -> tuple[Any, ...]:
    return (event.kind, event.lead, event.cause, *(event.data[name] for name in ("owner", "queue", "partner")))
