"""The log folded again by somebody else: `lead.events` in its order, in plain Python.

The model of the load is the simplest there is: one point for each distinct touch, and a handoff at fifty.
"""

import json
from collections.abc import Iterable
from uuid import UUID, uuid5

from aiokafka import ConsumerRecord
from msgspec import Struct

LINE = 50
HANDOFF_IDS = UUID("6f1c2a52-1a8e-5d0e-9d5b-3a8f6c6f0b11")
"""Written down here again: a handoff's id must never come out differently."""

Place = tuple[str, int, int]
"""(door, partition, offset) of an input."""


class Log(Struct):
    """What the log says, by lead."""

    leads_of: dict[Place, set[str]] = {}
    """Leads on whose log an input is: one, however often it was written."""
    again: int = 0
    """Inputs written again by an identify that was killed in between: harmless, their place tells."""
    ticks: dict[str, set[str]] = {}
    """Distinct touch ids."""
    last: dict[str, int] = {}
    """Offset of a lead's last event."""
    opening: dict[str, str] = {}
    """Touch that met the line first."""
    assigned: dict[str, set[str]] = {}
    """Handoff ids that came back as assigned."""

    @property
    def requests(self) -> dict[str, str]:
        """The handoff id each ripe lead must get."""
        return {lead: str(uuid5(HANDOFF_IDS, f"{lead}/{touch}")) for lead, touch in self.opening.items()}


def refold(records: Iterable[ConsumerRecord]) -> Log:
    """Count in the order of the log."""
    log = Log()
    for record in records:
        if record.key.startswith(b"\0"):
            continue  # about the log, and no lead
        lead, event = record.key.decode(), json.loads(record.value)
        log.last[lead] = record.offset
        if event["type"] == "timer":
            continue
        if event["type"] == "assigned":
            log.assigned.setdefault(lead, set()).add(event["handoff_id"])
            continue
        door, partition, offset, _ = event["origin"]
        leads = log.leads_of.setdefault((door, partition, offset), set())
        log.again += bool(leads) and event["type"] == "touch"
        leads.add(lead)
        if event["type"] == "touch":
            ticks = log.ticks.setdefault(lead, set())
            ticks.add(event["id"])
            if len(ticks) == LINE:
                log.opening.setdefault(lead, event["id"])
    return log
