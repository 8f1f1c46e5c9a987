"""The public score card of a lead, made from its state at its own clock."""

from typing import Any

from schemas.card import Card, TouchTold, Velocity
from schemas.lead_state import LeadState
from schemas.units import MICRO
from streams.deadlines import next_said
from streams.handoff.episode import is_open
from streams.handoff.owning import SEEN
from streams.judge import Judge
from streams.moments import rfc3339
from streams.scoring.engagement import breakdown
from streams.scoring.fit import fit_breakdown, settled
from streams.scoring.pace import pace
from streams.scoring.touching import recent_touches
from streams.scoring.velocity import burst_counts
from streams.standing import frameworks

TOUCHES = 3
"""So many of the last touches are on a card: who picks up the phone reads no more."""


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


def _facts(state: LeadState, judge: Judge) -> dict[str, Any]:
    hidden = judge.sensitive
    return {name: settled(judge, said).value for name, said in state.facts.items() if name not in hidden}


def _touches(state: LeadState) -> list[TouchTold]:
    return [
        TouchTold(
            at=rfc3339(t.at_ms), touch_id=t.touch_id, kind=t.kind, channel=t.channel, page=t.page,
            points=t.points / MICRO,
        )
        for t in recent_touches(state, TOUCHES)
    ]  # fmt: skip


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
        facts=_facts(state, judge) if state.facts else {},
        touches=_touches(state) if state.recent else [],
        next_change=next_said(state, judge) if state.deadline_ms else None,
        gates=[state.held] if state.held and episode is None else [],
        handoff_id=episode.handoff_id if episode is not None else None,
        grid=judge.model.grid.get(label, ""),
    )
