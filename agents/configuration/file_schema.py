"""The settings file for editors: a JSON Schema, and an example that lists every setting."""

import json
from typing import Any

from pydantic import SecretStr

from agents.configuration.fields import fields, is_path, is_secret, meaning, possible, schema, variable
from agents.settings import Settings

DRAFT = "https://json-schema.org/draft/2020-12/schema"


def file_schema() -> dict[str, Any]:
    """What may stand in a settings file."""
    whole = Settings.model_json_schema()
    return {
        "$schema": DRAFT,
        "title": "touchline.toml",
        "description": "Settings of Touchline. Options and TOUCHLINE_* variables win over this file.",
        "type": "object",
        "additionalProperties": False,
        "properties": {field: _property(field) for field in fields()},
        "$defs": whole.get("$defs", {}),
    }


def _property(field: str) -> dict[str, Any]:
    said = dict(schema()[field])
    said.pop("title", None)
    default = said.pop("default", None)
    choices = [one for one in said.pop("anyOf", []) if one.get("type") != "null"]
    told = f"{meaning(field)} ({variable(field)})"
    known = {} if default is None or is_secret(field) else {"default": default}
    return {"description": told, **{k: v for k, v in said.items() if k != "description"}, **known} | (
        choices[0] if choices else {}
    )


def example() -> str:
    """A settings file with every setting, each commented out at its default."""
    lines = ["# Settings of Touchline. Options and TOUCHLINE_* variables win over this file.", ""]
    for field in fields():
        default = Settings.model_fields[field].default
        lines.append(f"# {meaning(field)}")
        if isinstance(default, SecretStr):
            lines.append(f"# A secret: better set {variable(field)}_FILE to a file that holds it.")
        lines += [f"#{field} = {_written(field, default)}", ""]
    return "\n".join(lines)


def _written(field: str, default: Any) -> str:
    match default:
        case None if is_path(field):
            return '"a/file"'
        case None:
            return json.dumps(possible(field)[0])
        case SecretStr():
            return '""'
        case bool():
            return str(default).lower()
        case tuple():
            return json.dumps(list(default))
        case int() | float():
            return str(default)
    return json.dumps(str(default))
