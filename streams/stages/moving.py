"""A lead moves to another stage: by what happens to it, by the CRM's word, or by time alone; never past the graph."""

from collections.abc import Sequence
from typing import Literal

from schemas.journal import Task
from schemas.lead_event import CrmSaid, TimerFired, Told
from schemas.lead_state import LeadState
from schemas.stage import Enters, Stage
from streams.folded import Folded
from streams.judge import Judge
from streams.moments import rfc3339, span
from streams.stages.graph import Graph, graph_of
from streams.stages.timing import idle_at, next_due, stuck_at
from streams.transition import transition

CLIENT = 2
"""`LeadState.deals` of who bought."""


def begin(state: LeadState, judge: Judge, at_ms: int) -> None:
    """A lead that stands nowhere yet stands at the start from this moment on; nobody is told."""
    graph = graph_of(judge)
    state.stage, state.stage_ms = graph.start.name, at_ms
    if graph.start_ends:
        state.stage_due_ms = next_due(state, graph.start, at_ms)


def enter(
    state: LeadState, lead_id: str, event: Told, judge: Judge, folded: Folded, whats: Sequence[Enters], why: str
) -> bool:
    """Something happened that enters a stage by itself: the first that may follow and lets the lead in. Moved?"""
    if not state.stage:
        begin(state, judge, state.as_of_ms)
    graph = graph_of(judge)
    here = graph.here(state)
    for what in whats:
        stages = graph.entered_by.get(what, ())
        if here in stages:
            return False
        for stage in stages:
            if stage.name in here.to and graph.lets_in(stage, state):
                move(state, lead_id, event, graph, folded, stage, why, what)
                return True
    return False


def give_up(state: LeadState, lead_id: str, event: Told, judge: Judge, folded: Folded, then: str, why: str) -> None:
    """Nobody reached the lead: the routing policy's stage, if the graph has it and lets it follow, else the graph's."""
    graph = graph_of(judge)
    wanted = graph.named(then) if then else None
    if wanted is not None and wanted.name in graph.here(state).to and graph.lets_in(wanted, state):
        move(state, lead_id, event, graph, folded, wanted, why, Enters.NOT_REACHED)
    elif wanted is None or wanted is not graph.here(state):
        enter(state, lead_id, event, judge, folded, (Enters.NOT_REACHED,), why)


def move(
    state: LeadState,
    lead_id: str,
    event: Told,
    graph: Graph,
    folded: Folded,
    to: Stage,
    why: str,
    what: Enters | None = None,
) -> None:
    """To a stage that may follow, and on where that one is only passed through; each step is said."""
    while True:
        was = state.stage
        folded.stages.append(transition(lead_id, state, "stage", was, to.name, event, why))
        state.stage = to.name
        if to.deal:
            state.deals = 1
        elif Enters.WON in to.by:
            state.deals = CLIENT
        elif state.deals == 1:
            state.deals = 0
        state.stage_due_ms = next_due(state, to, state.as_of_ms)
        if what is Enters.IDLE:
            folded.tasks.append(_task(state, lead_id, event, "reactivate", to, f"idle since it was {was}"))
        if to.task:
            folded.tasks.append(_task(state, lead_id, event, "next_step", to, to.task))
        onward = graph.named(to.goes_on_to) if to.goes_on_to else None
        if onward is None or not graph.lets_in(onward, state):
            return
        to, what = onward, None


def due(state: LeadState, lead_id: str, event: TimerFired, judge: Judge, folded: Folded) -> None:
    """The stage's own moment has come: too long in it, or idle."""
    due_ms, now_ms = state.stage_due_ms, event.at_ms
    if not 0 < due_ms <= now_ms:
        return
    here = graph_of(judge).here(state)
    if due_ms <= (stuck_ms := stuck_at(state, here)) <= now_ms:
        note = f"in {here.name} for {span(stuck_ms - state.stage_ms)}"
        folded.tasks.append(_task(state, lead_id, event, "review", here, note))
    if here.idle_after_ms and idle_at(state, here) <= now_ms:
        why = f"nothing heard for {span(here.idle_after_ms)}"
        if enter(state, lead_id, event, judge, folded, (Enters.IDLE,), why):
            return
    state.stage_due_ms = next_due(state, here, now_ms)


def _task(
    state: LeadState,
    lead_id: str,
    event: Told,
    kind: Literal["review", "reactivate", "next_step"],
    stage: Stage,
    note: str,
) -> Task:
    return Task(
        task_id=f"{lead_id}/{event.id}/{kind}/{stage.name}", lead_id=lead_id, at=rfc3339(state.as_of_ms),
        kind=kind, role=stage.role or "seller", owner=state.owner, note=note, segment=state.segment,
        level=state.level, stage=state.stage, interests=sorted(state.did)[:10],
    )  # fmt: skip


def said_by(event: CrmSaid) -> str:
    """Who reported it and why, in words: `returned by ann, no_budget`."""
    why = event.reason or event.cause
    return f"{event.kind}{f' by {event.by}' if event.by else ''}{f', {why}' if why else ''}"
