"""Ids of events that two leads remember: which came to both, and what one lead remembers of all."""

from struct import Struct

from schemas.lead_state import LeadState
from streams.scoring.repeats import KEEP_IDS, KEEP_MINUTES

_SEEN = Struct("<QI")


def doubled(ours: LeadState, theirs: LeadState) -> int:
    """How many events came to both, as far as they are remembered."""
    if not ours.seen or not theirs.seen:
        return 0
    return len(_keys(ours.seen) & _keys(theirs.seen))


def united_seen(ours: bytes, theirs: bytes) -> bytes:
    """Those of both, the oldest first, within the stated horizon."""
    if not theirs:
        return ours
    minutes: dict[int, int] = {}
    for key, minute in (*_SEEN.iter_unpack(ours), *_SEEN.iter_unpack(theirs)):
        minutes[key] = max(minute, minutes.get(key, 0))
    oldest = max(minutes.values()) - KEEP_MINUTES
    kept = sorted(((key, minute) for key, minute in minutes.items() if minute >= oldest), key=lambda one: one[1])
    return b"".join(_SEEN.pack(key, minute) for key, minute in kept[-KEEP_IDS:])


def _keys(seen: bytes) -> set[int]:
    return {key for key, _ in _SEEN.iter_unpack(seen)}
