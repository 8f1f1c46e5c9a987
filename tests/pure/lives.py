"""Lives of leads for tests: events as the log says them, folded through a table that keeps only bytes."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Any

import msgspec

from schemas.lead_event import CrmSaid, FactLearned, LeadEvent, Origin, TouchSeen
from schemas.lead_state import LeadState
from schemas.units import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS
from streams import lead_codec
from streams.fold import fold
from streams.folded import Folded
from streams.judge import Judge
from streams.model import read_model

T = int(datetime(2026, 11, 22, 12, tzinfo=UTC).timestamp() * 1000)
MODELS = Path(__file__).parent.parent / "models"
SPAN = {"ms": 1, "s": SECOND_MS, "m": MINUTE_MS, "h": HOUR_MS, "d": DAY_MS}
_numbers = count()


def judge(name: str = "m1", *, without: str = "") -> Judge:
    """The judge of a model of `tests/models`, leaving out the lines that hold a word."""
    lines = (MODELS / f"{name}.yaml").read_text().splitlines(keepends=True)
    model = read_model("".join(line for line in lines if not without or without not in line))
    assert not isinstance(model, list), model
    return Judge.of(model)


def origin(offset: int | None = None, *, topic: str = "touches.web", append_ms: int = T) -> Origin:
    return Origin(topic, 0, next(_numbers) if offset is None else offset, append_ms)


def touched(kind: str, at_ms: int = T, *, id: str = "", **more: Any) -> TouchSeen:
    return TouchSeen(id=id or f"t{next(_numbers)}", at_ms=at_ms, origin=origin(), kind=kind, channel="web", **more)


def learned(at_ms: int = T, by: str = "form", *, id: str = "", **facts: Any) -> FactLearned:
    return FactLearned(id=id or f"f{next(_numbers)}", at_ms=at_ms, origin=origin(topic="facts"), by=by, facts=facts)


def said(kind: str, at_ms: int = T, *, id: str = "", **more: Any) -> CrmSaid:
    return CrmSaid(id=id or f"c{next(_numbers)}", at_ms=at_ms, origin=origin(topic="crm.updates"), kind=kind, **more)


def with_coordinates(events: Sequence[LeadEvent]) -> list[LeadEvent]:
    """The same events as they would lie on the log in this order: coordinates rise along it."""
    return [
        e if not hasattr(e, "origin") else msgspec.structs.replace(e, origin=Origin(e.origin.topic, 0, i, T + i))
        for i, e in enumerate(events)
    ]


class Logged(msgspec.Struct):
    """A record of the log."""

    offset: int
    key: bytes | None
    value: bytes | None


def log(events: Iterable[LeadEvent], lead: str = "L1", start: int = 0) -> list[Logged]:
    return [Logged(i, lead.encode(), msgspec.json.encode(e)) for i, e in enumerate(events, start)]


class Table:
    """A score table that keeps what was persisted, and nothing else."""

    def __init__(self) -> None:
        self.kept: dict[bytes, bytes] = {}

    def get(self, key: bytes) -> bytes | None:
        return self.kept.get(key)

    def keep(self, folded: Folded) -> None:
        self.kept.update(folded.states)

    def state(self, lead: str = "L1") -> LeadState:
        return lead_codec.decode(self.kept[lead.encode()])


def after(folded: Folded, lead: str = "L1") -> LeadState:
    """The state a fold left a lead in."""
    return lead_codec.decode(folded.states[lead.encode()])


def live(events: Sequence[LeadEvent], by: Judge, *, batch: int = 1_000_000) -> tuple[LeadState, Folded]:
    """Fold a life in batches; the state at its end and all that was said."""
    table, whole = Table(), Folded()
    records = log(with_coordinates(events))
    for i in range(0, len(records), batch):
        folded = fold(records[i : i + batch], table, by)
        table.keep(folded)
        whole.ripe += folded.ripe
        whole.ledger += folded.ledger
        whole.stages += folded.stages
        whole.tasks += folded.tasks
        whole.refused += folded.refused
        whole.touches += folded.touches
        whole.suppressed += folded.suppressed
        whole.kin += folded.kin
    return table.state(), whole


def points(state: LeadState) -> float:
    return state.engagement / 1_000_000


def fit20() -> LeadEvent:
    return learned(headcount=40)


def fit50() -> LeadEvent:
    return learned(headcount=40, turnover_usd=500_000, founded="2019-01-01")


def view(page: str, at_ms: int = T, **more: Any) -> LeadEvent:
    return touched("page_view", at_ms, page=page, **more)


def video(name: str, at_ms: int = T) -> LeadEvent:
    return touched("video_view", at_ms, props={"video": name})
