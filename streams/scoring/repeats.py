"""Is it a repeat? Our own re-emissions are known by their input coordinates, a producer's retries by their ids."""

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

_TOPIC_NUMBERS = {topic.name: number << 16 for number, topic in enumerate(INPUTS)}


def hash_of(text: str) -> int:
    """64 bits that stand for a text (XXH3): a thousand of them collide once in 4e13 leads."""
    return xxh3_64_intdigest(text.encode("utf-8", "surrogatepass"))


def seen_before(state: LeadState, event: TouchSeen | FactLearned | CrmSaid) -> bool:
    """True for a repeat; otherwise the event is remembered."""
    origin = event.origin
    derived = isinstance(event, FactLearned) and event.by == DERIVED_BY
    if not derived and _emitted_before(state, origin):
        return True
    key = hash_of(event.id) ^ _KIND_SALT[type(event)]
    seen = state.seen
    if key in seen:
        return True
    minute = origin.append_ms // MINUTE_MS
    while seen:
        oldest = next(iter(seen))
        if len(seen) < KEEP_IDS and seen[oldest] >= minute - KEEP_MINUTES:
            break
        del seen[oldest]
    seen[key] = minute
    return False


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
    highest = state.inputs.get(number + origin.partition)
    if highest is None:
        state.inputs[number + origin.partition] = [origin.append_ms, origin.offset]
        return False
    if origin.offset <= highest[1] and origin.append_ms <= highest[0]:
        return True
    highest[0] = max(highest[0], origin.append_ms)
    highest[1] = origin.offset
    return False
