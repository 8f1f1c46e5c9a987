"""Merges as a candidate model sees them: a loser's state, which another model counted, comes under the candidate.

What both models count alike goes on, what they count otherwise begins with the merge; a handoff that the model in force
had open is none of the candidate's. So a candidate is told somewhat less of merged leads than one fold would give it.
"""

from collections.abc import Mapping

import msgspec

from schemas.lead_event import Forwarded, LeadEvent, MergedFrom, Restated
from schemas.lead_state import LeadState
from streams.activation import UnknownModel, adopt, judge_before
from streams.judge import Judge
from streams.lead_codec import applied_of, decode, encode

_DECODER = msgspec.json.Decoder(LeadEvent)
_ENCODER = msgspec.json.Encoder()

CARRIERS = (b'"merged_from"', b'"restated"')
"""What stands in every event that carries a state."""


def under(value: bytes, judge: Judge, earlier: Mapping[str, Judge]) -> bytes:
    """The event as the candidate folds it; `earlier`: by key, models that leads may stand under."""
    if not any(word in value for word in CARRIERS):
        return value
    try:
        event = _DECODER.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return value  # the fold says what becomes of it
    match event:
        case MergedFrom() | Restated():
            state = encode(_adopted(decode(event.state), judge, earlier), applied_of(event.state))
            return _ENCODER.encode(msgspec.structs.replace(event, state=state))
        case Forwarded():
            within = msgspec.Raw(under(bytes(event.event), judge, earlier))
            return _ENCODER.encode(msgspec.structs.replace(event, event=within))
    return value


def _adopted(state: LeadState, judge: Judge, earlier: Mapping[str, Judge]) -> LeadState:
    state.episode = None
    state.armed, state.held = True, ""
    if state.as_of_ms and state.model != judge.key:
        try:
            adopt(state, judge_before(state, judge, earlier), judge)
        except UnknownModel:
            state.rules, state.bursts, state.surges, state.model = {}, {}, {}, judge.key
    return state
