"""A lead's stage where its history changes: another model took effect, two leads became one, a state was restated."""

from schemas.lead_event import MergedFrom, Restated
from schemas.lead_state import LeadState
from streams.folded import Folded
from streams.judge import Judge
from streams.stages.graph import graph_of
from streams.stages.timing import next_due
from streams.transition import transition


def carry_over(state: LeadState, judge: Judge) -> None:
    """Under another model: the stage that goes by the same name there, else its start. Moments past are not made up
    for, so that a change of the model pages nobody.
    """
    if not state.stage:
        return
    graph = graph_of(judge)
    stage = graph.named(state.stage) or graph.start
    state.stage = stage.name
    state.stage_due_ms = next_due(state, stage, state.as_of_ms)


def unite_stages(ours: LeadState, theirs: LeadState, judge: Judge) -> None:
    """Of two that are one: who has left the start is farther than who has not; of two such the later move counts."""
    if not theirs.stage:
        return
    start = graph_of(judge).start.name
    ranks = [(one.stage not in ("", start), one.stage_ms) for one in (ours, theirs)]
    if not ours.stage or (ranks[1][0] and ranks[1] > ranks[0]):
        ours.stage, ours.stage_ms = theirs.stage, theirs.stage_ms
    elif not ranks[0][0] and not ranks[1][0]:
        ours.stage_ms = min(ours.stage_ms, theirs.stage_ms)
    ours.stage_due_ms = next_due(ours, graph_of(judge).here(ours), ours.as_of_ms)


def say_joined(
    state: LeadState, lead_id: str, event: MergedFrom | Restated, folded: Folded, was: str, was_ms: int
) -> None:
    """The stage it has by what was joined, if that is another than it had."""
    if not was or not state.stage or state.stage == was:
        return
    since_ms, state.stage_ms = state.stage_ms, was_ms
    why = f"merged with {event.loser}" if isinstance(event, MergedFrom) else f"restated: {event.why}"
    folded.stages.append(transition(lead_id, state, "stage", was, state.stage, event, why))
    state.stage_ms = since_ms
