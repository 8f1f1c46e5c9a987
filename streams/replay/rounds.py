"""Cuts a batch of the log so that a lead's state is at hand before each piece: timers may come due in between."""

from collections.abc import Iterable
from typing import Protocol

from schemas.units import MINUTE_MS

TIMERS_EVERY_MS = MINUTE_MS
"""Events of a lead written within one such span of the clock are folded together, and timers fire before the first: a
live timer, too, waits until its inputs are read, and what comes meanwhile comes first."""

CRM = b'"type":"crm"'
"""A report of a CRM; one that only speaks of such is decoded and told apart."""


class Timed(Protocol):
    """A record of the log, as Kafka clients and exports hand it out."""

    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


Piece = list[Timed]
"""Successive records of one lead: of one span, or a single report of a CRM."""


def rounds(records: Iterable[Timed]) -> list[dict[bytes, Piece]]:
    """The n-th pieces of all leads are round n: each is folded when the one before it is."""
    cut: list[dict[bytes, Piece]] = []
    latest: dict[bytes, tuple[int, Piece | None, int]] = {}
    for record in records:
        key = record.key
        if key is None:
            continue
        said = latest.get(key)
        crm = record.value is not None and CRM in record.value
        span = span_of(record)
        if said is not None and not crm and said[1] is not None and span == said[2]:
            said[1].append(record)
            continue
        number = 0 if said is None else said[0] + 1
        piece = [record]
        if number == len(cut):
            cut.append({})
        cut[number][key] = piece
        latest[key] = (number, None if crm else piece, span)
    return cut


def span_of(record: Timed) -> int:
    """Number of the span in which a record was written."""
    return record.timestamp // TIMERS_EVERY_MS
