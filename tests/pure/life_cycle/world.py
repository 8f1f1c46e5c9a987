"""Two leads, a team and a desk, all of it pure: the fold, what route decides and answers, clocks, a wall clock."""

from collections import defaultdict

import msgspec

from agents.routing.giving import news
from schemas.handoff import HandoffEvent, Ripe
from schemas.journal import Task
from schemas.lead_event import Assigned, LeadEvent, TimerFired
from schemas.lead_state import LeadState
from schemas.routing_policy import FollowUp, Person, Promise, RoutingPolicy, RoutingRule, Target, Team
from schemas.units import DAY_MS, MINUTE_MS
from streams.fold import fold
from streams.routing.assigning import assignment
from streams.routing.choosing import Chooser, Option, situation_of
from streams.routing.handing_over import Office, asked, route
from tests.pure.handoff.lived import M1T
from tests.pure.life_cycle.pure_desk import PureDesk
from tests.pure.lives import Logged, T, Table, log

LEADS = ("L1", "L2")
POLICY = RoutingPolicy(
    policy="small-desk", version=1,
    people={
        "ann": Person(name="ann", capacity=1), "bob": Person(name="bob", capacity=1),
        "dina": Person(name="dina"), "max": Person(name="max"),
    },
    teams={
        "desk": Team(name="desk", members=("ann", "bob"), lead="dina"),
        "alone": Team(name="alone", members=("max",), lead="dina"),
    },
    rules=(
        RoutingRule(name="known", to=Target(kind="owner"), else_next=True),
        RoutingRule(name="everyone", to=Target(kind="team", name="desk")),
    ),
    promise=Promise(
        within_ms=30 * MINUTE_MS, remind_ms=20 * MINUTE_MS, escalate_ms=30 * MINUTE_MS, reassign_ms=45 * MINUTE_MS,
        reassign_most=2,
    ),
    follow_up=FollowUp(
        offsets_ms=(0, DAY_MS, 4 * DAY_MS), channels=("call", "messenger", "email"), then_stage="inactive",
        again_ms=30 * DAY_MS,
    ),
)  # fmt: skip


class Step(msgspec.Struct):
    """An event of a lead's log, and what followed."""

    lead: str
    event: LeadEvent
    before: LeadState | None
    after: LeadState
    ripe: list[Ripe]
    tasks: list[Task]
    refused: list[str]


class World:
    """What was said lies between score and route, and between route and the log, until somebody carries it on."""

    def __init__(self) -> None:
        self.table, self.desk, self.chooser = Table(), PureDesk(), Chooser(POLICY)
        self.office = Office(chooser=self.chooser, source="touchline")
        self.now_ms = T
        self.away: frozenset[str] = frozenset()
        self.records: list[Logged] = []
        self.steps: list[Step] = []
        self.ripes: list[Ripe] = []
        self.answers: list[tuple[str, Assigned]] = []
        self.handoffs: list[HandoffEvent] = []
        self.said: dict[str, list[Ripe]] = defaultdict(list)
        """By handoff."""

    def state(self, lead: str) -> LeadState | None:
        return self.table.state(lead) if lead.encode() in self.table.kept else None

    def hear(self, lead: str, event: LeadEvent) -> Step:
        """Fold one event, as the log of that lead has it."""
        record = log([event], lead, start=len(self.records))
        before = self.state(lead)
        folded = fold(record, self.table, M1T)
        self.records += record
        self.table.keep(folded)
        refused = [reject.reason.value for _, reject in folded.refused]
        step = Step(lead, event, before, self.table.state(lead), folded.ripe, folded.tasks, refused)
        self.steps.append(step)
        self.ripes += folded.ripe
        for word in folded.ripe:
            self.said[word.handoff_id].append(word)
        return step

    def carry_ripe(self, repeat: bool = False) -> None:
        """Route takes the next word of score in; `repeat`: it is killed before it acknowledges."""
        if not self.ripes:
            return
        ripe = self.ripes[0]
        for again in range(2 if repeat else 1):
            if again:
                self.look_at_queue()
            given = None
            if asked(ripe):
                what = "anew" if ripe.reassign else "new"
                given = self.desk.decide(ripe, what, self._options(ripe), self.now_ms)
            else:
                self.desk.settle(news(ripe))
            routed = route(ripe, {}, self.office, given)
            self.handoffs.append(routed.handoff)
            if routed.assigned is not None:
                self.answers.append((ripe.lead_id, routed.assigned))
        self.ripes.pop(0)

    def carry_answer(self) -> None:
        """The lead's log gets the next of route's answers."""
        if self.answers:
            self.hear(*self.answers.pop(0))

    def look_at_queue(self) -> None:
        """Whoever waits gets an owner if anybody is free."""
        for handoff, ripe in list(self.desk.waiting.items()):
            given = self.desk.decide(ripe, "waiting", self._options(ripe), self.now_ms)
            if not given.waiting and handoff not in self.desk.waiting:
                self.answers.append((ripe.lead_id, assignment(ripe, given, self.chooser)))

    def _options(self, ripe: Ripe) -> tuple[Option, ...]:
        return self.chooser.choose(situation_of(ripe), self.now_ms, self.away).options

    def fire(self, late_ms: int = 0) -> None:
        """Deadlines that the wall clock has passed, each lead's in order; `late_ms`: the worker was away so long."""
        for lead in LEADS:
            while (state := self.state(lead)) is not None and 0 < state.deadline_ms <= self.now_ms:
                due_ms = state.deadline_ms
                fired_ms = max(due_ms, self.now_ms if late_ms else due_ms)
                self.hear(lead, TimerFired(id=f"{lead}/{due_ms}", at_ms=due_ms, fired_ms=fired_ms))

    def settle_down(self) -> None:
        """Until nothing is under way any more."""
        while self.ripes or self.answers:
            while self.ripes:
                self.carry_ripe()
            while self.answers:
                self.carry_answer()
            self.fire()
