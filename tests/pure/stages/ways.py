"""Leads on the graphs of tests: what is said of them, one event after the other, deadlines passing when told to."""

from schemas.journal import StageChanged, Task
from schemas.lead_event import LeadEvent, TimerFired
from schemas.lead_state import LeadState
from streams.fold import fold
from streams.judge import Judge
from tests.pure.lives import MODELS, Table, log
from tests.pure.model.documents import read

M1 = (MODELS / "m1.yaml").read_text()

PATH = """
stages:
  Open: {by: handed off, to: [Talk, Won], role: sdr, task: call, stuck after: 2d}
  Talk: {by: [answered, attempt], to: [Open, Offer, Won]}
  Offer: {to: [Talk, Won], when: {headcount: 20 or more}, also: [proposal sent], role: seller, stuck after: 5d}
  Won: {by: won, to: [Sleeping, Offer], role: care, idle after: 30d, stuck after: 10d}
  Sleeping: {by: idle, to: [Won], role: care}
"""


def judge(stages: str = "") -> Judge:
    """The judge of the tests' model with these stages."""
    return Judge.of(read(M1 + stages))


USUAL, SHORT, EIGHT, AGENCY = judge(), judge("\nstages: short"), judge("\nstages: eight"), judge("\nstages: agency")
OWN = judge(PATH)


class Walked:
    """A lead of which one event after the other is folded."""

    def __init__(self, by: Judge, *events: LeadEvent) -> None:
        self.table, self.offset, self.by = Table(), 0, by
        self.moves: list[StageChanged] = []
        self.tasks: list[Task] = []
        self.refused: list[tuple[str, str]] = []
        self.told: list[tuple[str, str, float | None]] = []
        """Of handoffs: what, the stage, seconds in it."""
        self.hear(*events)

    @property
    def state(self) -> LeadState:
        return self.table.state()

    def hear(self, *events: LeadEvent) -> "Walked":
        for event in events:
            folded = fold(log([event], start=self.offset), self.table, self.by)
            self.offset += 1
            self.table.keep(folded)
            self.moves += [move for move in folded.stages if move.dimension == "stage"]
            self.tasks += folded.tasks
            self.refused += [(reject.reason, reject.detail) for _, reject in folded.refused]
            self.told += [(said.type, said.stage, said.time_in_stage_s) for said in folded.ripe]
        return self

    def pass_time(self, until_ms: int) -> "Walked":
        """Every deadline up to a moment."""
        while 0 < (due_ms := self.state.deadline_ms) <= until_ms:
            self.hear(TimerFired(id=f"L1/{due_ms}", at_ms=due_ms, fired_ms=due_ms))
        return self

    def way(self) -> list[tuple[str, str]]:
        return [(move.previous, move.to) for move in self.moves]

    def asked(self, *kinds: str) -> list[tuple[str, str, str]]:
        """Tasks of these kinds: kind, role, note."""
        return [(task.kind, task.role, task.note) for task in self.tasks if task.kind in kinds]
