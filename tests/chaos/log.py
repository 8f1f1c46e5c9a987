"""The log folded again by somebody else: `lead.events` in its order, in plain Python.

The model of the load is the simplest there is: one point for each distinct touch, and a handoff at fifty. A lead that
was merged is closed: what it had goes to the survivor, and what still comes to it is handed on. The survivor's id is
the smaller one, so folding from the greatest id down meets every loser before its survivor.
"""

import json
from collections.abc import Iterable
from typing import Any
from uuid import UUID, uuid5

from aiokafka import ConsumerRecord
from msgspec import Struct

LINE = 50
HANDOFF_IDS = UUID("6f1c2a52-1a8e-5d0e-9d5b-3a8f6c6f0b11")
"""Written down here again: a handoff's id must never come out differently."""
SAY_NOTHING = ("timer", "assigned")

Place = tuple[str, int, int]
"""(door, partition, offset) of an input."""
Event = dict[str, Any]


class Folded(Struct):
    """One lead, its log folded."""

    ticks: set[str] = set()
    """Distinct touch ids it holds; of a loser those it had when it was merged."""
    opened: bool = False
    """It has asked for a handoff, or somebody merged into it has."""
    opening: str = ""
    """Event that met the line first, on this lead's own log."""
    survivor: str = ""
    """Empty: it is no loser."""
    heard: dict[str, int] = {}
    """By loser: number of the last word handed on by it."""


class Log(Struct):
    """What the log says, by lead."""

    leads_of: dict[Place, set[str]] = {}
    """Leads on whose log an input is: one, however often it was written. What is handed on is not counted here."""
    again: int = 0
    """Inputs written again by an identify that was killed in between: harmless, their place tells."""
    handed_on: int = 0
    """Inputs that came to a loser after its merge."""
    last: dict[str, int] = {}
    """Offset of a lead's last event."""
    assigned: dict[str, set[str]] = {}
    """Handoff ids that came back as assigned."""
    leads: dict[str, Folded] = {}

    @property
    def requests(self) -> dict[str, str]:
        """The handoff id each lead that met the line on its own must get."""
        return {
            lead: str(uuid5(HANDOFF_IDS, f"{lead}/{folded.opening}"))
            for lead, folded in self.leads.items()
            if folded.opening
        }

    def root(self, lead: str) -> str:
        """Where a lead's touches are now."""
        while (folded := self.leads.get(lead)) is not None and folded.survivor:
            lead = folded.survivor
        return lead


def refold(records: Iterable[ConsumerRecord]) -> Log:
    """Count in the order of the log."""
    log, events = Log(), dict[str, list[Event]]()
    for record in records:
        if record.key.startswith(b"\0"):
            continue  # about the log, and no lead
        lead, event = record.key.decode(), json.loads(record.value)
        log.last[lead] = record.offset
        kept = events.setdefault(lead, [])
        match event["type"]:
            case "timer":
                continue
            case "assigned":
                log.assigned.setdefault(lead, set()).add(event["handoff_id"])
            case "merged_into" | "merged_from":
                kept.append({name: value for name, value in event.items() if name != "state"})
            case "forwarded":
                kept.append(event)
                log.handed_on += event["event"]["type"] == "touch"
            case "fact" if event["id"].endswith("/derived"):
                kept.append({"type": "derived"})  # of an identity at home here, whoever's message it stood in
            case kind:
                door, partition, offset, _ = event["origin"]
                leads = log.leads_of.setdefault((door, partition, offset), set())
                log.again += bool(leads) and kind == "touch"
                leads.add(lead)
                if kind == "touch":
                    kept.append({"type": kind, "id": event["id"]})
    for lead in sorted(events, reverse=True):
        log.leads[lead] = folded = Folded()
        for event in events[lead]:
            _apply(log, folded, event)
    return log


def _apply(log: Log, folded: Folded, event: Event) -> None:
    """One event of a lead. A loser keeps what it had."""
    match event["type"]:
        case "merged_into":
            folded.survivor = folded.survivor or event["survivor"]
            return
        case "merged_from" | "forwarded" if folded.survivor or not _fresh(folded, event):
            return
        case "merged_from":
            loser = log.leads[event["loser"]]
            folded.ticks |= loser.ticks
            folded.opened |= loser.opened
            for name, number in loser.heard.items():
                folded.heard[name] = max(number, folded.heard.get(name, 0))
        case "forwarded":
            _apply(log, folded, event["event"])
            return
        case "touch" if not folded.survivor:
            folded.ticks.add(event["id"])
    if len(folded.ticks) >= LINE and not folded.opened and not folded.survivor:
        folded.opened, folded.opening = True, event["id"]


def _fresh(folded: Folded, event: Event) -> bool:
    """Was it not heard before? A loser numbers what it hands on."""
    loser, number = event["loser"], event["number"]
    fresh = bool(number > folded.heard.get(loser, 0))
    folded.heard[loser] = max(number, folded.heard.get(loser, 0))
    return fresh
