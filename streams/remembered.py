"""Remembers what short things come to. Long ones are worked out each time: a cache of them would fill the memory."""

from collections.abc import Callable, Hashable
from typing import TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")

MOST_CHARS = 512
"""Of what is remembered. Kinds, campaigns, pages and identities are far shorter."""


class Remembered(dict[K, V]):
    """A function, as fast as a dict where it was asked before: call `look_up`."""

    def __init__(self, work_out: Callable[[K], V], most: int, chars: Callable[[K], int]) -> None:
        super().__init__()
        self._work_out, self._most, self._chars = work_out, most, chars
        self.look_up: Callable[[K], V] = self.__getitem__

    def __missing__(self, asked: K) -> V:
        found = self._work_out(asked)
        if self._chars(asked) <= MOST_CHARS:
            if len(self) >= self._most:
                self.clear()
            self[asked] = found
        return found
