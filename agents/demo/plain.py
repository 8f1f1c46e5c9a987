"""The demo as plain lines: for pipes, logs and CI. No cursor is moved."""

import time

from agents.cli.terminal.voice import say
from agents.demo.display import Display, numbers, reason, short
from agents.demo.gauges import Gauges

STATUS_EVERY_S = 3.0


class Plain(Display):
    """Prints what is new, with the seconds since the command began."""

    def __init__(self, began_s: float) -> None:
        self._began_s = began_s
        self._shown = 0
        self._due_s = 0.0

    def say(self, text: str, *, title: bool = False) -> None:
        """Each line with its time; a title with a line of space before it."""
        if title:
            say()
        elapsed = f"{time.monotonic() - self._began_s:6.1f} s  "
        for line in text.splitlines():
            say(elapsed + line)
            elapsed = " " * len(elapsed)

    def show(self, gauges: Gauges) -> None:
        """Every handoff, and every few seconds the numbers."""
        for heard in gauges.handoffs[self._shown :]:
            self.say(f"  handoff: {short(heard)}")
        self._shown = len(gauges.handoffs)
        if gauges.elapsed_s < self._due_s:
            return
        self._due_s = gauges.elapsed_s + STATUS_EVERY_S
        self.say("  " + " · ".join(f"{name}: {value}" for name, value in numbers(gauges).items()))
        if gauges.top:
            card = gauges.top[0]
            self.say(f"  hottest of {gauges.leads}: {card.lead_id} {card.engagement:.4g} {card.label}: {reason(card)}")

    def close(self) -> None:
        """Nothing to put back."""
