"""The settings file, TOML: every key is a field of `Settings`, and every fault is told with its line."""

import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from agents.configuration.fields import (
    fields,
    has_password,
    is_path,
    is_secret,
    meaning,
    nearest,
    shape,
    shapes,
    shown,
    variable,
)
from agents.configuration.origins import BadSettings, Given, Layer, Origin, Wrong

FILE = Path("touchline.toml")
"""Looked for in the working directory, unless told where."""
CONFIG = "TOUCHLINE_CONFIG"
"""Names another file."""
MOST_BYTES = 1024 * 1024

_TYPES: tuple[tuple[type, str], ...] = (
    (bool, "boolean"), (int, "integer"), (float, "number"), (str, "string"), (list, "array"),
)  # fmt: skip
"""A bool is an int, too: so it is asked first."""
_SAID = {"boolean": "true or false", "integer": "a number", "number": "a number", "string": "text", "array": "a list"}


def find(environment: Mapping[str, str]) -> Path | None:
    """The file to read; none: nobody names one, and there is none here. `--config` sets the variable, too."""
    named = environment.get(CONFIG)
    if named:
        return Path(named)
    return FILE if FILE.exists() else None


def read(path: Path) -> dict[str, Given]:
    """What the file says, by field; all that is wrong with it at once as `BadSettings`."""
    text = _text(path)
    try:
        said = tomllib.loads(text)
    except tomllib.TOMLDecodeError as fault:
        line = re.search(r"at line (\d+)", str(fault))
        where = f"{path}:{line[1]}: " if line else f"{path}: "
        raise BadSettings([_no_toml(where, text, line, fault)]) from None
    lines = _lines(text)
    given: dict[str, Given] = {}
    wrong: list[Wrong] = []
    for key, value in said.items():
        where = f"{path}:{lines[key]}" if key in lines else str(path)
        cannot = _fault(key, value, where)
        if cannot is None:
            given[key] = Given(_placed(key, value, path), Origin(Layer.FILE, where))
        else:
            wrong.append(cannot)
    if wrong:
        raise BadSettings(wrong)
    _kept_from_others(path, given)
    return given


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            body = file.read(MOST_BYTES + 1)
        if len(body) > MOST_BYTES:
            raise BadSettings([Wrong(where=f"{path}", what=" is larger than 1 MiB", remedy="Name a settings file.")])
        return body.decode()
    except UnicodeDecodeError:
        what = " is not text in UTF-8"
        raise BadSettings([Wrong(where=f"{path}", what=what, remedy="Save it as UTF-8.")]) from None
    except OSError as fault:
        what = f" cannot be read: {fault.strerror or fault}"
        remedy = f"Name a settings file that is there, by --config or {CONFIG}."
        raise BadSettings([Wrong(where=f"{path}", what=what, remedy=remedy)]) from None


def _no_toml(where: str, text: str, line: re.Match[str] | None, fault: Exception) -> Wrong:
    written = text.splitlines()[int(line[1]) - 1].strip() if line and int(line[1]) <= text.count("\n") + 1 else ""
    key, equals, _ = written.partition("=")
    remedy = 'Write `key = value`, texts in quotes: prefix = "acme."'
    if ":" in key and not equals:
        remedy = f"This is TOML, not YAML: write `{key.partition(':')[0].strip()} = ...`"
    reason = re.sub(r" \(at line.*\)$", "", str(fault))
    return Wrong(where=where, what=f"cannot be read as TOML: {reason}", remedy=remedy)


def _lines(text: str) -> dict[str, int]:
    """The line of each key: the file is flat, so a key begins a line."""
    found: dict[str, int] = {}
    for number, line in enumerate(text.splitlines(), 1):
        key = re.match(r"""\s*\[*\s*["']?([A-Za-z0-9_.-]+)["']?\s*(?:=|\])""", line)
        if key:
            found.setdefault(key[1].partition(".")[0] if line.lstrip().startswith("[") else key[1], number)
    return found


def _fault(key: str, value: Any, where: str) -> Wrong | None:
    if key not in fields():
        if isinstance(value, dict):
            remedy = "The file has no sections: write its keys at the top level, such as bootstrap = ..."
            return Wrong(where=f"{where}: ", what=f"[{key}] is a section", remedy=remedy)
        near = nearest(key.removeprefix("TOUCHLINE_"), fields())
        remedy = f"Did you mean {near}?" if near else "`touchline config show` lists all settings."
        return Wrong(where=f"{where}: ", what=f"{key} is no setting", remedy=remedy)
    found = next((name for of, name in _TYPES if isinstance(value, of)), type(value).__name__)
    if found in shapes(key) or (found == "integer" and "number" in shapes(key)):
        return None
    what = f"{key} is {shown(key, value)!r}, {_SAID.get(found, f'a {found}')} where {shape(key)} is needed"
    return Wrong(where=f"{where}: ", what=what, remedy=meaning(key), field=key)


def _placed(field: str, value: Any, path: Path) -> Any:
    """A relative path is meant from the file's own folder, wherever a command is started."""
    return path.parent / value if is_path(field) and isinstance(value, str) else value


def _kept_from_others(path: Path, given: Mapping[str, Given]) -> None:
    """A secret in a file that everybody on the machine may read is refused."""
    secret = [field for field, one in given.items() if one.value and (is_secret(field) or has_password(one.value))]
    if not secret or not path.stat().st_mode & stat.S_IROTH:
        return
    elsewhere = f"take it out and set {variable(secret[0])}_FILE to a file that only we may read"
    remedy = f"`chmod o-r {path}` (a mounted Secret: defaultMode: 0440), or {elsewhere}."
    what = f": {secret[0]} is a secret, and everybody on this machine may read the file"
    raise BadSettings([Wrong(where=given[secret[0]].origin.where, what=what, remedy=remedy, field=secret[0])])
