"""Pasts of several leads on one partition of the log, and what a replay makes of them."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any
from uuid import uuid5

import msgspec
from hypothesis import strategies as st

from schemas.lead_event import CrmSaid, LeadEvent, Origin
from schemas.units import DAY_MS, HOUR_MS, MICRO
from streams.handoff.ripeness import HANDOFF_IDS
from streams.judge import Judge
from streams.replay.comparison import Comparison, Terms
from streams.replay.moved_line import with_line
from streams.replay.record import LogRecord
from streams.replay.report import Report
from tests.pure.lives import T, fit20, judge, said, touched, view

M1 = judge("m1", without="surge:")
LATE_MS = 1_500
"""Between a touch and its record on the log."""
Past = Sequence[tuple[str, LeadEvent]]


def lined(points: float) -> Judge:
    """m1 with another handoff line."""
    return Judge.of(with_line(M1.model, points))


def records(past: Past) -> list[LogRecord]:
    """The log: each event written a moment after it happened."""
    return [
        LogRecord(offset, event.at_ms + LATE_MS, lead.encode(), msgspec.json.encode(_placed(event, offset)))
        for offset, (lead, event) in enumerate(past)
    ]


def _placed(event: LeadEvent, offset: int) -> LeadEvent:
    if not hasattr(event, "origin"):
        return event
    return msgspec.structs.replace(event, origin=Origin(event.origin.topic, 0, offset, event.at_ms))


def compared(past: Past, current: Judge, candidate: Judge, *, batch: int = 10_000, **terms: Any) -> Report:
    """What a replay of it found."""
    return finished(records(past), current, candidate, batch, Terms(**{"end_ms": T + 60 * DAY_MS, **terms}))


def finished(log: Sequence[LogRecord], current: Judge, candidate: Judge, batch: int, terms: Terms) -> Report:
    """The same of records."""
    comparison = Comparison(current, candidate, terms)
    for begin in range(0, len(log), batch):
        comparison.take(log[begin : begin + batch])
    return comparison.finish()


def handoff_id(lead: str, event: LeadEvent) -> str:
    """Of the handoff that this event opened."""
    return str(uuid5(HANDOFF_IDS, f"{lead}/{event.id}"))


def demo(lead: str, at_ms: int) -> list[tuple[str, LeadEvent]]:
    """Fit, and 30 points: under the line of 40."""
    return [(lead, msgspec.structs.replace(fit20(), at_ms=at_ms)), (lead, touched("demo_request", at_ms + 1))]


def prices(lead: str, at_ms: int, times: int = 3) -> list[tuple[str, LeadEvent]]:
    """4 points each."""
    return [(lead, view("/pricing", at_ms + n)) for n in range(times)]


def in_order(past: Iterable[tuple[str, LeadEvent]]) -> list[tuple[str, LeadEvent]]:
    """By their times, as the log would have them."""
    return sorted(past, key=lambda one: one[1].at_ms)


_KINDS: list[Callable[[int], LeadEvent]] = [
    lambda at_ms: touched("demo_request", at_ms),
    lambda at_ms: view("/pricing", at_ms),
    lambda at_ms: view("/blog/a", at_ms),
    lambda at_ms: touched("visit", at_ms),
    lambda at_ms: touched("presentation_request", at_ms),
    lambda at_ms: touched("unsubscribe", at_ms),
    lambda at_ms: msgspec.structs.replace(fit20(), at_ms=at_ms),
    lambda at_ms: said("accepted", at_ms),
    lambda at_ms: said("returned", at_ms, reason="not_now"),
    lambda at_ms: said("won", at_ms, amount=10.0),
]


def pasts() -> st.SearchStrategy[list[tuple[str, LeadEvent]]]:
    """A few leads over a few weeks, most of them fit; reports of the CRM among it."""
    moments = st.one_of(st.integers(0, 40 * DAY_MS), st.integers(0, 2 * HOUR_MS))
    one = st.tuples(st.sampled_from(["L1", "L2", "L3"]), moments, st.sampled_from(_KINDS))
    fits = [(lead, msgspec.structs.replace(fit20(), at_ms=T)) for lead in ("L1", "L2")]
    return st.lists(one, max_size=40).map(
        lambda drawn: [*fits, *in_order((lead, make(T + after_ms)) for lead, after_ms, make in drawn)]
    )


def points(micro: int) -> float:
    """As people say it."""
    return micro / MICRO


def answered(report: CrmSaid, to: str) -> CrmSaid:
    """The report, about this handoff."""
    return msgspec.structs.replace(report, handoff_id=to)
