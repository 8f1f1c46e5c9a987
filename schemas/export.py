"""JSON Schemas (draft 2020-12) of every message, the meaning and unit of each field taken from the struct itself."""

import ast
import inspect
from collections.abc import Iterator, Sequence
from enum import EnumMeta
from typing import Any

import msgspec
from msgspec import inspect as info

from schemas.headers import DeadLetterHeaders
from schemas.lead_state import Control, LeadState

DRAFT = "https://json-schema.org/draft/2020-12/schema"
BASE = "https://touchline.io/schemas/v1/"
"""Of every `$id`. A change of meaning is a new number."""

UNITS = {"_ms": "ms", "_s": "s", "_bytes": "bytes"}
"""A number's name ends in its unit; where the type does not say it, the name does."""

DEAD_LETTER = (
    "Key and value are the original bytes, whatever they were; original headers are kept. "
    "This schema describes the headers added, all UTF-8 text: why the message could not be used, and where it stood."
)
STATE = (
    "PRIVATE BINARY: do not read it, read lead.cards. A value is a fixed header (layout number, applied offset, next "
    "deadline) and msgpack arrays, and its layout changes between releases. This schema describes the one "
    "JSON record on the topic, the control record under the key `\\0control`: where a worker starts from."
)

OPAQUE = (DeadLetterHeaders, Control)
"""What stands for values that are not JSON."""


def schema(name: str, says: object, what: str, examples: Sequence[object] = ()) -> dict[str, Any]:
    """The schema of what a topic says. Bytes and private state are described by what can be read of them."""
    if says is bytes:
        says, what = DeadLetterHeaders, f"{what} {DEAD_LETTER}"
    elif says is LeadState:
        says, what = Control, f"{what} {STATE}"
    (root,), found = msgspec.json.schema_components([says], ref_template="#/$defs/{name}")
    kinds = {kind.__name__: kind for kind in _kinds(info.type_info(says))}
    defs = {title: _told(body, kinds[title]) for title, body in found.items()}
    top = defs.pop(root["$ref"].rpartition("/")[2]) if "$ref" in root else {"title": _title(says), **root}
    said = " ".join(part for part in (what, "" if says in OPAQUE else top.get("description", "")) if part)
    document = {"$schema": DRAFT, "$id": f"{BASE}{name}.json", "title": top["title"], "description": said}
    document |= {key: value for key, value in top.items() if key not in document}
    document.pop("discriminator", None)  # OpenAPI's word, which AsyncAPI tools refuse; each `type` is an enum of one
    if defs:
        document["$defs"] = defs
    if examples:
        document["examples"] = list(examples)
    return document


def _title(says: object) -> str:
    """Name of a union: its members' names."""
    return " | ".join(kind.__name__ for kind in getattr(says, "__args__", ()))


def _kinds(node: info.Type) -> Iterator[type]:
    """Every struct and enumeration within a type."""
    match node:
        case info.StructType(cls=cls, fields=fields):
            yield cls
            for member in fields:
                yield from _kinds(member.type)
        case info.EnumType(cls=cls):
            yield cls
        case info.UnionType(types=types):
            for member_type in types:
                yield from _kinds(member_type)
        case info.Metadata(type=inner):
            yield from _kinds(inner)
        case info.ListType(item_type=inner) | info.VarTupleType(item_type=inner) | info.DictType(value_type=inner):
            yield from _kinds(inner)


def _told(body: dict[str, Any], kind: type) -> dict[str, Any]:
    """A component with the docstring of each field beside it, and its unit."""
    docs = field_docs(kind)
    if isinstance(kind, EnumMeta):
        named: dict[str, Any] = dict(kind.__members__)
        members = {one.value: docs[name] for name, one in named.items() if name in docs}
        return body | ({"x-enum-descriptions": members} if members else {})
    members_of = msgspec.structs.fields(kind)
    if "prefixItems" in body:
        first = len(body["prefixItems"]) - len(members_of)  # a tag comes first
        items = [*body["prefixItems"]]
        for at, member in enumerate(members_of, start=first):
            items[at] = {"title": member.encode_name, **_field(items[at], member.name, docs)}
        return body | {"prefixItems": items}
    properties = dict(body["properties"])
    for member in members_of:
        properties[member.encode_name] = _field(properties[member.encode_name], member.name, docs)
    return body | {"properties": properties}


def _field(body: dict[str, Any], name: str, docs: dict[str, str]) -> dict[str, Any]:
    told = {"description": docs[name], **body} if name in docs else dict(body)
    unit = next((unit for ending, unit in UNITS.items() if name.endswith(ending)), "")
    if name.startswith("seconds_"):
        unit = "s"
    if unit and "x-unit" not in str(body):
        told["x-unit"] = unit
    return told


def field_docs(kind: type) -> dict[str, str]:
    """The text under each field of a class, by field: what editors show, and what the schemas say."""
    (body,) = ast.parse(inspect.getsource(kind)).body
    docs: dict[str, str] = {}
    name = ""
    for line in getattr(body, "body", []):
        match line:
            case ast.AnnAssign(target=ast.Name(id=found)) | ast.Assign(targets=[ast.Name(id=found)]):
                name = found
            case ast.Expr(value=ast.Constant(value=str(text))) if name:
                docs[name] = inspect.cleandoc(text)
                name = ""
            case _:
                name = ""
    return docs
