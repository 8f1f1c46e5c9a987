"""Who is not our client, and whose campaign brought them: marketing is asked to leave such people out of it."""

from functools import lru_cache

from schemas.condition import FactIs
from schemas.journal import Task
from schemas.lead_event import Told, TouchSeen
from schemas.lead_state import LeadState
from schemas.scoring_model import Criterion
from streams.asked import asked_facts
from streams.conditions import phrase
from streams.judge import Judge
from streams.moments import rfc3339
from streams.scoring.fit import met
from streams.scoring.known import settled

MOST_CHARS = 80
"""Of a fact, in a note."""


def redirects(state: LeadState, lead_id: str, event: Told, judge: Judge) -> list[Task]:
    """A task for each reason that an event has brought about: a primary criterion known to be false, or one of the
    others that the model marks with `redirect` and that holds.
    """
    if isinstance(event, TouchSeen) and (event.history or event.kind not in judge.asked_kinds):
        return []
    told = []
    for criterion, wanted in _reasons(judge):
        if criterion.name in state.redirected or met(criterion, state, judge, state.as_of_ms) is not wanted:
            continue
        state.redirected.append(criterion.name)
        told.append(_task(state, lead_id, event.id, judge, criterion, wanted))
    return told


@lru_cache(maxsize=64)
def _reasons(judge: Judge) -> tuple[tuple[Criterion, bool], ...]:
    """Criteria, and the answer that redirects: primary ones when false, marked ones when true."""
    primary = [(c, False) for c in judge.model.primary if c.test is not None or c.where is not None]
    return (*primary, *((c, True) for c in judge.model.secondary if c.redirect))


def _task(state: LeadState, lead_id: str, cause_id: str, judge: Judge, criterion: Criterion, holds: bool) -> Task:
    where = criterion.where
    if where is None and criterion.test is not None:
        where = FactIs(criterion.fact, criterion.test)
    asked = phrase(where) if where is not None else criterion.name
    facts = sorted(asked_facts(where)) if where is not None else []
    known = ", ".join(
        f"{fact} is {str(settled(judge, state.facts[fact]).value)[:MOST_CHARS]}"
        for fact in facts
        if fact in state.facts
    )
    why = (known or asked) if holds else f"{known}, asked is {asked}" if known else f"asked is {asked}"
    seen_by = f"the campaign {state.campaign}" if state.campaign else f"what {state.captured_by or 'unknown'} shows"
    return Task(
        task_id=f"{lead_id}/{cause_id}/redirect/{criterion.name}", lead_id=lead_id, at=rfc3339(state.as_of_ms),
        kind="redirect", role="marketing", segment=state.segment, level=state.level, stage=state.stage,
        interests=sorted(state.did)[:10],
        note=f"{criterion.name}: {why}; leave such people out of {seen_by}",
    )  # fmt: skip
