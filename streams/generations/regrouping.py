"""Which records of an old log are on a new one already: leads change partition, so their order tells nothing."""

import struct

_COORDINATES = struct.Struct(">iq")

COPIED_FROM = "touchline-copied-from"
"""Header of a copy: partition and offset of the original."""


def coordinates(partition: int, offset: int) -> bytes:
    """The header's value."""
    return _COORDINATES.pack(partition, offset)


def coordinates_in(headers: tuple[tuple[str, bytes], ...] | list[tuple[str, bytes]]) -> tuple[int, int] | None:
    """Partition and offset of the original; None: not a copy."""
    for name, value in headers:
        if name == COPIED_FROM:
            partition, offset = _COORDINATES.unpack(value)
            return partition, offset
    return None


def headers_of_copy(
    headers: tuple[tuple[str, bytes], ...] | list[tuple[str, bytes]], partition: int, offset: int
) -> list[tuple[str, bytes]]:
    """The original's headers and where it came from; the copy of a copy tells the last step only."""
    return [
        *((name, value) for name, value in headers if name != COPIED_FROM),
        (COPIED_FROM, coordinates(partition, offset)),
    ]


class Copied:
    """A set of offsets per partition, one bit each: a hundred million records take 12 MB."""

    def __init__(self) -> None:
        self._bits: dict[int, bytearray] = {}
        self.count = 0

    def add(self, partition: int, offset: int) -> bool:
        """False if it was there already."""
        bits = self._bits.setdefault(partition, bytearray())
        at, bit = offset >> 3, 1 << (offset & 7)
        if at >= len(bits):
            bits.extend(bytes(max(at + 1 - len(bits), len(bits) // 2)))
        if bits[at] & bit:
            return False
        bits[at] |= bit
        self.count += 1
        return True

    def __contains__(self, where: tuple[int, int]) -> bool:
        partition, offset = where
        bits = self._bits.get(partition, b"")
        return offset >> 3 < len(bits) and bool(bits[offset >> 3] & 1 << (offset & 7))
