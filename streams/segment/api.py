"""Segment's HTTP API as touches and facts: what a request of its SDKs means to us, or why it cannot be used."""

import uuid
from enum import StrEnum
from typing import Any

import msgspec
from msgspec import Raw, Struct

from streams.people.faults import UNREADABLE
from streams.segment.event import Meant, event_meaning
from streams.topology import Topic

MAX_EVENT_BYTES = 32 * 1024
MAX_BATCH_BYTES = 500 * 1024
MAX_EVENTS = 2_500
MAX_ID = 256
"""Characters of a message id; longer ones are replaced by a hash."""

CALLS = ("track", "identify", "page", "screen", "group", "alias")
SHORT = {call[0]: call for call in CALLS if call != "identify"} | {"i": "identify"}
"""Paths of analytics.js: `/v1/t` is `/v1/track`."""
BATCHES = ("batch", "b", "import")
"""`import` is history: it scores and starts no clock."""

IDS = uuid.UUID("6d0b8f5e-3c1f-5d57-9a39-3f2f7f0f6a11")
"""Namespace of ids derived for events that carry none."""


class Fault(StrEnum):
    """Why a request is refused. A closed set: a metric label and the error's `code`."""

    NOT_JSON = "not_json"
    TOO_DEEP = "too_deep"
    WRONG_SHAPE = "wrong_shape"
    NO_IDENTITY = "no_identity"
    UNKNOWN_TYPE = "unknown_type"
    TOO_LARGE = "too_large"
    TOO_MANY = "too_many"
    WRONG_KEY = "wrong_key"
    BAD_ENCODING = "bad_encoding"
    UNKNOWN_PATH = "unknown_path"
    BUSY = "busy"
    TOO_FAST = "too_fast"
    TOO_SLOW = "too_slow"
    NOT_ACKNOWLEDGED = "not_acknowledged"


class Refusal(Struct, frozen=True, kw_only=True):
    """Nothing of the request was taken. For the reader who must act."""

    fault: Fault
    field: str
    found: str
    remedy: str

    @property
    def message(self) -> str:
        """One sentence: the field, what was found, what to send instead."""
        return f"{self.field}: {self.found}. {self.remedy}"


class Said(Struct, frozen=True):
    """One record to write."""

    topic: Topic
    key: bytes
    """One person's touches share it, so that they keep their order."""
    value: bytes


class _Envelope(Struct, rename="camel"):
    batch: list[Raw]
    sent_at: Any = None
    context: Any = None


_envelope = msgspec.json.Decoder(_Envelope)
_event = msgspec.json.Decoder(dict[str, Any])
_any = msgspec.json.Decoder()
_encode = msgspec.json.Encoder().encode


def understand(call: str, body: bytes, received_ms: int) -> list[Said] | Refusal:
    """All records that a request of `/v1/<call>` asks for. A request is taken whole or refused whole."""
    try:
        if call in BATCHES:
            return _batch(call, _envelope.decode(body), received_ms)
        said = _one("", SHORT.get(call, call), Raw(body), _Envelope(batch=[]), received_ms)
        return said if isinstance(said, Refusal) else [said]
    except UNREADABLE as fault:
        return explain(body, fault)


def claimed_key(body: bytes) -> str:
    """The write key inside a body, where browser SDKs put it; empty when there is none."""
    try:
        whole = _any.decode(body)
    except UNREADABLE:
        return ""
    key = whole.get("writeKey") if isinstance(whole, dict) else None
    return key if isinstance(key, str) else ""


def _batch(call: str, envelope: _Envelope, received_ms: int) -> list[Said] | Refusal:
    if len(envelope.batch) > MAX_EVENTS:
        found = f"{len(envelope.batch)} events"
        return Refusal(
            fault=Fault.TOO_MANY, field="batch", found=found, remedy=f"Send at most {MAX_EVENTS} in one request."
        )
    records: list[Said] = []
    for at, raw in enumerate(envelope.batch):
        said = _one(f"batch[{at}].", "", raw, envelope, received_ms, history=call == "import")
        if isinstance(said, Refusal):
            return said
        records.append(said)
    return records


def _one(
    where: str, call: str, raw: Raw, envelope: _Envelope, received_ms: int, *, history: bool = False
) -> Said | Refusal:
    size = len(memoryview(raw))
    if size > MAX_EVENT_BYTES:
        return Refusal(
            fault=Fault.TOO_LARGE, field=where.rstrip(".") or "event", found=f"{size} bytes",
            remedy=f"Send at most {MAX_EVENT_BYTES} in one event: a link instead of the content.",
        )  # fmt: skip
    try:
        event = _event.decode(raw)
    except UNREADABLE as fault:
        return explain(bytes(raw), fault, where.rstrip(".") or "body")
    if isinstance(envelope.context, dict):
        own = event.get("context")
        event["context"] = {**envelope.context, **own} if isinstance(own, dict) else envelope.context
    kind = call or event.get("type")
    if kind not in CALLS:
        found = "missing" if kind is None else "not one we know" if isinstance(kind, str) else "not a text"
        return Refusal(
            fault=Fault.UNKNOWN_TYPE, field=f"{where}type", found=found, remedy=f"Send one of {', '.join(CALLS)}."
        )
    meant = event_meaning(kind, event, _id(event, raw, where, received_ms), envelope.sent_at, received_ms, history)
    if isinstance(meant, Meant):
        return Said(meant.topic, meant.key, _encode(meant.message))
    field, found, remedy = meant
    why = Fault.NO_IDENTITY if field == "userId" else Fault.WRONG_SHAPE
    return Refusal(fault=why, field=f"{where}{field}", found=found, remedy=remedy)


def _id(event: dict[str, Any], raw: Raw, where: str, received_ms: int) -> str:
    """SDKs send a message id. Without one, the same words at the same claimed time are a repeat; else each is new."""
    given = event.get("messageId")
    if isinstance(given, str) and 0 < len(given) <= MAX_ID:
        return given
    if isinstance(given, str) and given:
        return str(uuid.uuid5(IDS, given))
    text = bytes(raw).decode("utf-8", "replace")
    timed = event.get("timestamp") or event.get("originalTimestamp")
    return str(uuid.uuid5(IDS, text if timed else f"{received_ms} {where} {text}"))


def explain(body: bytes, fault: Exception, field: str = "body") -> Refusal:
    """A decoder's complaint as a refusal. Its own words may quote the data, so only shapes are told."""
    if isinstance(fault, RecursionError):
        return Refusal(
            fault=Fault.TOO_DEEP, field=field, found="nested too deeply", remedy="Send flat properties and traits."
        )
    if isinstance(fault, msgspec.ValidationError) and "out of range" not in str(fault):
        if field == "body" and b'"batch"' in body:
            return Refusal(
                fault=Fault.WRONG_SHAPE, field="batch", found="not a list", remedy='Send {"batch": [event, ...]}.'
            )
        if field == "body":
            return Refusal(
                fault=Fault.WRONG_SHAPE, field="body", found="JSON of another shape",
                remedy='Send one event as an object, or {"batch": [event, ...]} to /v1/batch.',
            )  # fmt: skip
        return Refusal(
            fault=Fault.WRONG_SHAPE, field=field, found="not an object", remedy='Send {"type": "track", ...}.'
        )
    return Refusal(
        fault=Fault.NOT_JSON, field=field, found=f"{len(body)} bytes that are not JSON",
        remedy="Send UTF-8 JSON; numbers must be finite.",
    )  # fmt: skip
