"""What a measurement of one subject came to, and how a process's own cost is read from Linux."""

import os
import resource
from pathlib import Path

from msgspec import Struct

TICKS = os.sysconf("SC_CLK_TCK")


class Measured(Struct, frozen=True, kw_only=True):
    """One subject, from its first record to its last; start-up is left out."""

    who: str
    touches: int
    took_s: float
    cpu_s: float
    """User and system time of the subject's own process, all threads."""
    peak_mb: float
    """Most memory resident, start-up included."""
    broker_cpu_s: float = 0.0
    """Of the broker, meanwhile; 0: unknown."""
    note: str = ""

    @property
    def touches_per_s(self) -> float:
        """Throughput."""
        return self.touches / self.took_s

    @property
    def cpu_us(self) -> float:
        """CPU microseconds per touch: what a busy neighbour on the machine disturbs least."""
        return self.cpu_s / self.touches * 1_000_000


def own_cpu_s() -> float:
    """Of this process."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def own_peak_mb() -> float:
    """Of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def cpu_s(pid: int) -> float:
    """Of another process, in steps of 10 ms; 0 for none."""
    if not pid:
        return 0.0
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def peak_mb(pid: int) -> float:
    """Most memory another process ever held."""
    return _status_mb(pid, "VmHWM:")


def resident_mb(pid: int) -> float:
    """Memory another process holds now."""
    return _status_mb(pid, "VmRSS:")


def _status_mb(pid: int, field: str) -> float:
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith(field):
            return int(line.split()[1]) / 1024
    return 0.0
