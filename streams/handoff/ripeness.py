"""When a lead is ripe: the handoff line, surges, hysteresis and re-arm."""

from uuid import UUID, uuid5

from msgspec import Struct

from schemas.handoff import TriggerKind
from schemas.lead_event import CrmSaid, FactLearned, TouchSeen
from schemas.lead_state import Episode, LeadState
from schemas.scoring_model import HandoffLine, Surge
from schemas.units import HOUR_MS, MICRO, MINUTE_MS
from streams.card import is_open
from streams.judge import Judge
from streams.scoring.fit import failed_primary
from streams.scoring.velocity import surging

HANDOFF_IDS = UUID("6f1c2a52-1a8e-5d0e-9d5b-3a8f6c6f0b11")
"""Namespace of handoff ids: UUIDv5 of `<lead id>/<opening event's id>`."""


OPEN = "open"
"""Held back by the handoff that stands open: nothing to count."""


class Fired(Struct, frozen=True):
    """A trigger whose condition holds."""

    kind: TriggerKind
    rule: str
    """The line of the model that fired."""
    surge: Surge | None = None


THRESHOLD = Fired(TriggerKind.THRESHOLD, "handoff")


def fired(state: LeadState, judge: Judge, surged: str) -> Fired | None:
    """The strongest trigger that holds at the lead's clock; `surged` names a surge that a late touch completed."""
    line = judge.model.handoff
    if line is None:
        return None
    if state.engagement >= line.engagement:
        return THRESHOLD
    for surge in judge.surges_that_hand_off:
        seen = state.surges.get(surge.name)
        if seen is not None and (surge.name == surged or surging(surge, seen, state.as_of_ms)):
            return Fired(TriggerKind.VELOCITY, surge.name, surge)
    return None


def phrase(trigger: Fired, state: LeadState, line: HandoffLine) -> str:
    """What fired, in words."""
    if trigger.surge is not None:
        return f"Gained {trigger.surge.gain / MICRO:g} points or more within {span(trigger.surge.within_ms)}"
    return f"Reached {state.engagement / MICRO:.4g} points, over the line of {line.engagement / MICRO:g}"


def span(duration_ms: int) -> str:
    """A duration in the largest unit that says it whole."""
    for unit_ms, unit in ((24 * HOUR_MS, "day"), (HOUR_MS, "hour"), (MINUTE_MS, "minute"), (1000, "second")):
        if duration_ms % unit_ms == 0:
            n = duration_ms // unit_ms
            return f"{n} {unit}" + ("s" if n != 1 else "")
    return f"{duration_ms} ms"


def held_back(state: LeadState, judge: Judge, line: HandoffLine) -> str:
    """Why a lead whose trigger holds is not handed off; empty: nothing keeps it."""
    if is_open(state):
        return OPEN
    if state.fit < line.fit or failed_primary(state, judge, state.as_of_ms):
        return "fit"
    if any(not word[1] for purpose, word in state.consent.items() if purpose in ("contact", "scoring")):
        return "consent"
    if state.episode is not None and (not state.armed or state.as_of_ms < state.episode.closed_ms + line.not_within_ms):
        return "cooling"
    return ""


def open_episode(state: LeadState, lead_id: str, event: TouchSeen | FactLearned | CrmSaid, by: Fired) -> Episode:
    """A new ripening, opened by this event."""
    state.episodes += 1
    state.armed = False
    state.episode = Episode(
        handoff_id=str(uuid5(HANDOFF_IDS, f"{lead_id}/{event.id}")),
        number=state.episodes,
        opened_ms=state.as_of_ms,
        revision=0,
        status="requested",
        trace=event.trace,
        trigger=by.kind,
        rule=by.rule,
        cause_id=event.id,
    )
    return state.episode


def rearm(state: LeadState, line: HandoffLine, engagement: int) -> None:
    """Once the score has been under the re-arm line, the next crossing counts again."""
    if not state.armed and engagement < line.rearm_under:
        state.armed = True
