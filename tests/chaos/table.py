"""What the system says it knows, as a stranger reads it: states, cards, profiles, ledger, handoffs."""

import json
import struct
from collections.abc import Iterable
from typing import Any

import msgspec
from aiokafka import ConsumerRecord
from msgspec import Struct

from schemas.lead_state import LeadState

HEADER = struct.Struct(">Bqq")
"""Schema, applied offset, next deadline: the documented head of a state."""
MICRO = 1_000_000
NO_LEAD = b"\0"
"""Keys that begin so are control records."""


class Held(Struct, frozen=True):
    """One lead's state."""

    applied: int
    person: str
    """The external id we gave; empty: the state does not know it."""
    touches: int
    engagement: float
    survivor: str = ""
    """The lead it was merged into; empty: none."""


class LedgerRead(Struct):
    """The ledger, its repeats taken out."""

    sums: dict[str, float] = {}
    """Engagement by lead."""
    ticks: dict[str, set[tuple[str, int]]] = {}
    """(lead, offset) at which each touch was counted, by touch id: more than one is a touch counted twice."""
    contradictions: list[str] = []
    """Lines said again with another amount."""


class HandoffsRead(Struct):
    """Requests to sales."""

    ids: dict[str, set[str]] = {}
    """Handoff ids by lead."""
    messages: int = 0
    causes: dict[str, set[str]] = {}
    """Event that opened it, by handoff id: one."""
    withdrawn: dict[str, set[str]] = {}
    """Reasons by handoff id."""
    repeated: int = 0
    """The same request said again: allowed, its id is the same."""


def states(records: Iterable[ConsumerRecord]) -> dict[str, Held]:
    """By lead: of all records of a key the one with the highest applied offset."""
    latest: dict[bytes, bytes] = {}
    for record in records:
        if record.key.startswith(NO_LEAD):
            continue
        held = latest.get(record.key)
        if held is None or HEADER.unpack_from(record.value)[1] >= HEADER.unpack_from(held)[1]:
            latest[record.key] = record.value
    return {key.decode(): _held(value) for key, value in latest.items()}


def _held(value: bytes) -> Held:
    _, applied, _ = HEADER.unpack_from(value)
    state = msgspec.msgpack.decode(value[HEADER.size :], type=LeadState)
    survivor = state.kin.merged_into if state.kin is not None else ""
    return Held(applied, state.ids.get("crm:check", ""), state.touches, state.engagement / MICRO, survivor)


def last_states(records: Iterable[ConsumerRecord]) -> dict[str, int]:
    """Applied offset of each lead's last record, whatever came before: what compaction will leave."""
    return {r.key.decode(): HEADER.unpack_from(r.value)[1] for r in records if not r.key.startswith(NO_LEAD)}


def cards(records: Iterable[ConsumerRecord]) -> dict[str, dict[str, Any]]:
    """The latest card of each lead that has one: a tombstone takes it away."""
    latest = {record.key.decode(): record.value for record in records}
    return {lead: json.loads(value) for lead, value in latest.items() if value is not None}


def headcounts(records: Iterable[ConsumerRecord]) -> dict[str, int]:
    """What the latest profile of each lead says: the model of the load scores no fact, so facts are kept there."""
    latest = {r.key.decode(): json.loads(r.value)["details"] for r in records if r.value is not None}
    return {lead: details["headcount"][0] for lead, details in latest.items() if "headcount" in details}


def ledger(records: Iterable[ConsumerRecord]) -> LedgerRead:
    """Sums and counted touches; the same line said twice counts once."""
    read = LedgerRead()
    seen: dict[tuple[str, int, str, str], tuple[float, float]] = {}
    for record in records:
        line = json.loads(record.value)
        name = (line["lead_id"], line["offset"], line["dimension"], line["rule"])
        amount = (line["delta"], line["score_after"])
        if seen.setdefault(name, amount) != amount:
            read.contradictions.append(f"{name} was {seen[name]} and is {amount}")
        if line["cause"] == "touch":
            for touch in line["touches"]:
                read.ticks.setdefault(touch["touch_id"], set()).add((line["lead_id"], line["offset"]))
    for (lead, _, dimension, _), (delta, _) in seen.items():
        if dimension == "engagement":
            read.sums[lead] = read.sums.get(lead, 0.0) + delta
    return read


def handoffs(records: Iterable[ConsumerRecord]) -> HandoffsRead:
    """Requests, and how often they were said."""
    read, said = HandoffsRead(), set()
    for record in records:
        event = json.loads(record.value)
        if event["type"] == "io.touchline.handoff.withdrawn.v1":
            read.withdrawn.setdefault(event["data"]["handoff_id"], set()).add(event["data"]["reason"])
        if event["type"] != "io.touchline.handoff.requested.v1":
            continue
        read.messages += 1
        read.repeated += event["id"] in said
        said.add(event["id"])
        read.ids.setdefault(event["subject"], set()).add(event["data"]["handoff_id"])
        read.causes.setdefault(event["data"]["handoff_id"], set()).add(event["causationid"])
    return read


def ripe(records: Iterable[ConsumerRecord]) -> dict[str, set[str]]:
    """Handoff ids the score asked for, by lead."""
    asked: dict[str, set[str]] = {}
    for record in records:
        word = json.loads(record.value)
        if word["type"] == "requested":
            asked.setdefault(word["lead_id"], set()).add(word["handoff_id"])
    return asked


def compacted(records: Iterable[ConsumerRecord]) -> int:
    """Records that compaction has taken away between those that are left."""
    ends: dict[int, int] = {}
    left = 0
    for record in records:
        ends[record.partition] = record.offset + 1
        left += 1
    return sum(ends.values()) - left
