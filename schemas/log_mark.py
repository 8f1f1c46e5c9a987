"""A mark on the log: one record on every partition, about the log itself and no lead. The fold passes over it."""

from enum import StrEnum

from msgspec import Struct

from schemas.units import Millis


class MarkKind(StrEnum):
    """What a mark says."""

    TAKEN_OVER = "taken_over"
    """What lies before it is kept for readers: the table after it was taken over from another one, not folded."""
    CUT_OVER = "cut_over"
    """On the old log: it ended here. On the new one: all before was scored, said and copied; what follows is not."""


class ModelActivated(Struct, frozen=True, kw_only=True):
    """From here on this partition's leads are judged by another model, on the shelf. Key: `MODEL_KEY`."""

    model: str
    version: int
    digest: str
    """Names the document on `scoring.models`."""
    at_ms: Millis
    """Wall time of the command; the same on every partition."""
    by: str = ""
    rescore: bool = False
    """Leads that are ripe under the new model alone are handed off as they next act or their time comes; otherwise they
    are only listed."""
    rollback: bool = False
    """An earlier version is meant; otherwise one that is not above the version in force is refused."""


class Watermark(Struct, frozen=True, kw_only=True):
    """How far one `identify` worker has read its inputs. Key: `WATERMARK_KEY`."""

    read: dict[str, Millis]
    """By `topic/partitions` (`touches.web/0-3,7`): everything Kafka got there before that moment is on the log before
    this record."""
    partitions: dict[str, int] = {}
    """How many partitions each input topic has: who reads this knows when it has heard of all of them."""


class LogMark(Struct, frozen=True, kw_only=True):
    """Written by a rebuild, under the key `streams.generations.log_marks.MARK_KEY`."""

    mark: MarkKind
    generation: str
    """The one the log moves to; empty: the first."""
    came_from: str
    """The one before."""
