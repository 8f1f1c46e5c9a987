"""Does a message that came in name a person? Asked of its bytes, whatever its shape."""

from collections.abc import Iterator, Set
from typing import Any

import msgspec

from streams.people.identity import Hider

DEEP = 8
"""Levels of a message that are searched."""


def names(value: bytes, keys: Set[str], leads: Set[str], hider: Hider) -> bool:
    """One of these identities, or the lead itself, stands in its `who` or anywhere else as a value."""
    try:
        message = msgspec.json.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return any(_is_theirs(name, text, keys, leads, hider) for name, text in _texts(message, "", DEEP))


def _is_theirs(name: str, text: str, keys: Set[str], leads: Set[str], hider: Hider) -> bool:
    if text in leads:
        return True
    for namespace in (name, "email" if "@" in text else "phone" if text.startswith("+") else ""):
        identity = hider.identity(namespace, text) if namespace else None
        if identity is not None and identity.key in keys:
            return True
    return False


def _texts(message: Any, name: str, left: int) -> Iterator[tuple[str, str]]:
    """Every text of a message, with the name it stands under."""
    match message:
        case str():
            yield name, message
        case dict() if left:
            for key, value in message.items():
                yield from _texts(value, str(key), left - 1)
        case list() if left:
            for value in message:
                yield from _texts(value, name, left - 1)
