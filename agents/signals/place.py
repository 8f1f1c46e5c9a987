"""What is said of the place a worker runs at: its clock beside the broker's, its disks, the memory of its Redis."""

import shutil
from pathlib import Path

from msgspec import Struct

from agents.signals.catalogue import STAGES, WITH_REDIS, gauge
from streams.topology import CANARIES, SCORE

_SKEW = gauge(
    "touchline_clock_skew_seconds",
    "How far this machine's clock is behind that of the broker which last stamped a record of ours; below 0: ahead.",
    (*STAGES, CANARIES.name),
)
_USED = gauge(
    "touchline_disk_used_ratio",
    "Used part of the disk that holds stores or snapshots of this worker; 0: it keeps none.",
    (SCORE.name,),
    {"what": ("stores", "snapshots")},
)
_EVICTED = gauge(
    "touchline_redis_evicted_keys", "Keys that Redis has dropped since it began, for want of memory.", WITH_REDIS
)
_MEMORY = gauge(
    "touchline_redis_memory_ratio", "Memory Redis uses of what it may; 0: it may use all there is.", WITH_REDIS
)


class ClocksCompared(Struct, frozen=True, kw_only=True):
    """A broker stamped a record between two looks at our clock, or before or after both."""

    skew_s: float

    def emit(self) -> None:
        """Show it."""
        _SKEW.set(self.skew_s)


class DiskUsed(Struct, frozen=True, kw_only=True):
    """This worker keeps something on a disk."""

    what: str
    """`stores` or `snapshots`."""
    folder: Path
    """May not be there yet: then what it will be made in counts."""

    def emit(self) -> None:
        """Look at each scrape how much of it is used."""
        _USED.labels(self.what).set_function(self.used)

    def used(self) -> float:
        """Of all there is."""
        there = next(one for one in (self.folder.absolute(), *self.folder.absolute().parents) if one.exists())
        usage = shutil.disk_usage(there)
        return 1 - usage.free / usage.total


class RedisLooked(Struct, frozen=True, kw_only=True):
    """Redis was asked how it is."""

    evicted: int
    used: int
    """Bytes."""
    most: int
    """Bytes; 0: no limit."""

    def emit(self) -> None:
        """Show it."""
        _EVICTED.set(self.evicted)
        _MEMORY.set(self.used / self.most if self.most else 0.0)
