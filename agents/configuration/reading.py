"""All settings and where each came from: option over environment over binding over file over default."""

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from msgspec import Struct
from pydantic import ValidationError
from pydantic_core import ErrorDetails

from agents.configuration import bindings, environment, settings_file
from agents.configuration.fields import fields, meaning, option, shape, shown
from agents.configuration.origins import BadSettings, Given, Layer, Origin, Wrong
from agents.settings import Settings

DEFAULT = Origin(Layer.DEFAULT, "default")


class Reading(Struct, frozen=True, kw_only=True):
    """What was read."""

    settings: Settings
    origins: dict[str, Origin]
    """Of every field."""
    odd: list[Wrong]
    """What was passed over: a warning each."""
    file: Path | None
    """The settings file; none: there is none."""


def read_settings(options: Mapping[str, Any] | None = None, *, env: Mapping[str, str] | None = None) -> Reading:
    """Read all places; what is wrong in any of them is told at once, as `BadSettings`."""
    known = os.environ if env is None else env
    wrong: list[Wrong] = []
    from_file: dict[str, Given] = {}
    found = settings_file.find(known)
    if found is not None:
        try:
            from_file = settings_file.read(found)
        except BadSettings as refused:
            wrong += refused.wrong
    from_bindings, bad_bindings = bindings.read(known)
    from_variables, bad_variables, odd = environment.read(known)
    from_options = {
        name: Given(value, Origin(Layer.OPTION, option(name)))
        for name, value in (options or {}).items()
        if value is not None
    }
    # What is overridden need not be right: an option mends a broken variable.
    wrong += [one for one in (*bad_variables, *bad_bindings) if not one.field or one.field not in from_options]
    merged = from_file | from_bindings | from_variables | from_options
    settings = _valid(merged, wrong)
    if wrong or settings is None:
        raise BadSettings(wrong)
    origins = {field: merged[field].origin if field in merged else DEFAULT for field in fields()}
    return Reading(settings=settings, origins=origins, odd=odd, file=found)


def _valid(merged: Mapping[str, Given], wrong: list[Wrong]) -> Settings | None:
    try:
        return Settings(**{field: given.value for field, given in merged.items()})
    except ValidationError as refused:
        wrong += [_refused(problem, merged) for problem in refused.errors(include_url=False)]
        return None


def _refused(problem: ErrorDetails, merged: Mapping[str, Given]) -> Wrong:
    field = str(problem["loc"][0]) if problem["loc"] else ""
    given = merged.get(field)
    if given is None:  # what no single field has: a rule over several
        return Wrong(where="the settings", what=f" do not fit together: {problem['msg']}", remedy="Change one of them.")
    what = f" is {shown(field, given.value)!r}: {_needed(field, problem)}"
    if given.origin.layer is Layer.FILE:
        what = f": {field}{what}"
    return Wrong(where=given.origin.where, what=what, remedy=f"{field}: {meaning(field)}", field=field)


def _needed(field: str, problem: ErrorDetails) -> str:
    """What is wanted instead, in words."""
    limits: dict[str, Any] = problem.get("ctx", {})
    match problem["type"]:
        case "greater_than_equal":
            return f"at least {limits['ge']} is needed"
        case "less_than_equal":
            return f"at most {limits['le']} is possible"
        case "greater_than":
            return f"more than {limits['gt']} is needed"
        case "enum" | "literal_error":
            return f"one of {limits['expected']} is needed".replace(" or ", ", ")
        case "string_pattern_mismatch":
            return f"it must match {limits['pattern']}"
        case "too_short" | "string_too_short":
            return "it may not be empty"
        case "value_error":
            return str(limits.get("error", problem["msg"]))
        case kind if kind.endswith(("_parsing", "_type", "_from_float")):
            return f"{shape(field)} is needed"
    return problem["msg"]
