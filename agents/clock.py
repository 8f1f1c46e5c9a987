"""The one place that reads wall time, so that a test or a demo can inject another."""

import time
from collections.abc import Callable

WallClock = Callable[[], int]
"""Milliseconds, Unix time."""


def wall_ms() -> int:
    """Now, in milliseconds since 1970, UTC."""
    return time.time_ns() // 1_000_000
