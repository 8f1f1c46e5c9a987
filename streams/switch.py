"""A lead comes under another model: whether it still has to, and which labels and levels change by that alone."""

from collections.abc import Mapping

from msgspec import Struct

from schemas.journal import StageChanged
from schemas.lead_state import LeadState
from streams.handoff.episode import is_open
from streams.judge import Judge
from streams.kin.gone import is_gone
from streams.standing import level_of, segment_of
from streams.transition import Dimension, transition


class Stood(Struct, frozen=True):
    """Where a lead stood under the model before."""

    judge: Judge
    temperature: str
    grade: str
    level: str
    stage: str


def stands_under_another(state: LeadState, key: str) -> bool:
    """Does it still have to come under the model of this key? Who is handed off keeps the model until that is over."""
    return state.as_of_ms > 0 and state.model not in ("", key) and not is_open(state) and not is_gone(state)


def stood_by(state: LeadState, earlier: Mapping[str, Judge]) -> Stood | None:
    """Before it changes; None: nobody has judged it."""
    judge = earlier.get(state.model)
    if judge is None or state.as_of_ms == 0:
        return None
    return Stood(judge, judge.temperature(state.engagement), judge.grade(state.fit), state.level, state.stage)


def crossings(state: LeadState, lead_id: str, stood: Stood, now: Judge) -> list[StageChanged]:
    """What the change of the model alone makes of a lead that has just come under it."""
    state.segment = segment_of(state, now, state.as_of_ms)
    state.level, _ = level_of(state, now, state.as_of_ms)
    why = f"{now.name} took effect, before it {stood.judge.name}"
    after: tuple[tuple[Dimension, str, str], ...] = (
        ("temperature", stood.temperature, now.temperature(state.engagement)),
        ("grade", stood.grade, now.grade(state.fit)),
        ("level", stood.level, state.level),
        ("stage", stood.stage, state.stage),
    )
    return [transition(lead_id, state, what, was, to, None, why) for what, was, to in after if was != to]
