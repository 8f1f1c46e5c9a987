"""When a lead is ripe: the handoff line, surges, hysteresis and re-arm."""

from uuid import UUID, uuid5

from msgspec import Struct

from schemas.handoff import TriggerKind
from schemas.lead_event import FactLearned, Heard, Told
from schemas.lead_state import Episode, LeadState
from schemas.scoring_model import HandoffLine, Surge
from schemas.units import MICRO
from streams.consent import SCORING, allowed, contactable
from streams.handoff.episode import is_open, may_cool
from streams.handoff.owning import episode_ended
from streams.judge import Judge
from streams.ladder import Shortcut
from streams.moments import span
from streams.scoring.fit import failed_primary
from streams.scoring.repeats import DERIVED_BY
from streams.scoring.velocity import surging
from streams.standing import AND, holding, untold

HANDOFF_IDS = UUID("6f1c2a52-1a8e-5d0e-9d5b-3a8f6c6f0b11")
"""Namespace of handoff ids: UUIDv5 of `<lead id>/<opening event's id>`."""


OPEN = "open"
"""Held back by the handoff that stands open: nothing to count."""
CONSENT = "consent"
"""Held back, or withdrawn, because the person refuses contact, or refused to be scored."""
MODEL = "model"
"""Held back because a change of the model alone made the lead ripe, until it has fallen under the re-arm line."""
HISTORY = "history"
"""Held back because what was backfilled made the lead ripe, until something new happens; with the fast path, if any."""


class Fired(Struct, frozen=True):
    """A trigger whose condition holds."""

    kind: TriggerKind
    rule: str
    """The line of the model that fired."""
    surge: Surge | None = None
    phrase: str = ""
    """What holds of a fast path, in words."""
    holding: str = ""
    """All that holds of fast paths now: it is handed off with it."""


THRESHOLD = Fired(TriggerKind.THRESHOLD, "handoff")


def fired(
    state: LeadState, judge: Judge, surged: str, line: HandoffLine, shortcuts: list[Shortcut] | None = None
) -> Fired | None:
    """The strongest trigger that holds at the lead's clock; `surged` names a surge that a late touch completed.

    `shortcuts`: all that hold of fast paths, if that is known.
    """
    held = holding(state, judge, state.as_of_ms) if shortcuts is None else shortcuts
    if held:
        held = [shortcut for shortcut in held if shortcut.hands_off]
        before, new = state.fast.split(AND), untold(state, held)
        state.fast = AND.join(one.words for one in held if one.words in before)
        if new is not None:
            told = AND.join(one.words for one in held)
            return Fired(TriggerKind.FAST_PATH, f"{new.level} at once", phrase=new.words, holding=told)
    elif judge.model.fast_paths:
        state.fast = ""
    if state.engagement >= line.engagement:
        return THRESHOLD
    for surge in judge.surges_that_hand_off:
        seen = state.surges.get(surge.name)
        if seen is not None and (surge.name == surged or surging(surge, seen, state.as_of_ms)):
            return Fired(TriggerKind.VELOCITY, surge.name, surge)
    return None


def phrase(trigger: Fired, state: LeadState, line: HandoffLine) -> str:
    """What fired, in words."""
    if trigger.phrase:
        return f"{trigger.rule}: {trigger.phrase}"
    if trigger.surge is not None:
        return f"Gained {trigger.surge.gain / MICRO:g} points or more within {span(trigger.surge.within_ms)}"
    return f"Reached {state.engagement / MICRO:.4g} points, over the line of {line.engagement / MICRO:g}"


def held_back(state: LeadState, judge: Judge, line: HandoffLine, by: Fired) -> str:
    """Why a lead whose trigger holds is not handed off; empty: nothing keeps it. A fast path passes the fit line."""
    if is_open(state):
        return OPEN
    if state.unqualified:
        return "unqualified"
    if state.deals == 1:
        return "deal"
    by_model = not state.armed and (state.held == MODEL or state.episode is None)
    if by_model and not judge.rescore:
        return MODEL
    if failed_primary(state, judge, state.as_of_ms):
        if not line.partners:
            return "fit"
    elif state.fit < line.fit and by.kind is not TriggerKind.FAST_PATH:
        return "fit"
    if not contactable(state, judge.needed) or not allowed(state, SCORING, judge.needed, state.as_of_ms):
        return CONSENT
    disarmed = not state.armed and not by_model
    if state.episode is not None and (disarmed or state.as_of_ms < state.episode.closed_ms + line.not_within_ms):
        return "cooling"
    return ""


def backfilled(state: LeadState, judge: Judge) -> str:
    """Why a lead is not handed off after a touch of the past: a trigger holds, and nothing new has happened."""
    line = judge.line_of(state, state.as_of_ms)
    by = None if line is None else fired(state, judge, "", line)
    if by is None:
        return ""
    return _by_history(by) if not state.held or state.held.startswith(HISTORY) else state.held


def by_history(state: LeadState, event: Told, by: Fired) -> bool:
    """Was the lead ripe by its past, and is this event nothing new? Time is not; nor is what an address tells us."""
    if not state.held.startswith(HISTORY):
        return False
    new = isinstance(event, Heard) and not (isinstance(event, FactLearned) and event.by == DERIVED_BY)
    return not new and state.held == _by_history(by)


def _by_history(by: Fired) -> str:
    return f"{HISTORY}: {by.phrase}" if by.phrase else HISTORY


def ripe(state: LeadState, judge: Judge) -> bool:
    """Would the lead be handed off now, with nothing more happening?"""
    line = judge.line_of(state, state.as_of_ms)
    by = None if line is None else fired(state, judge, "", line)
    return line is not None and by is not None and not held_back(state, judge, line, by)


def open_episode(state: LeadState, lead_id: str, event: Told, by: Fired) -> Episode:
    """A new ripening, opened by this event."""
    if by.holding:
        state.fast = by.holding
    episode_ended(state)
    state.episodes += 1
    state.armed = False
    state.episode = Episode(
        handoff_id=str(uuid5(HANDOFF_IDS, f"{lead_id}/{event.id}")),
        number=state.episodes,
        opened_ms=state.as_of_ms,
        revision=0,
        status="requested",
        trace=event.trace if isinstance(event, Heard) else "",
        trigger=by.kind,
        rule=by.rule,
        cause_id=event.id,
    )
    return state.episode


def rearm(state: LeadState, line: HandoffLine, engagement: int) -> None:
    """Once the score has been under the re-arm line, the next crossing counts again."""
    if not state.armed and engagement < line.rearm_under:
        state.armed = True


def cooled(state: LeadState, line: HandoffLine) -> bool:
    """Does a handoff stand open that nobody took up, of a lead that has fallen under the re-arm line?"""
    return may_cool(state) and state.engagement < line.rearm_under
