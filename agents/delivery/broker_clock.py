"""How far our clock is from the broker's, as each write shows it: the stamp must lie between its begin and its end."""

from collections.abc import Iterable
from typing import Any

from agents.signals.place import ClocksCompared

STAMPED_BY_BROKER = 1
"""Kafka's timestamp type of a topic with append time."""


def skew_ms(began_ms: int, stamp_ms: int, done_ms: int) -> int:
    """Our clock is at least so far behind; below 0: ahead; 0: nothing shows that it is off."""
    return max(0, stamp_ms - done_ms) + min(0, stamp_ms - began_ms)


def compare(began_ms: int, acknowledged: Iterable[Any], done_ms: int) -> None:
    """Tell it, if a broker stamped any of these."""
    for one in acknowledged:
        if one.timestamp_type == STAMPED_BY_BROKER and one.timestamp > 0:
            ClocksCompared(skew_s=skew_ms(began_ms, one.timestamp, done_ms) / 1000).emit()
            return
