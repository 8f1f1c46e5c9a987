"""Who is not ripe is kept warm: a lead is in exactly one nurture state, and each change of it is one task."""

from typing import Literal

from schemas.journal import Task
from schemas.lead_state import LeadState
from streams.consent import Purposes, closed, contactable
from streams.handoff.episode import is_open
from streams.moments import rfc3339

TaskKind = Literal["nurture_entered", "nurture_left", "suppress", "unsuppress", "review"]


def nurture(state: LeadState, lead_id: str, cause_id: str, needed: Purposes) -> Task | None:
    """Enter or leave, after an event; None: as before. Nobody is kept warm who refuses every contact."""
    if is_open(state) or state.deals or state.unqualified:
        kept = False
    else:
        kept = bool(state.touches or state.facts) and contactable(state, needed)
    if kept == bool(state.nurture_ms):
        return None
    if kept:
        state.nurture_ms = max(state.as_of_ms, 1)
        return task("nurture_entered", state, lead_id, cause_id, note=_how(closed(state, needed)))
    state.nurture_ms = 0
    why = (
        "handed off"
        if is_open(state)
        else "in a deal"
        if state.deals == 1
        else "a client"
        if state.deals
        else f"unqualified: {state.unqualified}"
        if state.unqualified
        else "no consent to contact"
    )
    return task("nurture_left", state, lead_id, cause_id, note=why)


def _how(shut: list[str]) -> str:
    return f"not ripe: keep warm, but not by {' or '.join(shut)}" if shut else "not ripe: keep warm"


def task(
    kind: TaskKind, state: LeadState, lead_id: str, cause_id: str, note: str = "", role: str = "marketing"
) -> Task:
    """A task at the lead's clock. Its id follows from the lead, the event and the kind: a repeat carries the same."""
    return Task(
        task_id=f"{lead_id}/{cause_id}/{kind}", lead_id=lead_id, at=rfc3339(state.as_of_ms), kind=kind,
        role="marketing", note=note, segment=state.segment, level=state.level, stage=state.stage,
        interests=sorted(state.did)[:10],
    )  # fmt: skip
