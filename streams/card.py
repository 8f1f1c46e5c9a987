"""The public score card of a lead, made from its state at its own clock."""

from math import exp2

from schemas.card import Card, Velocity
from schemas.lead_state import LeadState
from schemas.units import DAY_MS, MICRO
from streams.deadlines import next_said
from streams.handoff.episode import is_open
from streams.handoff.owning import SEEN
from streams.judge import Judge
from streams.moments import rfc3339
from streams.scoring.engagement import breakdown
from streams.scoring.fit import fit_breakdown
from streams.scoring.velocity import burst_counts
from streams.standing import frameworks

PACE_HALF_LIFE_MS = 3 * DAY_MS


def add_pace(state: LeadState, at_ms: int, gained: float) -> None:
    """Count gross points gained at their own time; the sum stands at `pace_ms`."""
    if at_ms > state.pace_ms:
        state.pace = state.pace * exp2((state.pace_ms - at_ms) / PACE_HALF_LIFE_MS) + gained
        state.pace_ms = at_ms
    else:
        state.pace += gained * exp2((at_ms - state.pace_ms) / PACE_HALF_LIFE_MS)


def pace(state: LeadState) -> float:
    """Points gained of late, at the lead's clock: what 3 days gained outranks the same of 3 months."""
    halvings: float = (state.pace_ms - state.as_of_ms) / PACE_HALF_LIFE_MS
    return round(state.pace * exp2(halvings)) / MICRO


def priority(state: LeadState) -> float:
    """Orders the queue: engagement + fit / 2 + pace, in points."""
    return _priority(state, pace(state))


def _priority(state: LeadState, gained: float) -> float:
    return round((state.engagement + state.fit / 2) / MICRO + gained, 6)


def velocity(state: LeadState, judge: Judge) -> Velocity:
    """How fast the score was gained."""
    return _velocity(state, judge, pace(state))


def _velocity(state: LeadState, judge: Judge, gained: float) -> Velocity:
    now_ms = state.as_of_ms
    bursts = [n for n, seen in state.bursts.items() if seen.fired and burst_counts(judge.bursts[n], seen, now_ms)]
    return Velocity(pace=gained, bursts=bursts)


def card(lead_id: str, state: LeadState, judge: Judge) -> Card:
    """The card as of the lead's clock; its breakdown sums to its engagement."""
    temperature, grade = judge.temperature(state.engagement), judge.grade(state.fit)
    gained, now_ms = pace(state), state.as_of_ms
    episode = state.episode if is_open(state) else None
    label = f"{grade}/{temperature}"
    return Card(
        lead_id=lead_id,
        ids=state.ids,
        engagement=state.engagement / MICRO,
        fit=state.fit / MICRO,
        completeness=state.completeness / MICRO,
        priority=_priority(state, gained),
        temperature=temperature,
        grade=grade,
        label=label,
        breakdown=breakdown(state, judge, now_ms),
        fit_breakdown=fit_breakdown(state, judge, now_ms) if state.facts else [],
        velocity=_velocity(state, judge, gained),
        sources=state.sources,
        inquiries=state.touches,
        attempts=state.attempts,
        captured_by=state.captured_by,
        model=judge.name,
        as_of=rfc3339(now_ms),
        as_of_ms=now_ms,
        owner=state.owner,
        owner_seen=rfc3339(seen_ms) if (seen_ms := state.words.get(SEEN, 0)) else None,
        level=state.level or None,
        stage=state.stage,
        segment=state.segment,
        frameworks=frameworks(state, judge) if judge.model.frameworks else {},
        next_change=next_said(state, judge) if state.deadline_ms else None,
        gates=[state.held] if state.held and episode is None else [],
        handoff_id=episode.handoff_id if episode is not None else None,
        grid=judge.model.grid.get(label, ""),
    )
