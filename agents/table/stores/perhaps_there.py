"""Which leads a store that is being filled cannot hold yet, known without a look at the disk."""

from collections.abc import Iterable

BITS_PER_LEAD = 16
"""Of the leads that were never put, one in sixteen at most is looked for in vain."""
LEAST_BYTES, MOST_BYTES = 1024, 8 * 1024 * 1024
_BIT = tuple(1 << n for n in range(8))


class PerhapsThere:
    """One bit per lead, at a place made of its name: no bit, no lead. Memory not touched yet is none."""

    def __init__(self, leads: int) -> None:
        """`leads`: about so many will come; more of them are only looked for in vain more often."""
        size = min(MOST_BYTES, max(LEAST_BYTES, leads * BITS_PER_LEAD // 8))
        self._bits = bytearray(1 << (size - 1).bit_length())
        self._mask = len(self._bits) - 1

    def add(self, keys: Iterable[bytes]) -> None:
        """They are put."""
        bits, mask = self._bits, self._mask
        for key in keys:
            place = hash(key)
            bits[place & mask] |= _BIT[place >> 40 & 7]

    def among(self, keys: Iterable[bytes]) -> list[bytes]:
        """Those that may have been put: all that were, and a few more."""
        bits, mask = self._bits, self._mask
        return [key for key in keys if bits[(place := hash(key)) & mask] & _BIT[place >> 40 & 7]]
