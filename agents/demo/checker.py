"""Counts again what came of everything sent, from Kafka alone: what was lost, what was counted twice."""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Iterable
from typing import Any

import msgspec
from msgspec import Struct

from agents.demo.gauges import REQUESTED
from agents.demo.receipts import Receipts
from agents.demo.settling import settled
from agents.settings import Settings
from agents.topics.reader import kept
from schemas.handoff import HandoffType
from schemas.lead_state import LeadState
from streams.generations.log_marks import NO_LEAD
from streams.lead_codec import CONTROL_KEY, applied_of, decode
from streams.topology import HANDOFFS, LEAD_EVENTS, LEAD_STATE, RIPE, TOUCH_TOPICS, Topic

SETTLED_WITHIN_S = 45.0


class Count(Struct, frozen=True, kw_only=True):
    """What the checker found."""

    sent: int
    """Distinct touches that Kafka acknowledged to a sender, or has without the sender knowing."""
    counted: int
    """Touches and attempts in the score table, rebuilt from its changelog."""
    lost: int
    """Sent, and missing on the inputs, on the log, or in the score table of the lead."""
    twice: int
    """Counted beyond the distinct touches of a lead, for two leads, or never sent."""
    handoffs: int
    """Requests on `handoffs`, a repeated message counted once."""
    handoff_ids: int
    """Distinct handoff ids among them."""
    handoff_repeats: int
    """Messages sent again after a kill, with the same id: a consumer drops them by it."""
    handoffs_missing: int
    """Episodes of the score table that no message on `handoffs` asks for."""
    leads: int
    """Left: those that were merged into another are not."""
    merged: int
    settled: bool
    """Everything had been processed when it was counted."""

    @property
    def line(self) -> str:
        """For people."""
        return (
            f"sent {self.sent:,} · counted {self.counted:,} · lost {self.lost:,} · twice {self.twice:,} · "
            f"handoffs {self.handoffs:,}, ids {self.handoff_ids:,} · leads {self.leads:,}, merged {self.merged:,}"
        )

    @property
    def exact(self) -> bool:
        """Nothing lost, nothing twice, nobody handed over twice."""
        handed_off = self.handoffs == self.handoff_ids and not self.handoffs_missing
        return not self.lost and not self.twice and self.sent == self.counted and handed_off and self.settled


class Seen(Struct):
    """What Kafka holds."""

    inputs: set[str]
    """Touch ids at the doors."""
    log: dict[str, set[str]]
    """Touch ids on the log, by the lead they were written to."""
    states: dict[str, LeadState]
    """The score table by lead: of each the record with the highest applied offset."""
    ripe: set[str]
    """Handoff ids that the score stage asked for."""
    requested: Counter[tuple[str, str]]
    """(CloudEvents id, handoff id) of each request."""


async def check(settings: Settings, receipts: Receipts, within_s: float = SETTLED_WITHIN_S) -> Count:
    """Wait until all is processed, then read everything back and compare."""
    quiet = await settled(settings, within_s)
    seen = Seen(
        inputs=await _inputs(settings),
        log=await _log(settings),
        states=await _states(settings),
        ripe=await _ripe(settings),
        requested=await _requested(settings),
    )
    return compare(receipts, seen, quiet=quiet)


def compare(receipts: Receipts, seen: Seen, *, quiet: bool) -> Count:
    """What was sent beside what came of it."""
    sent = receipts.acknowledged | (receipts.unsure & seen.inputs)
    leads_of = Counter(touch for touches in seen.log.values() for touch in touches)
    lost = len(sent - (seen.inputs & leads_of.keys()))
    twice = sum(leads - 1 for leads in leads_of.values()) + len(leads_of.keys() - sent)
    counted, holding, written = 0, Counter[str](), Counter[str]()
    for lead, touches in seen.log.items():
        written[_left(lead, seen.states)] += len(touches)
    for lead, state in seen.states.items():
        holding[lead] += state.touches + state.attempts
    for lead in written.keys() | holding.keys():
        counted += holding[lead]
        off = holding[lead] - written[lead]
        twice, lost = twice + max(0, off), lost + max(0, -off)
    asked = {handoff_id for _, handoff_id in seen.requested}
    episodes = sum(state.episodes for state in seen.states.values())
    merged = sum(_survivor(state) != "" for state in seen.states.values())
    return Count(
        sent=len(sent), counted=counted, lost=lost, twice=twice,
        handoffs=len(seen.requested), handoff_ids=len(asked),
        handoff_repeats=seen.requested.total() - len(seen.requested),
        handoffs_missing=max(len(seen.ripe - asked), episodes - len(asked)),
        leads=len(seen.states) - merged, merged=merged, settled=quiet,
    )  # fmt: skip


def _left(lead: str, states: dict[str, LeadState]) -> str:
    """The lead that has a lead's touches now."""
    while (state := states.get(lead)) is not None and (survivor := _survivor(state)):
        lead = survivor
    return lead


def _survivor(state: LeadState) -> str:
    return state.kin.merged_into if state.kin is not None else ""


class _Id(Struct):
    touch_id: str


class _Event(Struct):
    type: str
    id: str


class _Ripe(Struct):
    type: str
    handoff_id: str


class _Data(Struct):
    handoff_id: str


class _Handoff(Struct):
    type: str
    id: str
    data: _Data


async def _inputs(settings: Settings) -> set[str]:
    """Of every message at the doors for touches that can be read at all: poison has no id to count."""
    ids: set[str] = set()
    decode_id = msgspec.json.Decoder(_Id).decode
    for topic in TOUCH_TOPICS:
        async for value in _values(settings, topic):
            try:
                ids.add(decode_id(value).touch_id)
            except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
                continue
    return ids


async def _log(settings: Settings) -> dict[str, set[str]]:
    touches: dict[str, set[str]] = defaultdict(set)
    decode_event = msgspec.json.Decoder(_Event).decode
    async for batch in kept(settings, LEAD_EVENTS):
        for record in batch:
            if (record.key or b"").startswith(NO_LEAD):
                continue
            event = decode_event(record.value or b"")
            if event.type == "touch":
                touches[(record.key or b"").decode()].add(event.id)
    return touches


async def _states(settings: Settings) -> dict[str, LeadState]:
    latest: dict[bytes, bytes] = {}
    async for batch in kept(settings, LEAD_STATE):
        for record in batch:
            key, value = record.key or b"", record.value
            if key == CONTROL_KEY:
                continue
            if value is None:
                latest.pop(key, None)
            elif key not in latest or applied_of(value) >= applied_of(latest[key]):
                latest[key] = value
    return {key.decode(): decode(value) for key, value in latest.items()}


async def _ripe(settings: Settings) -> set[str]:
    asked: set[str] = set()
    async for batch in kept(settings, RIPE):
        asked |= asked_in(batch)
    return asked


def asked_in(records: Iterable[Any]) -> set[str]:
    """Handoff ids that records of `ripe` ask for; what concerns no lead is passed over."""
    decode_ripe = msgspec.json.Decoder(_Ripe).decode
    said = [decode_ripe(record.value or b"") for record in records if not (record.key or b"").startswith(NO_LEAD)]
    return {ripe.handoff_id for ripe in said if ripe.type == HandoffType.REQUESTED}


async def _requested(settings: Settings) -> Counter[tuple[str, str]]:
    decode_handoff = msgspec.json.Decoder(_Handoff).decode
    said = [decode_handoff(value) async for value in _values(settings, HANDOFFS)]
    return Counter((event.id, event.data.handoff_id) for event in said if event.type == REQUESTED)


async def _values(settings: Settings, topic: Topic) -> AsyncIterator[bytes]:
    async for batch in kept(settings, topic):
        for record in batch:
            yield record.value or b""
