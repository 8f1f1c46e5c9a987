"""A mark on the log: one record on every partition, about the log itself and no lead. The fold passes over it."""

from enum import StrEnum

from msgspec import Struct


class MarkKind(StrEnum):
    """What a mark says."""

    TAKEN_OVER = "taken_over"
    """What lies before it is kept for readers: the table after it was taken over from another one, not folded."""
    CUT_OVER = "cut_over"
    """On the old log: it ended here. On the new one: all before was scored, said and copied; what follows is not."""


class LogMark(Struct, frozen=True, kw_only=True):
    """Written by a rebuild, under the key `streams.generations.log_marks.MARK_KEY`."""

    mark: MarkKind
    generation: str
    """The one the log moves to; empty: the first."""
    came_from: str
    """The one before."""
