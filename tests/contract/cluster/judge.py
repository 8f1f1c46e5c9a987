"""Judges Kubernetes resources by the published schemas of their kinds; a field the schema has not is refused."""

import json
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
from ruamel.yaml import YAML

SCHEMAS = Path(__file__).parent / "schemas"
KUBERNETES = "kubernetes-1.34"


def read(text: str | bytes) -> list[dict[str, Any]]:
    """The documents of a YAML stream, empty ones left out."""
    return [document for document in YAML(typ="safe").load_all(text) if document]


def faults(resource: dict[str, Any]) -> list[str]:
    """What its schema says against it, with the place."""
    name = name_of(resource)
    validator = _validator(resource["apiVersion"], resource["kind"])
    return [
        f"{resource['kind']} {name}: {'/'.join(map(str, e.instance_path))}: {e.message}"
        for e in validator.iter_errors(resource)
    ]


def name_of(resource: dict[str, Any]) -> str:
    """Its name, or how it begins."""
    told = resource["metadata"]
    return str(told.get("name") or told["generateName"])


@cache
def _validator(api: str, kind: str) -> jsonschema_rs.Draft7Validator:
    custom = SCHEMAS / f"{kind.lower()}-{api.rpartition('/')[2]}.json"
    if custom.is_file():
        return jsonschema_rs.Draft7Validator(json.loads(custom.read_bytes()))
    kinds = json.loads((SCHEMAS / f"{KUBERNETES}.json").read_bytes())
    place = f"{_group(api)}.{api.rpartition('/')[2]}.{kind}"
    (found,) = [name for name in kinds["kinds"] if name.endswith(f".{place}")]
    return jsonschema_rs.Draft7Validator({"$ref": f"#/$defs/{found}", "$defs": kinds["$defs"]})


def _group(api: str) -> str:
    return api.partition(".")[0].partition("/")[0] if "/" in api else "core"
