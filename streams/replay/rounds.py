"""Cuts a batch of the log so that a lead's state is at hand before each piece: timers may come due in between."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple, Protocol

import msgspec

from schemas.lead_event import CrmSaid
from schemas.units import MINUTE_MS
from streams.generations.log_marks import NO_LEAD

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


_CRM = msgspec.json.Decoder(CrmSaid)


class Round(NamedTuple):
    """Pieces that may be folded together, one of each lead."""

    pieces: dict[bytes, Piece]
    reports: dict[bytes, CrmSaid]
    """What the CRM says in those of them that are its reports."""
    fresh: list[bytes]
    """Leads whose piece begins another span: their timers fire before it."""
    first_ms: list[int]
    """When leads nobody had heard of were written for the first time."""


class Rounds:
    """Rounds of one partition, batch after batch."""

    def __init__(self) -> None:
        self._spans: dict[bytes, int] = {}
        """In which span each lead's latest event was written."""

    def of(self, records: Iterable[Timed]) -> Iterator[Round]:
        """Of the next batch, records of leads alone."""
        spans = self._spans
        for pieces in rounds(records):
            told = Round(pieces, {}, [], [])
            for key, piece in pieces.items():
                span, before = span_of(piece[0]), spans.get(key)
                if span != before:
                    spans[key] = span
                    told.fresh.append(key)
                    if before is None:
                        told.first_ms.append(piece[0].timestamp)
                value = piece[0].value
                if len(piece) == 1 and value is not None and CRM in value and (said := _report_in(value)) is not None:
                    told.reports[key] = said
            yield told


def of_leads(records: Iterable[Timed]) -> list[Timed]:
    """Those of a log that concern a lead."""
    return [record for record in records if record.key is not None and not record.key.startswith(NO_LEAD)]


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


def _report_in(value: bytes) -> CrmSaid | None:
    try:
        return _CRM.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
