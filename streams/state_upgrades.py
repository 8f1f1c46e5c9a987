"""Reads states of earlier schemas: one pure step from each schema to the next, on the decoded arrays.

A step never looks at types of the present: it must do the same for ever, so it knows positions and plain values only.
"""

import struct
from collections.abc import Callable
from typing import Any

import msgspec

from schemas.lead_state import STATE_SCHEMA

State = list[Any]
"""A lead's state as its array: one entry per field, in the order of the schema."""

FIELDS_OF_1 = 28
UNKNOWN = 0


def _from_1(state: State) -> State:
    """2 adds `temperature_ms` and `grade_ms`. When a label of an earlier release began is not known."""
    return [*state[:FIELDS_OF_1], UNKNOWN, UNKNOWN]


def _from_2(state: State) -> State:
    """3 keeps what every touch looks up, and what only a handoff reads, in packed bytes; a surge's last firing goes."""
    _, seen, inputs, _, _, bursts, surges, *_ = state
    state[1] = b"".join(struct.pack("<QI", key, minute) for key, minute in seen.items())
    state[2] = b"".join(struct.pack("<Iqq", number, *highest) for number, highest in inputs.items())
    for burst in bursts.values():
        burst[1] = _roll(burst[1])
    for surge in surges.values():
        del surge[2:]
    state[19] = _roll(state[19])
    return state


def _roll(arrays: list[Any]) -> bytes:
    told = [msgspec.msgpack.encode(array) for array in arrays]
    return bytes([len(told)]) + b"".join(struct.pack(">I", len(one)) + one for one in told) if told else b""


def _from_3(state: State) -> State:
    """4 ends with `kin`: a lead of before is nobody's."""
    return state


STEPS: dict[int, Callable[[State], State]] = {1: _from_1, 2: _from_2, 3: _from_3}
"""By the schema a step starts from; it ends at the next."""


def readable(schema: int) -> bool:
    """Can this release read states of that schema?"""
    return schema == STATE_SCHEMA or schema in STEPS


def upgraded(schema: int, body: bytes | memoryview) -> bytes:
    """The array of an earlier schema as one of the present schema, both encoded."""
    state: State = msgspec.msgpack.decode(body, type=State)
    for number in range(schema, STATE_SCHEMA):
        state = STEPS[number](state)
    return msgspec.msgpack.encode(state)
