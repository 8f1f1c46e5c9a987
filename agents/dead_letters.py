"""Messages that cannot be used, as they are set aside: their bytes untouched, their reason in headers."""

from collections import Counter
from collections.abc import Sequence

from msgspec import Struct

from agents.delivery.producer import Item, Outbox
from agents.group_commit import Record
from agents.signals import DeadLettersWritten
from schemas.reject import HEADER_PREFIX, STREAMS_PREFIX, Reject
from streams.topology import DEAD_LETTERS

OURS = (HEADER_PREFIX, STREAMS_PREFIX)


class DeadLetter(Struct, frozen=True):
    """A message and the verdict on it."""

    topic: str
    """Where it was read, without prefix, so that a letter means the same in every deployment."""
    record: Record
    reject: Reject


async def write_dead_letters(out: Outbox, unusable: Sequence[DeadLetter]) -> None:
    """Set them aside, wait for the broker, and say so."""
    if not unusable:
        return
    await out.write(DEAD_LETTERS, [letter(dead.topic, dead.record, dead.reject) for dead in unusable])
    DeadLettersWritten(counts=Counter((dead.topic, dead.reject.reason.value) for dead in unusable)).emit()


def letter(topic: str, record: Record, reject: Reject) -> Item:
    """Key and value byte for byte, original headers, and why.

    A letter that was sent back and failed again tells of its last failure only.
    """
    reason, detail = reject.reason.value, reject.detail
    where = (("topic", topic), ("partition", str(record.partition)), ("offset", str(record.offset)))
    said = [
        (f"{HEADER_PREFIX}reason", reason),
        (f"{HEADER_PREFIX}detail", detail),
        *((f"{HEADER_PREFIX}{name}", value) for name, value in where),
        (f"{HEADER_PREFIX}timestamp", str(record.timestamp)),
        (f"{STREAMS_PREFIX}exception", exception_name(reason)),
        (f"{STREAMS_PREFIX}message", detail),
        (f"{STREAMS_PREFIX}stacktrace", ""),
        *((f"{STREAMS_PREFIX}{name}", value) for name, value in where),
    ]
    kept = [(name, value) for name, value in record.headers if not name.startswith(OURS)]
    return None, record.key, record.value, kept + [(name, value.encode()) for name, value in said]


def exception_name(reason: str) -> str:
    """`bad_time` as tools that read Kafka Streams' headers expect a class: `BadTime`."""
    return "".join(word.capitalize() for word in reason.split("_"))
