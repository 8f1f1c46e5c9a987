"""Differences found, by kind, each told in words."""

from collections.abc import Iterable

SHOWN = 5
"""Differences of one kind that are spelled out."""


class Complaints:
    """Differences by kind."""

    def __init__(self) -> None:
        self._by_kind: dict[str, list[str]] = {}

    def add(self, holds: bool, kind: str, about: str) -> None:
        """One of them, if it holds."""
        if holds:
            self._by_kind.setdefault(kind, []).append(about)

    def add_all(self, kind: str, abouts: Iterable[str]) -> None:
        """Several."""
        for about in sorted(abouts):
            self.add(True, kind, about)

    def told(self) -> list[str]:
        """A sentence for each kind, with the first few."""
        return [f"{kind}: {len(abouts)}, such as {'; '.join(abouts[:SHOWN])}" for kind, abouts in self._by_kind.items()]
