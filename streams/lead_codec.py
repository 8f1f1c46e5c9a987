"""The bytes of a lead's state: a fixed header that a restore reads without decoding, then msgpack arrays.

Header, big endian: schema number (1 byte), applied offset (8, signed), next deadline in ms (8, signed; 0: none).
"""

import struct
from collections.abc import Collection
from operator import itemgetter

import msgspec

from schemas.lead_state import STATE_SCHEMA, LeadState
from streams.state_upgrades import readable, upgraded

_HEADER = struct.Struct(">Bqq")
_OFFSET = struct.Struct(">q")
_OFFSET_BYTES = itemgetter(slice(1, 9))
_BELOW_ZERO = b"\x80"
_NEVER = bytes(8)
_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(LeadState)

CONTROL_KEY = b"\0control"
"""Key of the control records on `lead.state`: no lead id begins with a zero byte."""


class UnreadableState(Exception):
    """A state that this release cannot read; the sentence says what to do."""


def encode(state: LeadState, applied: int) -> bytes:
    """The record of a lead: header and state."""
    return _HEADER.pack(STATE_SCHEMA, applied, state.deadline_ms) + _ENCODER.encode(state)


def applied_of(value: bytes) -> int:
    """Offset of the last event of the lead's log that the state holds."""
    offset: int = _OFFSET.unpack_from(value, 1)[0]
    return offset


def applied_between(values: Collection[bytes]) -> tuple[int, int]:
    """The lowest and the highest of their applied offsets; (-1, -1) for none. At a third of asking each."""
    told = list(map(_OFFSET_BYTES, values))
    if not told:
        return -1, -1
    lowest, highest = min(told), max(told)
    if highest >= _BELOW_ZERO:  # rare, and in bytes greater than all others
        offsets = list(map(applied_of, values))
        return min(offsets), max(offsets)
    return int.from_bytes(lowest), int.from_bytes(highest)


def has_deadline(value: bytes) -> bool:
    """Can time alone change something of the lead?"""
    return value[9:17] != _NEVER


def deadline_of(value: bytes) -> int:
    """The lead's next deadline in ms; 0: none."""
    deadline: int = _OFFSET.unpack_from(value, 9)[0]
    return deadline


def decode(value: bytes) -> LeadState:
    """The state of a lead, of this schema or an earlier one. Raises `UnreadableState` for a newer or damaged one."""
    schema = value[0] if value else -1
    if not readable(schema):
        raise UnreadableState(
            f"lead.state holds schema {schema}, this release reads up to {STATE_SCHEMA}: run the release that wrote "
            "it, or a newer one"
        )
    body: bytes | memoryview = memoryview(value)[_HEADER.size :]
    try:
        if schema == STATE_SCHEMA:
            return _DECODER.decode(body)
        state = _DECODER.decode(upgraded(schema, body))
        state.deadline_ms = deadline_of(value)
        return state
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, struct.error, LookupError) as fault:
        raise UnreadableState(f"a state on lead.state is damaged: {fault}") from fault


def moved(value: bytes, applied: int) -> bytes:
    """The same state on another log, where it holds the events up to this offset."""
    return value[:1] + _OFFSET.pack(applied) + value[9:]


def body_of(value: bytes) -> bytes:
    """What a state says, without where it stands on its log."""
    return value[:1] + value[9:]
