"""The canary's way: a reserved touch, then a record of no lead on the log and on `ripe`, and one on a topic of its own.

Whatever reads leads passes over keys that begin with a zero byte, so that it is in no state, score, count or replay.
A stranger who sends one learns nothing and changes nothing: it is a few bytes that nobody waits for.
"""

import re
from collections.abc import Iterable
from typing import Protocol

import msgspec

from schemas.canary import Canary
from schemas.touch import Touch
from schemas.units import Millis
from streams.generations.log_marks import CANARY_KEY

RESERVED = "touchline.canary"
"""The kind and the source of its touch."""
NAMESPACE = "canary"

ID = re.compile(r"[0-9a-f]{1,32}-[0-9]{1,15}")
LEAD = re.compile(r"canary-[0-9]{1,9}")
"""Nothing else gets through: a canary carries no text of anybody's onto the log."""

_encode = msgspec.json.Encoder().encode
_decode = msgspec.json.Decoder(Canary).decode


class Stamped(Protocol):
    """A record as Kafka clients hand it out."""

    timestamp: int
    key: bytes | None
    value: bytes | None


def touch_of(number: str, lead: str, at_ms: Millis) -> bytes:
    """The touch that sends one on its way."""
    return _encode(Touch(touch_id=number, kind=RESERVED, source=RESERVED, at=at_ms, who={NAMESPACE: lead}))


def canary_of(touch: Touch, append_ms: Millis) -> Canary | None:
    """The canary that a touch of the reserved kind is; None: it only looks like one, and is a touch like all others."""
    lead = touch.who.get(NAMESPACE, "")
    if touch.source != RESERVED or len(touch.who) != 1 or not LEAD.fullmatch(lead) or not ID.fullmatch(touch.touch_id):
        return None
    return Canary(id=touch.touch_id, lead=lead, touch_ms=append_ms)


def said(canary: Canary) -> bytes:
    """The value of its record."""
    return _encode(canary)


def read(value: bytes | None) -> Canary | None:
    """What a record says; None: nobody of ours wrote it."""
    try:
        return _decode(value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def from_log(records: Iterable[Stamped]) -> list[bytes]:
    """What the score stage says on `ripe` of the canaries among these records of the log."""
    return [
        _encode(msgspec.structs.replace(canary, log_ms=record.timestamp))
        for record in records
        if record.key == CANARY_KEY and (canary := read(record.value)) is not None
    ]


def from_ripe(records: Iterable[Stamped]) -> list[bytes]:
    """What the route stage says on `canary` of those among these records of `ripe`."""
    return [
        _encode(msgspec.structs.replace(canary, ripe_ms=record.timestamp))
        for record in records
        if record.key == CANARY_KEY and (canary := read(record.value)) is not None
    ]


def stages_s(canary: Canary, arrived_ms: Millis) -> dict[str, float]:
    """Seconds by stage, between what the brokers stamped before and after it. Brokers' clocks may differ a little."""
    moments = (canary.touch_ms, canary.log_ms, canary.ripe_ms, arrived_ms)
    spans = zip(("identify", "score", "route"), moments, moments[1:], strict=False)
    return {stage: max(0, after - before) / 1000 for stage, before, after in spans}
