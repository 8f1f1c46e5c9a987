"""Is it a repeat? Our own re-emissions are known by their input coordinates, a producer's retries by their ids."""

from struct import Struct

from xxhash import xxh3_64_intdigest

from schemas.lead_event import Assigned, CrmSaid, FactLearned, Origin, TouchSeen
from schemas.lead_state import LeadState
from schemas.units import DAY_MS, MINUTE_MS
from streams.topology import INPUTS

KEEP_MINUTES = DAY_MS // MINUTE_MS
KEEP_IDS = 1_000
"""The stated horizon: ids are remembered for 24 hours, and at most the last thousand of a lead."""

DERIVED_BY = "touchline"
"""Author of facts that `identify` derives: they share the coordinates of the message they were derived from."""

_SEEN, _MINUTE, _INPUT = Struct("<QI"), Struct("<I"), Struct("<Iqq")
_TOPIC_NUMBERS = {topic.name: number << 16 for number, topic in enumerate(INPUTS)}


def hash_of(text: str) -> int:
    """64 bits that stand for a text (XXH3): a thousand of them collide once in 4e13 leads."""
    return xxh3_64_intdigest(text.encode("utf-8", "surrogatepass"))


def seen_before(state: LeadState, event: TouchSeen | FactLearned | CrmSaid, direct: bool = True) -> bool:
    """True for a repeat; otherwise the event is remembered. `direct`: it lies on the lead's own log, where its input
    coordinates rise; what another lead forwards comes between them, and is known by its id alone.
    """
    origin = event.origin
    derived = isinstance(event, FactLearned) and event.by == DERIVED_BY
    if direct and not derived and _emitted_before(state, origin):
        return True
    minute = origin.append_ms // MINUTE_MS
    word = _SEEN.pack(hash_of(event.id) ^ _KIND_SALT[type(event)], minute)
    seen, key = state.seen, word[:8]
    found = seen.find(key)
    while found > 0 and found % 12:
        found = seen.find(key, found + 1)  # it lay across two of them
    if found >= 0:
        return True
    oldest, end = 0, len(seen)
    while oldest < end and (
        end - oldest >= KEEP_IDS * 12 or _MINUTE.unpack_from(seen, oldest + 8)[0] < minute - KEEP_MINUTES
    ):
        oldest += 12
    state.seen = (seen[oldest:] if oldest else seen) + word
    return False


def known_ids(state: LeadState) -> int:
    """How many event ids are remembered."""
    return len(state.seen) // 12


_KIND_SALT = {TouchSeen: 0, FactLearned: 1, CrmSaid: 2, Assigned: 3}
"""A touch and a fact may bear the same id and are two things."""


def _emitted_before(state: LeadState, origin: Origin) -> bool:
    """Compare with the highest coordinates applied from that input partition.

    Both must be behind: an offset behind with a later append time is a recreated topic, an append time behind with a
    later offset is a broker's clock set back.
    """
    number = _TOPIC_NUMBERS.get(origin.topic)
    if number is None:
        return False
    number += origin.partition
    inputs, append_ms, offset = state.inputs, origin.append_ms, origin.offset
    for at in range(0, len(inputs), 20):
        known, highest_ms, highest = _INPUT.unpack_from(inputs, at)
        if known == number:
            if offset <= highest and append_ms <= highest_ms:
                return True
            word = _INPUT.pack(number, max(highest_ms, append_ms), offset)
            state.inputs = word if len(inputs) == 20 else inputs[:at] + word + inputs[at + 20 :]
            return False
    state.inputs = inputs + _INPUT.pack(number, append_ms, offset)
    return False
