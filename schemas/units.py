"""The units that numbers carry, so that a field's type says what its value means."""

from datetime import datetime
from typing import Annotated

from msgspec import Meta

LATEST_MS = 253_402_300_799_999
"""The last millisecond of the year 9999: what RFC 3339 can say."""

Millis = Annotated[int, Meta(ge=0, le=LATEST_MS, extra_json_schema={"x-unit": "ms"})]
"""Unix time in milliseconds, UTC."""

Int64 = Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)]
"""A whole number that every format we keep it in can hold."""

DurationMs = Annotated[int, Meta(ge=0, extra_json_schema={"x-unit": "ms"})]
"""A length of time in milliseconds."""

Micro = Annotated[int, Meta(extra_json_schema={"x-unit": "micro-points"})]
"""Score in millionths of a point: scores are compared and summed as integers, so a breakdown always sums."""

Points = Annotated[float, Meta(extra_json_schema={"x-unit": "points"})]
"""Score in points, as people read it."""

At = Annotated[datetime, Meta(tz=True)] | Annotated[int, Meta(extra_json_schema={"x-unit": "ms"})]
"""A moment on the wire: RFC 3339 with an offset, or Unix time in milliseconds."""

MICRO = 1_000_000
"""Micro-points in a point."""

SECOND_MS = 1_000
MINUTE_MS = 60 * SECOND_MS
HOUR_MS = 60 * MINUTE_MS
DAY_MS = 24 * HOUR_MS
