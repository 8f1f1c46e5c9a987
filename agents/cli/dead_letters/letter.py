"""A dead letter as a person reads, mends and sends it back."""

from __future__ import annotations

import base64
import binascii
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import msgspec
from aiokafka import ConsumerRecord
from msgspec import Raw, Struct

from agents.topics.writer import Message
from schemas.reject import HEADER_PREFIX, STREAMS_PREFIX
from streams.topology import INPUTS

DOORS = tuple(topic.name for topic in INPUTS)
"""Topics a letter may go back to: our own log is repaired by a new event, never by hand."""


class Encoded(Struct, frozen=True, kw_only=True):
    """Bytes that are no text."""

    base64: str


class Letter(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line of an export. A person edits `value` (or `topic`, `key`, `headers`); the rest is for reading."""

    letter: str = ""
    """`partition:offset` on `dead.letters`."""
    reason: str = ""
    detail: str = ""
    at: str = ""
    """When it was set aside, RFC 3339."""
    topic: str
    """Where it came from and goes back to, without prefix."""
    source: str = ""
    """`partition:offset` it had there."""
    key: str | Encoded | None = None
    headers: list[tuple[str, str | Encoded]] = []
    """The producer's own, ours taken off."""
    value: Raw = Raw(b"null")
    """The message: JSON as it stands, byte for byte, or a text in quotes; null: no value."""
    value_base64: str = ""
    """The message when it is no text."""

    def message(self) -> Message:
        """What goes back. Raises ValueError with a sentence when a line cannot be sent."""
        key = None if self.key is None else _bytes(self.key)
        return Message(
            topic=self.topic, key=key, value=self._value(), headers=[(n, _bytes(v)) for n, v in self.headers]
        )

    def _value(self) -> bytes | None:
        if self.value_base64:
            return _bytes(Encoded(base64=self.value_base64))
        raw = bytes(self.value)
        if raw == b"null":
            return None
        return msgspec.json.decode(raw, type=str).encode() if raw.startswith(b'"') else raw


def letter_of(record: ConsumerRecord[bytes, bytes], prefix: str) -> Letter:
    """A record of `dead.letters`, read for people."""
    ours = {
        n.removeprefix(HEADER_PREFIX): v.decode(errors="replace")
        for n, v in record.headers
        if n.startswith(HEADER_PREFIX)
    }
    theirs = [(n, v) for n, v in record.headers if not n.startswith((HEADER_PREFIX, STREAMS_PREFIX))]
    topic = ours.get("topic", "")
    return Letter(
        letter=f"{record.partition}:{record.offset}",
        reason=ours.get("reason", ""),
        detail=ours.get("detail", ""),
        at=datetime.fromtimestamp(record.timestamp / 1000, UTC).isoformat(timespec="milliseconds"),
        topic=topic.removeprefix(prefix) if topic not in DOORS else topic,
        source=f"{ours.get('partition', '?')}:{ours.get('offset', '?')}",
        key=None if record.key is None else _shown(record.key),
        headers=[(name, _shown(value)) for name, value in theirs],
        **_value_fields(record.value),
    )


def _value_fields(value: bytes | None) -> dict[str, Any]:
    """JSON that fits on a line as it stands, other text in quotes, the rest in base64: always the same bytes back."""
    if value is None:
        return {}
    if value.startswith((b"{", b"[")) and b"\n" not in value and b"\r" not in value:
        try:
            msgspec.json.decode(value)
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            pass
        else:
            return {"value": Raw(value)}
    try:
        return {"value": Raw(msgspec.json.encode(value.decode()))}
    except UnicodeDecodeError:
        return {"value_base64": base64.b64encode(value).decode()}


def _shown(value: bytes) -> str | Encoded:
    try:
        return value.decode()
    except UnicodeDecodeError:
        return Encoded(base64=base64.b64encode(value).decode())


def _bytes(shown: str | Encoded) -> bytes:
    if isinstance(shown, str):
        return shown.encode()
    try:
        return base64.b64decode(shown.base64, validate=True)
    except binascii.Error as wrong:
        raise ValueError(f"base64 that cannot be read: {wrong}") from wrong


def written(letters: list[Letter], path: Path) -> None:
    """Export: one letter a line."""
    path.write_bytes(b"".join(msgspec.json.encode(letter) + b"\n" for letter in letters))


def mended(path: Path) -> tuple[list[Letter], list[str]]:
    """Letters of an edited export, and a sentence for each line that cannot be sent."""
    letters: list[Letter] = []
    problems: list[str] = []
    decoder = msgspec.json.Decoder(Letter)
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            letter = decoder.decode(line)
            letter.message()
        except (ValueError, RecursionError) as wrong:  # msgspec's errors are ValueErrors
            problems.append(f"{path}:{number}: {wrong}")
            continue
        if letter.topic in DOORS:
            letters.append(letter)
        else:
            problems.append(f"{path}:{number}: topic {letter.topic!r} takes no letters; one of {', '.join(DOORS)}")
    return letters, problems
