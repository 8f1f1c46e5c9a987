"""Notices that the process stood still: a worker that slept through its session must not write when it wakes."""

import asyncio
import time

BEAT_S = 1.0
STALL_LIMIT_S = 300.0
"""Half of what `lead.state` waits before it compacts, so that a sleeper's records never outlive its successor's."""


class StoodStill(RuntimeError):
    """The process was paused longer than the limit."""


class Pulse:
    """Beats with the event loop; `check` tells how long ago the last beat was."""

    def __init__(self, limit_s: float = STALL_LIMIT_S) -> None:
        self._limit_s = limit_s
        self._beat_s = time.monotonic()

    async def run(self) -> None:
        """Beat for ever; ends in `StoodStill`."""
        while True:
            self.check()
            self._beat_s = time.monotonic()
            await asyncio.sleep(BEAT_S)

    def check(self) -> None:
        """Raise when the last beat is too long ago."""
        stood_s = time.monotonic() - self._beat_s
        if stood_s > self._limit_s:
            raise StoodStill(
                f"the process stood still for {stood_s:.0f} s, more than {self._limit_s:.0f} s: others own its "
                "partitions by now, so it ends without writing; its replacement resumes from Kafka"
            )
