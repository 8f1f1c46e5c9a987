"""What the mirror says about itself."""

from msgspec import Struct

from agents.signals.catalogue import counter
from agents.signals.log import LOG
from streams.topology import MIRROR

_AT = (MIRROR.name,)
_TOPIC = {"topic": [topic.name for topic in MIRROR.reads]}
_COPIED = counter("touchline_mirrored_records_total", "Records copied into Redis, by topic.", _AT, _TOPIC)
_STALE = counter(
    "touchline_mirror_stale_records_total",
    "Records not copied because Redis held a later word, by topic.",
    _AT,
    _TOPIC,
)


class CardsMirrored(Struct, frozen=True, kw_only=True):
    """Records of one partition are in Redis."""

    topic: str
    """Without prefix."""
    copied: int
    stale: int

    def emit(self) -> None:
        """Count them."""
        _COPIED.labels(self.topic).inc(self.copied)
        _STALE.labels(self.topic).inc(self.stale)


class TopicMadeAnew(Struct, frozen=True, kw_only=True):
    """A topic's offsets begin again: it was deleted and created, and is copied from its start."""

    topic: str
    partition: int
    mark: int
    """Last offset copied of the old one."""
    offset: int
    """First of the new one."""

    def emit(self) -> None:
        """Say it."""
        LOG.warning("topic made anew", topic=self.topic, partition=self.partition, mark=self.mark, offset=self.offset)
