"""Marks on the log: how they are written and told from events."""

import msgspec

from schemas.log_mark import LogMark, MarkKind

NO_LEAD = b"\0"
"""No lead id begins with a zero byte."""
MARK_KEY = b"\0mark"

MODEL_KEY = b"\0model"
WATERMARK_KEY = b"\0watermark"
CANARY_KEY = b"\0canary"
"""On the log, on `ripe` and on its own topic: `streams.canary`."""

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(LogMark)


def mark_bytes(mark: LogMark) -> bytes:
    """Its record's value."""
    return _ENCODER.encode(mark)


def kind_of(key: bytes | None, value: bytes | None) -> MarkKind | None:
    """Which mark a record is; None: an event of a lead."""
    return _DECODER.decode(value or b"").mark if key == MARK_KEY else None
