"""`TOUCHLINE_*` variables, and `TOUCHLINE_*_FILE`, which name files that hold a secret."""

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agents.configuration.fields import VARIABLES, fields, is_list, is_text, nearest, variable
from agents.configuration.origins import Given, Layer, Origin, Wrong
from agents.configuration.settings_file import CONFIG

OF_A_FILE = "_FILE"

_SERVICE_LINK = re.compile(r"_(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)$")
"""Kubernetes makes such variables for each Service: one called `touchline` makes them look like ours."""
_SERVICE_ADDRESS = re.compile(r"(tcp|udp)://[\d.:\[\]a-f]+")
LARGEST_SECRET = 64 * 1024


def read(environment: Mapping[str, str]) -> tuple[dict[str, Given], list[Wrong], list[Wrong]]:
    """What variables say by field, what of it is wrong, and what is only worth a word."""
    given: dict[str, Given] = {}
    wrong: list[Wrong] = []
    odd: list[Wrong] = []
    ours = {name.upper(): value for name, value in environment.items() if name.upper().startswith(VARIABLES)}
    known = {variable(field): field for field in fields()}
    of_files = {f"{name}{OF_A_FILE}": field for name, field in known.items() if is_text(field)}
    for name, value in ours.items():
        if name in known:
            field = known[name]
            if _from_kubernetes(value) and field == "port":
                odd.append(_service_link(name, value))
            elif value or is_text(field):
                _said(field, value, given, wrong)
        elif name in of_files:
            _secret_file(name, of_files[name], Path(value), ours, given, wrong)
        elif name != CONFIG and not _SERVICE_LINK.search(name) and not _from_kubernetes(value):
            odd.append(_unknown(name, (*known, *of_files, CONFIG)))
    return given, wrong, odd


def _from_kubernetes(value: str) -> bool:
    return bool(_SERVICE_ADDRESS.fullmatch(value))


def _service_link(name: str, value: str) -> Wrong:
    remedy = "Set enableServiceLinks: false in the pod, or name the Service otherwise."
    return Wrong(where=name, what=f" is {value}: Kubernetes made it for a Service, so it is passed over", remedy=remedy)


def _said(field: str, value: str, given: dict[str, Given], wrong: list[Wrong]) -> None:
    name = variable(field)
    meant: Any = value
    if is_list(field):
        try:
            meant = json.loads(value) if value.lstrip().startswith("[") else [one.strip() for one in value.split(",")]
        except ValueError:
            remedy = 'Write a list as JSON, ["video","plan"], or with commas: video,plan'
            wrong.append(Wrong(where=name, what=f" is {value!r}, no list", remedy=remedy, field=field))
            return
    given[field] = Given(meant, Origin(Layer.ENVIRONMENT, name))


def _secret_file(
    name: str, field: str, path: Path, ours: Mapping[str, str], given: dict[str, Given], wrong: list[Wrong]
) -> None:
    if ours.get(variable(field)):
        remedy = "Say it once: unset one of the two."
        wrong.append(Wrong(where=name, what=f" is set, and so is {variable(field)}", remedy=remedy, field=field))
        return
    text = secret_in(path)
    if isinstance(text, str):
        given[field] = Given(text, Origin(Layer.MOUNTED, f"{name} ({path})"))
        return
    remedy = f"Name a file that holds nothing but the value of {field}."
    wrong.append(Wrong(where=name, what=f" names {path}, which {text.why}", remedy=remedy, field=field))


class Unreadable:
    """Why a file gives no value."""

    def __init__(self, why: str) -> None:
        self.why = why


def secret_in(path: Path) -> str | Unreadable:
    """A file's text; a line end after it belongs to the editor, not to the secret."""
    try:
        with path.open("rb") as file:
            body = file.read(LARGEST_SECRET + 1)
        text = body.decode().removesuffix("\n").removesuffix("\r")
    except UnicodeDecodeError:
        return Unreadable("is not text")
    except (OSError, ValueError) as fault:
        return Unreadable(f"cannot be read: {getattr(fault, 'strerror', None) or fault}")
    if len(body) > LARGEST_SECRET:
        return Unreadable("is larger than a secret may be")
    return text if text else Unreadable("is empty")


def _unknown(name: str, known: tuple[str, ...]) -> Wrong:
    # Without what all have in common, or everything is near to everything.
    bare = {one.removeprefix(VARIABLES): one for one in known}
    near = bare.get(nearest(name.removeprefix(VARIABLES), tuple(bare)), "")
    remedy = f"Did you mean {near}?" if near else "`touchline config show` lists all settings."
    return Wrong(where=name, what=" is no setting, and is passed over", remedy=remedy)
