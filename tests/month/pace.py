"""Time that runs faster: the month's moment is a straight line of this machine's, the same in every process."""

import mmap
import struct
import time
from pathlib import Path

from msgspec import Struct

VARIABLE = "MONTH_PACE"
"""Environment variable: the file that says how time runs."""
_LAYOUT = struct.Struct("<qqd")


class Pace(Struct, frozen=True):
    """Which moment of the month it was at one of this machine, and how much faster it goes; 0: it stands still."""

    month_ms: int
    machine_ms: int
    speed: float

    def now_ms(self) -> int:
        """The month's moment."""
        return self.at(machine_now_ms())

    def at(self, machine_ms: float) -> int:
        """The month's moment when this machine's clock said so."""
        return self.month_ms + int((machine_ms - self.machine_ms) * self.speed)

    def write(self, file: Path) -> None:
        """All who read it go by it at once."""
        with file.open("r+b" if file.exists() else "w+b") as opened:
            opened.write(_LAYOUT.pack(self.month_ms, self.machine_ms, self.speed))


class PaceFile:
    """Time as a file says, looked at whenever it is asked for: workers wait for the month to begin."""

    def __init__(self, file: Path) -> None:
        with file.open("rb") as opened:
            self._seen = mmap.mmap(opened.fileno(), _LAYOUT.size, access=mmap.ACCESS_READ)

    def pace(self) -> Pace:
        """As it is now."""
        return Pace(*_LAYOUT.unpack(self._seen[:]))

    def now_ms(self) -> int:
        """The month's moment."""
        return self.pace().now_ms()

    def at(self, machine_ms: float) -> int:
        """The month's moment when this machine's clock said so."""
        return self.pace().at(machine_ms)


def machine_now_ms() -> float:
    """Of this machine, finer than a millisecond: one of them may be half a minute of the month."""
    return time.time_ns() / 1_000_000
