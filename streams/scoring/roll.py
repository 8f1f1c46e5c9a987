"""A roll: the latest few of something, each left encoded, in one piece of bytes that nobody opens for every touch.

Layout: the count (1 byte), then each entry as its length (4 bytes, big endian) and its bytes, the oldest first.
"""

from collections.abc import Sequence
from struct import Struct

_LENGTH = Struct(">I")


def added(roll: bytes, entry: bytes, most: int) -> bytes:
    """The roll with one more at its end; the oldest leaves a roll that holds `most`."""
    count = roll[0] if roll else 0
    told = _LENGTH.pack(len(entry)) + entry
    if count < most:
        return bytes((count + 1,)) + roll[1:] + told
    second = 5 + _LENGTH.unpack_from(roll, 1)[0]
    return roll[:1] + roll[second:] + told


def entries(roll: bytes) -> list[bytes]:
    """All, the oldest first."""
    found, at = [], 1
    while at < len(roll):
        end = at + 4 + _LENGTH.unpack_from(roll, at)[0]
        found.append(roll[at + 4 : end])
        at = end
    return found


def rolled(told: Sequence[bytes]) -> bytes:
    """A roll of these, at most 255."""
    return bytes((len(told),)) + b"".join(_LENGTH.pack(len(entry)) + entry for entry in told) if told else b""
