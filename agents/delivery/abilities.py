"""What a stage may be able to do beside its work: the app asks those that can."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class StartsWhereItKnows(Protocol):
    """A stage whose own state says where its inputs go on; committed offsets are advice to it."""

    def starts(self) -> dict[tuple[str, int], int]:
        """Next offset by (topic without prefix, partition)."""


@runtime_checkable
class Restores(Protocol):
    """A stage that reads its memory back, which may take long."""

    def restored(self) -> int:
        """Changes while it does."""


@runtime_checkable
class HandsOver(Protocol):
    """A stage with something left to write before it leaves the group."""

    async def hand_over(self) -> None:
        """Nothing is delivered any more, and the partitions are still ours."""


@runtime_checkable
class KnowsWhyNot(Protocol):
    """A stage that may be unable to work although it has its partitions: Redis is away."""

    def not_ready(self) -> list[str]:
        """Why it does not work now, a sentence each; none: it does."""
