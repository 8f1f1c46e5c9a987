"""What editors are told of the way to a customer: stages, and why it ends before."""

from typing import Any

from streams.model.refusals import SIDES
from streams.model.stages import ANY, EVENTS
from streams.stages.presets import PRESETS

Schema = dict[str, Any]

_NAME = r"^\w(?:[\w &/'-]{0,62}\w)?$"
_TEXT: Schema = {"type": "string", "minLength": 1}
_TEXTS: Schema = {"$ref": "#/$defs/texts"}
_DURATION: Schema = {"$ref": "#/$defs/duration"}


def way_schema() -> dict[str, Schema]:
    """The words `refusals` and `stages`."""
    return {
        "refusals": {
            "description": "Why we refuse leads, and they us.",
            **_block({side: {"$ref": "#/$defs/kinds"} for side in SIDES}),
        },
        "stages": {
            "description": "The way to a customer: a preset, or stages by name.",
            "anyOf": [
                {"enum": list(PRESETS)},
                {
                    "type": "object", "minProperties": 1, "propertyNames": {"pattern": _NAME},
                    "additionalProperties": _block(_stage()),
                },
            ],
        },
    }  # fmt: skip


def _stage() -> dict[str, Schema]:
    event = {"enum": list(EVENTS)}
    return {
        "start": _said("A lead begins here; the first stage if none is marked.", type="boolean"),
        "by": _said("What enters it by itself.", anyOf=[event, {"type": "array", "minItems": 1, "items": event}]),
        "to": _said(f"Stages that may follow; `{ANY}`: every other one.", **_TEXTS),
        "goes on to": _said("Passed through: the next stage follows at once.", **_TEXT),
        "also": _said("Other names by which CRMs report it.", **_TEXTS),
        "of": _said("The key stage of which it is a status.", **_TEXT),
        "deal": _said("Who is in it gets no mail and no ads.", type="boolean"),
        "role": _said("Who has to do with leads in it.", **_TEXT),
        "task": _said("What that role does when a lead comes into it.", **_TEXT),
        "stuck after": _said("Who stays so long is looked at.", **_DURATION),
        "idle after": _said("Who does nothing for so long is idle.", **_DURATION),
        "when": _said("Who may enter.", **{"$ref": "#/$defs/about_lead"}),
    }


def _block(words: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": words, "additionalProperties": False}


def _said(description: str, **schema: Any) -> Schema:
    return {"description": description, **schema}
