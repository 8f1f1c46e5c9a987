"""A record of the log as a replay has it: from an export, or made for a moment that time alone brings."""

from msgspec import Struct


class LogRecord(Struct, array_like=True, gc=False):
    """Where it stood on its partition, when it was written, and its bytes."""

    offset: int
    timestamp: int
    """When it was written, ms."""
    key: bytes | None
    value: bytes | None


def sample_line(share: float) -> int:
    """Leads whose 64-bit hash (XXH3 of the id) is under this line are in a sample of that share: always the same."""
    return int(share * 2**64)
