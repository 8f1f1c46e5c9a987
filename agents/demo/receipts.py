"""What was sent, when, and what Kafka said to it: the senders' own book, against which the checker counts."""

import time
from collections import deque

RATE_OVER_S = 3.0


class Receipts:
    """By the ids that producers gave."""

    def __init__(self) -> None:
        self.at_ms: dict[str, int] = {}
        """When each touch or fact was first sent, Unix time; a repeat carries the same."""
        self.acknowledged: set[str] = set()
        """Touches that the broker has."""
        self.unsure: set[str] = set()
        """Touches whose fate the sender was not told: perhaps the broker has them."""
        self.messages = 0
        """Touches acknowledged, repeats included."""
        self._moments: deque[float] = deque()

    def acknowledge(self, touch_id: str) -> None:
        """The broker has it."""
        self.acknowledged.add(touch_id)
        self.messages += 1
        self._moments.append(time.monotonic())

    def doubt(self, touch_id: str) -> None:
        """It was sent, and no answer came."""
        self.unsure.add(touch_id)

    @property
    def per_s(self) -> float:
        """Touches acknowledged a second, over the last three."""
        since_s = time.monotonic() - RATE_OVER_S
        while self._moments and self._moments[0] < since_s:
            self._moments.popleft()
        return len(self._moments) / RATE_OVER_S
