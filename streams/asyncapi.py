"""The flow as an AsyncAPI 3.1 document: every topic, who reads and writes it, and how it is kept. From the topology."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from schemas.export import schema
from schemas.handoff import HandoffEvent
from schemas.headers import CloudEventHeaders
from schemas.lead_state import LeadState
from streams.topic_settings import config
from streams.topology import DEFAULT_PARTITIONS, INPUTS, INTAKE, TOPICS, TOPOLOGY, Step, Topic

VERSION = "3.1.0"
CONTRACT = "1.0.0"
"""Version of what we say: the second number grows with a field, the first with a meaning."""
KAFKA_BINDING = "0.5.0"
STRUCTURED = "application/cloudevents+json; charset=UTF-8"
ABOUT = (
    "Touchline scores leads while they act, and hands them to sales the moment they are ripe. "
    "Touches, facts and CRM updates come in; cards, ledger, stages, tasks, news and handoffs go out. "
    "Topics marked `private` are not for others: their layout may change in any release. A shared cluster puts a "
    "prefix before every topic and group name."
)
GUARANTEE = (
    "At least once: a repeat carries the same id (touch_id, fact_id, update_id; handoff_id with revision), so keep the "
    "ids you have seen. One lead's messages keep their order."
)
Examples = Mapping[str, Sequence[object]]
"""Recorded messages by topic name."""


def asyncapi(examples: Examples, partitions: int = DEFAULT_PARTITIONS) -> dict[str, Any]:
    """The whole document. Payloads refer to the JSON Schemas beside it (`json/<topic>.json`)."""
    operations = {name: body for step in (INTAKE, *TOPOLOGY) for name, body in _operations(step).items()}
    return {
        "asyncapi": VERSION,
        "info": {"title": "Touchline", "version": CONTRACT, "description": f"{ABOUT}\n\n{GUARANTEE}"},
        "defaultContentType": "application/json",
        "servers": {
            "kafka": {
                "host": "{bootstrap}",
                "protocol": "kafka",
                "description": "Your Kafka.",
                "variables": {"bootstrap": {"default": "127.0.0.1:9092", "description": "host:port of a broker"}},
            }
        },
        "channels": {topic.name: _channel(topic, partitions) for topic in TOPICS},
        "operations": operations,
        "components": {
            "messages": {topic.name: _message(topic, examples.get(topic.name, ())) for topic in TOPICS},
            "messageTraits": {
                "cloudEventsBinary": {
                    "name": "CloudEvents, binary mode",
                    "headers": _headers(schema("cloudevents.headers", CloudEventHeaders, "")),
                }
            },
        },
    }


def schemas(examples: Examples) -> dict[str, dict[str, Any]]:
    """The JSON Schema of each topic, by topic name."""
    return {topic.name: schema(topic.name, topic.says, topic.what, examples.get(topic.name, ())) for topic in TOPICS}


def _channel(topic: Topic, partitions: int) -> dict[str, Any]:
    kept: dict[str, Any] = dict(config(topic))
    kept["cleanup.policy"] = [kept["cleanup.policy"]]
    kept |= {name: int(text) for name, text in kept.items() if name.endswith(("bytes", "ms"))}
    binding: dict[str, Any] = {"topic": topic.name}
    if topic.copartitioned:
        binding["partitions"] = partitions
    binding |= {"topicConfiguration": kept, "bindingVersion": KAFKA_BINDING}
    body: dict[str, Any] = {
        "address": topic.name,
        "summary": topic.what,
        "messages": {message_name(topic): {"$ref": f"#/components/messages/{topic.name}"}},
        "bindings": {"kafka": binding},
    }
    marks = [mark for mark, held in (("private", topic.private), ("personal-data", topic.personal)) if held]
    if marks:
        body["tags"] = [{"name": mark} for mark in marks]
    return body


def message_name(topic: Topic) -> str:
    """The type said on a topic, as one word."""
    if topic.says is bytes:
        return "DeadLetter"
    return getattr(topic.says, "__name__", "LeadEvent")


def _message(topic: Topic, examples: Sequence[object]) -> dict[str, Any]:
    told: list[dict[str, object]] = []
    reference = {"$ref": f"./json/{topic.name}.json"}
    key = {"type": "string", "description": topic.key}
    body: dict[str, Any] = {"name": message_name(topic), "title": message_name(topic), "summary": topic.what}
    if topic.says is bytes:
        body |= {"contentType": "application/octet-stream", "headers": reference, "payload": _opaque(topic.what)}
        told = [{"name": "recorded", "headers": dict(one)} for one in examples[:1] if isinstance(one, Mapping)]
    elif topic.says is LeadState:
        body |= {"contentType": "application/octet-stream", "payload": _opaque("Private: no format is promised.")}
    else:
        body |= {"contentType": "application/json", "payload": reference}
        told = [{"name": "recorded", "payload": one} for one in examples[:1]]
    if topic in INPUTS:
        body["traits"] = [{"$ref": "#/components/messageTraits/cloudEventsBinary"}]
    if topic.says is HandoffEvent:
        body["contentType"] = STRUCTURED
        content_type = {"type": "string", "const": STRUCTURED}
        body["headers"] = {"type": "object", "required": ["content-type"], "properties": {"content-type": content_type}}
    body["bindings"] = {"kafka": {"key": key, "bindingVersion": KAFKA_BINDING}}
    if told:
        body["examples"] = told
    return body


def _opaque(what: str) -> dict[str, Any]:
    return {"type": "string", "format": "binary", "description": what}


def _headers(body: dict[str, Any]) -> dict[str, Any]:
    """A schema as headers within the document: it needs no address of its own."""
    return {name: value for name, value in body.items() if name not in ("$schema", "$id")}


def _operations(step: Step) -> dict[str, dict[str, Any]]:
    """What a step reads, writes and remembers, one operation each."""
    memory = () if step.remembers is None else (step.remembers,)
    found: dict[str, dict[str, Any]] = {}
    for topic in step.reads:
        body = _operation(step, topic, "receive")
        group = {"type": "string", "const": f"touchline-{step.name}"}
        body["bindings"] = {"kafka": {"groupId": group, "bindingVersion": KAFKA_BINDING}}
        found[f"{step.name}.reads.{topic.name}"] = body
    for topic in (*step.says, *memory):
        found[f"{step.name}.writes.{topic.name}"] = _operation(step, topic, "send")
    for topic in memory:
        found[f"{step.name}.restores.{topic.name}"] = _operation(step, topic, "receive")
    return found


def _operation(step: Step, topic: Topic, action: str) -> dict[str, Any]:
    return {
        "action": action,
        "channel": {"$ref": f"#/channels/{topic.name}"},
        "summary": step.what,
        "messages": [{"$ref": f"#/channels/{topic.name}/messages/{message_name(topic)}"}],
    }


def canonical(document: object) -> bytes:
    """A document as its file holds it: indented JSON, keys in the order of declaration, a line end."""
    return msgspec.json.format(msgspec.json.encode(document), indent=2) + b"\n"
