"""Whether two states of a lead say the same, wherever each stands on its log."""

from schemas.lead_state import LeadState
from streams.lead_codec import body_of, decode

SINCE = ("temperature_ms", "grade_ms")
"""Not known to states of the first schema; what is not known contradicts nothing."""


def same(one: bytes, other: bytes) -> bool:
    """Compares what was encoded; decodes only when the bytes differ."""
    return body_of(one) == body_of(other) or _plain(one, other) == _plain(other, one)


def _plain(one: bytes, beside: bytes) -> LeadState:
    """A state without its offsets and without what the one beside does not know."""
    state, other = decode(one), decode(beside)
    state.quarantine = state.quarantine[1:]
    for field in SINCE:
        if getattr(other, field) == 0:
            setattr(state, field, 0)
    return state
