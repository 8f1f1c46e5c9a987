"""The intake as an OpenAPI 3.1 document: what may be sent where, what is answered, and what each refusal says.

Segment's own calls are described as its public HTTP API documents them; we take more than that and refuse by name.
"""

from typing import Any

import msgspec

from streams.routing.asking import Answer, Question
from streams.segment.api import BATCHES, CALLS, MAX_BATCH_BYTES, MAX_EVENT_BYTES, MAX_EVENTS, SHORT, Fault

VERSION = "3.1.0"
CONTRACT = "1.0.0"
"""Version of what we take and answer: the second number grows with a field, the first with a meaning."""
JSON = "application/json"

ABOUT = (
    "Segment's HTTP API, so that its SDKs (and RudderStack's) feed Touchline by changing one host, and a synchronous "
    "answer for telephone systems and chats. 200 means that the broker has it. A request is taken whole or refused "
    "whole; every refusal names the field, what was found and what to send instead."
)
MEANT = {
    "track": "Somebody did something: a touch whose kind is the event's name.",
    "identify": "Facts of a person, and which identities are theirs.",
    "page": "A page was viewed.",
    "screen": "A screen of an app was viewed.",
    "group": "Facts of the person's company.",
    "alias": "Two identities are one person.",
}
MANY = {
    "batch": "Many calls in one request.",
    "b": "As `batch`.",
    "import": "History: it scores and starts no clock.",
}
REFUSALS = {
    "400": "Not usable: `code` says why, `field` where.",
    "401": "Not the key of this intake.",
    "408": "The body took too long to arrive.",
    "413": f"A body past {MAX_BATCH_BYTES} bytes, unpacked.",
    "415": "A Content-Encoding other than gzip and identity, or gzip that is not whole.",
    "429": "Too many requests: of this address, or in flight at all. Send it again after `Retry-After` seconds.",
    "503": "The broker has not acknowledged it. Send it again after `Retry-After` seconds: ids make repeats free.",
}


def openapi() -> dict[str, Any]:
    """The whole document."""
    (question, answer), components = msgspec.json.schema_components(
        [Question, Answer], ref_template="#/components/schemas/{name}"
    )
    paths: dict[str, Any] = {}
    for call in CALLS:
        paths[f"/v1/{call}"] = {"post": _post(call, MEANT[call], _ref("Event"), _ref("Taken"))}
    for short, call in SHORT.items():
        paths[f"/v1/{short}"] = {"post": _post(f"{call} (short)", f"As `{call}`.", _ref("Event"), _ref("Taken"))}
    for batch in BATCHES:
        paths[f"/v1/{batch}"] = {"post": _post(batch, MANY[batch], _ref("Batch"), _ref("Taken"))}
    told = "Who takes this caller? From what is known now; nothing is counted, nobody is promised."
    paths["/v1/route/decide"] = {"post": _post("decide", told, question, answer)}
    return {
        "openapi": VERSION,
        "info": {"title": "Touchline intake", "version": CONTRACT, "description": ABOUT},
        "servers": [{"url": "http://127.0.0.1:6160", "description": "`touchline run intake`"}],
        "security": [{"key": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "basic",
                    "description": "The write key (of `decide`: the ask key) as user name, no password. "
                    "Browsers may send it as `writeKey` in the body instead.",
                }
            },
            "schemas": {"Event": _event(), "Batch": _batch(), "Taken": _taken(), "Refusal": _refusal(), **components},
        },
    }


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


def _post(call: str, what: str, asked: dict[str, Any], answered: dict[str, Any]) -> dict[str, Any]:
    responses = {"200": {"description": "Done.", "content": {JSON: {"schema": answered}}}}
    for status, why in REFUSALS.items():
        responses[status] = {"description": why, "content": {JSON: {"schema": _ref("Refusal")}}}
    return {
        "operationId": call.replace(" (short)", "_short"),
        "summary": what,
        "parameters": [
            {
                "name": "traceparent", "in": "header", "required": False, "schema": {"type": "string"},
                "description": "W3C trace context: it goes with the records to the handoff. Another form is left out.",
            }
        ],
        "requestBody": {"required": True, "content": {JSON: {"schema": asked}}},
        "responses": responses,
    }  # fmt: skip


def _event() -> dict[str, Any]:
    """As Segment's specification has it; what we do not read is left out."""
    text, whatever = {"type": "string"}, {"type": "object"}
    return {
        "type": "object",
        "description": f"At most {MAX_EVENT_BYTES} bytes; `userId` or `anonymousId` must be a text that is not empty.",
        "properties": {
            "type": {"enum": list(CALLS), "description": "Within a batch: which call it is."},
            "userId": text,
            "anonymousId": text,
            "messageId": text | {"description": "A repeat of it is counted once."},
            "timestamp": text | {"description": "ISO 8601."},
            "event": text | {"description": "Of `track`: what the person did."},
            "name": text,
            "groupId": text,
            "previousId": text,
            "properties": whatever,
            "traits": whatever,
            "context": whatever,
            "writeKey": text,
        },
    }


def _batch() -> dict[str, Any]:
    return {
        "type": "object",
        "required": ["batch"],
        "properties": {
            "batch": {"type": "array", "maxItems": MAX_EVENTS, "items": _ref("Event")},
            "sentAt": {"type": "string", "description": "By the sender's clock: its error is taken off all times."},
            "context": {"type": "object", "description": "Of every event that has none of its own."},
            "writeKey": {"type": "string"},
        },
    }


def _taken() -> dict[str, Any]:
    return {"type": "object", "required": ["success"], "properties": {"success": {"const": True}}}


def _refusal() -> dict[str, Any]:
    texts = ("message", "field", "found", "remedy")
    return {
        "type": "object",
        "required": ["success", "code", *texts],
        "properties": {
            "success": {"const": False},
            "code": {"enum": sorted(fault.value for fault in Fault)},
            **{name: {"type": "string"} for name in texts},
        },
    }
