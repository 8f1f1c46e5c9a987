"""Notices that the process stood still, or that it lives and gets nothing done: both end it, and it is replaced."""

import asyncio
import time
from collections.abc import Callable, Hashable

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


class Stalled(RuntimeError):
    """Records wait, nothing that passes by itself hinders them, and none is processed."""


class Progress:
    """Watches that what waits is processed. An outage of Kafka or Redis is a pause, not a stall."""

    def __init__(
        self,
        limit_s: float,
        waiting: Callable[[], list[str]],
        reached: Callable[[], Hashable],
        hindered: Callable[[], list[str]],
        every_s: float = BEAT_S,
    ) -> None:
        self._limit_s, self._every_s = limit_s, every_s
        self._waiting = waiting
        """Partitions with records to process."""
        self._reached = reached
        """Changes with every group processed."""
        self._hindered = hindered
        """Why the worker is not ready: known, told, and nothing that a restart would mend."""

    async def run(self) -> None:
        """Watch for ever; ends in `Stalled`."""
        reached, still_s, looked_s = self._reached(), 0.0, time.monotonic()
        while True:
            await asyncio.sleep(self._every_s)
            before, looked_s = looked_s, time.monotonic()
            # Each look counts for little: a process that was paused is not one that got nothing done.
            still_s += min(looked_s - before, 2 * self._every_s)
            before_reached, reached = reached, self._reached()
            waiting = self._waiting()
            if reached != before_reached or not waiting or self._hindered():
                still_s = 0.0
            elif still_s > self._limit_s:
                raise Stalled(
                    f"records of {', '.join(waiting)} wait and none was processed for {still_s:.0f} s, though Kafka "
                    "and Redis answer: the worker ends, and its replacement resumes from Kafka"
                )
