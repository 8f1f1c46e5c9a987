"""How a CRM reads `handoffs`: any order, any repeats, and right in the end. It knows the contract and none of our code.

Three rules are all of it. An event with a revision that was taken in already is a repeat. What a handoff tells (owner,
queue, score, why) is that of its highest revision. How far it has come never goes back: requested, accepted, ended.
`assigned` says who has it, as `requested` may already, and nothing comes after an end.
"""

import json
from dataclasses import dataclass, field
from typing import Any

FURTHER = {"requested": 0, "accepted": 1, "returned": 2, "withdrawn": 2, "closed": 2}
"""`assigned`, `updated` and `escalated` tell something new of a handoff, and move it nowhere."""


@dataclass
class Handoff:
    """One row of the CRM."""

    lead_id: str
    episode: int
    revision: int = 0
    """The highest taken in."""
    status: str = "requested"
    data: dict[str, Any] = field(default_factory=dict)
    seen: set[int] = field(default_factory=set)

    @property
    def is_open(self) -> bool:
        """Does somebody still have to do with it?"""
        return FURTHER[self.status] < 2

    @property
    def whole(self) -> bool:
        """Has every revision up to the highest come?"""
        return len(self.seen) == self.revision


class Crm:
    """All handoffs by their id, the idempotency key."""

    def __init__(self) -> None:
        self.handoffs: dict[str, Handoff] = {}
        self.repeats = 0

    def hear(self, message: bytes) -> None:
        """Take one record of `handoffs` in."""
        event = json.loads(message)
        what, data, revision = event["type"].split(".")[3], event["data"], int(event["sequence"])
        row = self.handoffs.setdefault(data["handoff_id"], Handoff(data["lead_id"], data["episode"]))
        if revision in row.seen:
            self.repeats += 1
            return
        row.seen.add(revision)
        if revision > row.revision:
            row.revision, row.data = revision, data
        if what in FURTHER and FURTHER[what] > FURTHER[row.status]:
            row.status = what

    def of_lead(self, lead_id: str) -> Handoff | None:
        """The latest episode; the ones before it are over, whether their end has come or not."""
        rows = [row for row in self.handoffs.values() if row.lead_id == lead_id]
        return max(rows, key=lambda row: row.episode, default=None)

    def to_call(self, owner: str) -> list[str]:
        """Leads that somebody has to call."""
        leads = {row.lead_id for row in self.handoffs.values()}
        latest = [row for lead in sorted(leads) if (row := self.of_lead(lead)) is not None]
        return [row.lead_id for row in latest if row.is_open and row.data["owner"] == owner]
