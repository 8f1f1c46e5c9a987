"""A lead with a handoff, event by event, and the time that passes between."""

from typing import Any

from schemas.handoff import Ripe
from schemas.journal import Task
from schemas.lead_event import Assigned, LeadEvent, TimerFired
from schemas.lead_state import LeadState
from schemas.units import DAY_MS, MINUTE_MS
from streams.fold import fold
from tests.pure.lives import T, Table, fit20, judge, log, touched

M1T = judge(without="surge:")
ASKED: list[LeadEvent] = [fit20(), touched("demo_request", T), touched("demo_request", T, id="opens")]
PLAN = [(T + days * DAY_MS, channel) for days, channel in zip(
    (0, 1, 4, 9, 16), ("call", "messenger", "email", "call", "messenger"), strict=True,
)]  # fmt: skip


class Lived:
    """A lead of which one event after the other is folded; deadlines pass when they are told to."""

    def __init__(self, events: list[LeadEvent]) -> None:
        self.table, self.offset = Table(), 0
        self.ripe: list[Ripe] = []
        self.tasks: list[Task] = []
        self.refused: list[str] = []
        self.hear(*events)

    @property
    def state(self) -> LeadState:
        return self.table.state()

    @property
    def handoff(self) -> str:
        episode = self.state.episode
        assert episode is not None
        return episode.handoff_id

    def hear(self, *events: LeadEvent) -> None:
        for event in events:
            folded = fold(log([event], start=self.offset), self.table, M1T)
            self.offset += 1
            self.table.keep(folded)
            self.ripe += folded.ripe
            self.tasks += folded.tasks
            self.refused += [reject.reason for _, reject in folded.refused]

    def pass_time(self, until_ms: int, late_ms: int = 0) -> None:
        """Every deadline up to a moment; `late_ms`: written so long after it."""
        while 0 < (due_ms := self.state.deadline_ms) <= until_ms:
            self.hear(TimerFired(id=f"L1/{due_ms}", at_ms=due_ms, fired_ms=due_ms + late_ms))

    def worked(self) -> list[tuple[str, int]]:
        """Tasks for people at work, with the minute of the day they were made."""
        return [(task.kind, self._minute(task.at)) for task in self.tasks if task.role != "marketing"]

    def said(self) -> list[str]:
        return [word.type.value for word in self.ripe]

    def _minute(self, at: str) -> int:
        return int(at[11:13]) * 60 + int(at[14:16]) - 12 * 60


def assigned(lived: Lived, **more: Any) -> Assigned:
    usual: dict[str, Any] = {
        "id": f"{lived.handoff}/1/assigned", "at_ms": T, "handoff_id": lived.handoff, "revision": 1, "owner": "ann",
        "respond_by_ms": T + 30 * MINUTE_MS,
    }  # fmt: skip
    return Assigned(**(usual | more))


def promised(lived: Lived, **more: Any) -> Assigned:
    moments = {
        "remind_ms": T + 20 * MINUTE_MS, "escalate_ms": T + 30 * MINUTE_MS, "escalate_to": "dina",
        "reassign_ms": T + 45 * MINUTE_MS,
    }  # fmt: skip
    return assigned(lived, **(moments | more))
