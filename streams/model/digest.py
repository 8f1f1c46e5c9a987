"""The name of a meaning: two documents that score alike have the same digest, however they are written."""

from hashlib import sha256
from typing import Any

import msgspec
from msgspec import Struct

from schemas.scoring_model import ScoringModel


def model_digest(model: ScoringModel) -> str:
    """`sha256:` and 64 hexadecimal digits, over the canonical JSON of the meaning."""
    meaning = msgspec.json.encode(_meaning(model), order="deterministic")
    return f"sha256:{sha256(meaning).hexdigest()}"


def _meaning(said: Any) -> Any:
    """Without fields that say what they say anyway: a word added to the language renames no older model."""
    match said:
        case Struct():
            told = {
                field.name: _meaning(value)
                for field in msgspec.structs.fields(said)
                if (value := getattr(said, field.name)) != _default(field)
            }
            tag = said.__struct_config__.tag
            return told if tag is None else {**told, "type": tag}
        case tuple() | list():
            return [_meaning(item) for item in said]
        case dict():
            return {name: _meaning(value) for name, value in said.items()}
        case _:
            return said


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default if field.default_factory is msgspec.NODEFAULT else field.default_factory()
