"""Marks on the log: how they are written and told from events."""

import msgspec

from schemas.log_mark import LogMark, MarkKind

MARK_KEY = b"\0mark"
"""No lead id begins with a zero byte."""

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(LogMark)


def mark_bytes(mark: LogMark) -> bytes:
    """Its record's value."""
    return _ENCODER.encode(mark)


def kind_of(key: bytes | None, value: bytes | None) -> MarkKind | None:
    """Which mark a record is; None: an event of a lead."""
    return _DECODER.decode(value or b"").mark if key == MARK_KEY else None
