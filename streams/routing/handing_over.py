"""What route says to the world about a ripe lead, and what it answers to the lead's own log."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from schemas.handoff import HandoffData, HandoffEvent, HandoffType, Ripe
from schemas.lead_event import Assigned
from schemas.profile import Detail
from schemas.reject import Reject
from schemas.units import MINUTE_MS, DurationMs, Millis
from streams.moments import rfc3339
from streams.reading import read

LATE_MS = 5 * MINUTE_MS
"""A touch that Kafka got later than this after it happened is late: nobody could have answered it in time."""

SEQUENCE_DIGITS = 10

_RIPE = msgspec.json.Decoder(Ripe)
_DETAIL = msgspec.json.Decoder(Detail)
_TEXT = msgspec.json.Encoder(order="deterministic")
_ENCODER = msgspec.json.Encoder()


class Desk(Struct, frozen=True, kw_only=True):
    """Where handoffs go, and what is promised there."""

    queue: str
    respond_within_ms: DurationMs
    """From the touch to the first contact."""
    source: str
    """CloudEvents `source`: with `id` it is unique."""


class Routed(Struct, frozen=True, kw_only=True):
    """One ripe lead, routed."""

    handoff: HandoffEvent
    assigned: Assigned | None
    """For the lead's log; only a request is assigned."""


def read_ripe(value: bytes | None) -> Ripe | Reject:
    """A record of `ripe`, or why it cannot be one."""
    return read(_RIPE, value, "score")


def read_contact(details: Mapping[bytes, bytes]) -> dict[str, str]:
    """Contact details as a seller reads them, from a profile's hash; by name, so that the order is always the same."""
    return contact_of([text.decode() for pair in details.items() for text in pair])


def contact_of(flat: Sequence[str]) -> dict[str, str]:
    """The same from names and JSON details, by turns."""
    contact = {}
    for name, detail in sorted(zip(flat[::2], flat[1::2], strict=True)):
        value = _DETAIL.decode(detail).value
        if value is not None:
            contact[name] = _text(value)
    return contact


def route(ripe: Ripe, contact: dict[str, str], desk: Desk) -> Routed:
    """The same ripe, contact and desk always give the same words."""
    asked = ripe.type is HandoffType.REQUESTED
    promise_ms = respond_by(ripe, desk.respond_within_ms) if asked else ripe.respond_by_ms
    queue = "" if ripe.owner else ripe.queue or desk.queue
    event = HandoffEvent(
        id=f"{ripe.handoff_id}/{ripe.revision}",
        type=f"io.touchline.handoff.{ripe.type.value}.v1",
        source=desk.source,
        subject=ripe.lead_id,
        time=rfc3339(ripe.at_ms),
        partitionkey=ripe.lead_id,
        correlationid=ripe.handoff_id,
        causationid=ripe.cause_id,
        sequence=f"{ripe.revision:0{SEQUENCE_DIGITS}d}",
        data=_data(ripe, contact, queue, promise_ms),
        traceparent=ripe.trace or UNSET,
    )
    return Routed(handoff=event, assigned=_assigned(ripe, queue, promise_ms) if asked else None)


def respond_by(ripe: Ripe, within_ms: DurationMs) -> Millis | None:
    """The promise, from the touch; from its arrival when it came late; none for history, which starts no clocks."""
    if ripe.history:
        return None
    return (ripe.received_ms if is_late(ripe) else ripe.touch_at_ms) + within_ms


def is_late(ripe: Ripe) -> bool:
    """Did Kafka get the touch long after it happened?"""
    return ripe.received_ms - ripe.touch_at_ms > LATE_MS


def encode(said: HandoffEvent | Assigned) -> bytes:
    """JSON, fields in the order they are declared."""
    return _ENCODER.encode(said)


def _assigned(ripe: Ripe, queue: str, promise_ms: Millis | None) -> Assigned:
    return Assigned(
        id=f"{ripe.handoff_id}/{ripe.revision}/assigned",
        at_ms=ripe.at_ms,
        handoff_id=ripe.handoff_id,
        revision=ripe.revision,
        owner=ripe.owner,
        queue=queue,
        respond_by_ms=promise_ms,
        trace=ripe.trace,
    )


def _data(ripe: Ripe, contact: dict[str, str], queue: str, promise_ms: Millis | None) -> HandoffData:
    return HandoffData(
        why=ripe.why,
        handoff_id=ripe.handoff_id,
        revision=ripe.revision,
        lead_id=ripe.lead_id,
        crm_ids=ripe.ids,
        episode=ripe.episode,
        contact=contact,
        consent=ripe.consent,
        score=ripe.score,
        temperature=ripe.temperature,
        grade=ripe.grade,
        level=ripe.level,
        breakdown=ripe.breakdown,
        fit_breakdown=ripe.fit_breakdown,
        trigger=ripe.trigger,
        velocity=ripe.velocity,
        segment=ripe.segment,
        stage=ripe.stage,
        time_in_stage_s=ripe.time_in_stage_s,
        origin=ripe.origin,
        sources=ripe.sources,
        inquiries=ripe.inquiries,
        touches=ripe.touches,
        facts=ripe.facts,
        respond_by=None if promise_ms is None else rfc3339(promise_ms),
        forecast=ripe.forecast,
        model=ripe.model,
        late=is_late(ripe),
        owner=ripe.owner,
        queue=queue,
        override=ripe.override,
        reason=ripe.reason,
        outcome=ripe.outcome,
    )


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _TEXT.encode(value).decode()
