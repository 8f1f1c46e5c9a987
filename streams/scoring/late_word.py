"""A word on scoring that comes after touches it judges: sums cannot take them back, so the lead is in doubt until it is
worked out anew (`touchline lead restate`)."""

from schemas.lead_state import Kin, LeadState
from streams.consent import SCORING, Words, hear, turned
from streams.judge import Judge
from streams.scoring.touching import RECENT, recent_touches

DOUBT = "consent"


def hear_on_scoring(state: LeadState, at_ms: int, given: bool, judge: Judge) -> bool:
    """Put the word in its place; True when it leaves a doubt that was not there."""
    before = list(state.consent.get(SCORING, []))
    if not hear(state, SCORING, at_ms, given) or not _misjudged(state, before, at_ms, given, judge):
        return False
    kin = state.kin or Kin()
    known = set(filter(None, kin.doubt.split(", ")))
    kin.doubt, state.kin = ", ".join(sorted(known | {DOUBT})), kin
    return DOUBT not in known


def _misjudged(state: LeadState, before: Words, at_ms: int, given: bool, judge: Judge) -> bool:
    """May there be touches that were counted and should not be, or the other way round?"""
    span = turned(state, before, judge.needed, at_ms)
    if span is None:
        return False
    if given:
        return state.as_of_ms > at_ms  # what was kept out left no trace: the lead's clock stands for it
    _, end_ms = span
    times = [touch.at_ms for touch in recent_touches(state)]
    known = len(times) < RECENT or times[-1] < at_ms
    return any(at_ms <= time and (end_ms is None or time < end_ms) for time in times) or not known
