"""States of earlier releases: bytes frozen when they were written, read by this release as what they meant."""

import base64
import json
import struct
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.lead_state import STATE_SCHEMA, LeadState
from schemas.units import HOUR_MS
from streams.fold import fold
from streams.lead_codec import UnreadableState, applied_of, body_of, deadline_of, decode, encode, moved
from streams.scoring.roll import entries
from streams.state_upgrades import STEPS, readable
from tests.pure.lives import T, Table, after, judge, learned, live, log, origin, touched

FROZEN = Path(__file__).parent / "golden" / "lead_states_schema_1.jsonl"
LIVES: dict[str, dict[str, Any]] = {
    one["life"]: one for one in map(json.loads, FROZEN.read_text(encoding="utf-8").splitlines())
}


def frozen(life: str) -> bytes:
    return base64.b64decode(LIVES[life]["bytes"])


def plain(state: LeadState) -> dict[str, Any]:
    said = {name: getattr(state, name) for name in state.__struct_fields__}
    said["recent"] = [msgspec.msgpack.decode(touch) for touch in entries(state.recent)]
    said["seen"] = dict(struct.iter_unpack("<QI", state.seen))
    said["inputs"] = {number: rest for number, *rest in struct.iter_unpack("<Iqq", state.inputs)}
    said["bursts"] = {
        name: [b.times, [msgspec.msgpack.decode(ref) for ref in entries(b.refs)], b.fired]
        for name, b in state.bursts.items()
    }
    return dict(json.loads(msgspec.json.encode(msgspec.to_builtins(said, str_keys=True))))


@pytest.mark.parametrize("life", LIVES)
def test_a_state_of_the_first_schema_is_read_as_what_it_meant(life: str) -> None:
    value = frozen(life)

    assert 1 == value[0]
    means = LIVES[life]["means"] | {"temperature_ms": 0, "grade_ms": 0}
    means["surges"] = {name: surge[:2] for name, surge in means["surges"].items()}  # their last firing is not kept
    means["deadline_ms"] = deadline_of(value)
    if means["episode"] is not None:
        means["episode"] += [False, None]  # whether it was at the line is not known, and nothing was promised
    assert plain(LeadState()) | means == plain(decode(value))


@pytest.mark.parametrize("life", LIVES)
def test_a_state_read_from_the_first_schema_is_written_in_this_one(life: str) -> None:
    value = frozen(life)
    again = encode(decode(value), applied_of(value))

    assert STATE_SCHEMA == again[0]
    assert (applied_of(value), deadline_of(value)) == (applied_of(again), deadline_of(again))
    assert decode(value) == decode(again)


def test_each_schema_before_this_one_has_a_step_to_the_next() -> None:
    assert set(range(1, STATE_SCHEMA)) == set(STEPS)
    assert all(readable(schema) for schema in range(1, STATE_SCHEMA + 1))


def test_a_newer_schema_is_refused_in_words() -> None:
    value = bytes([STATE_SCHEMA + 1]) + encode(LeadState(touches=3), 7)[1:]

    with pytest.raises(
        UnreadableState, match=f"schema {STATE_SCHEMA + 1}.*reads up to {STATE_SCHEMA}: run the release"
    ):
        decode(value)


@pytest.mark.parametrize("value", [b"", b"\0", bytes([STATE_SCHEMA]), b"\1" + bytes(16) + b"\xc1", b"\1" + bytes(16)])
def test_damaged_bytes_are_refused_in_words(value: bytes) -> None:
    with pytest.raises(UnreadableState):
        decode(value)


def test_a_lead_of_the_first_schema_lives_on() -> None:
    table, by = Table(), judge()
    table.kept[b"L1"] = frozen("one page view")

    later = msgspec.structs.replace(touched("demo_request", T + HOUR_MS), origin=origin(50, append_ms=T + HOUR_MS))
    told = fold(log([later], start=50), table, by)

    assert 2 == after(told).touches
    assert [("cold", "warm", None)] == [(s.previous, s.to, s.seconds_in_from) for s in told.stages]
    assert T + HOUR_MS == after(told).temperature_ms


def test_the_time_in_a_label_is_told_once_it_is_known() -> None:
    _, told = live(
        [
            touched("page_view", T, page="/about"),
            touched("demo_request", T + HOUR_MS),
            touched("demo_request", T + 3 * HOUR_MS, id="again"),
            learned(T + 4 * HOUR_MS, headcount=40),
        ],
        judge(),
    )

    assert [
        ("temperature", "cold", "warm", 3600.0),
        ("temperature", "warm", "hot", 7200.0),
        ("grade", "C", "B", 4 * 3600.0),
    ] == [(s.dimension, s.previous, s.to, s.seconds_in_from) for s in told.stages]


@given(st.binary(max_size=40), st.integers(-1, 2**60), st.integers(-1, 2**60))
def test_a_moved_state_says_the_same_at_another_offset(owner: bytes, here: int, there: int) -> None:
    value = encode(LeadState(owner=owner.hex(), deadline_ms=9), here)

    assert (there, 9) == (applied_of(moved(value, there)), deadline_of(moved(value, there)))
    assert body_of(value) == body_of(moved(value, there))
    assert decode(value) == decode(moved(value, there))
