"""Leads with a handoff that stands open and a promise that runs: what a score worker has to wake up for."""

from functools import lru_cache

from schemas.lead_event import Assigned, LeadEvent
from schemas.lead_state import LeadState
from schemas.units import MINUTE_MS, Millis
from streams import lead_codec
from streams.fold import fold
from tests.pure.lives import MODELS, Table, judge, learned, log, touched

MODEL = MODELS / "m1.yaml"
JUDGE = judge("m1")
ESCALATE_AFTER_MS = 10 * MINUTE_MS
"""After the reminder."""


class Pledged:
    """A lead that is reminded of at a moment, encoded; many share a moment."""

    def __init__(self, asked_ms: Millis) -> None:
        asked: list[LeadEvent] = [
            learned(asked_ms, headcount=40), touched("demo_request", asked_ms), touched("demo_request", asked_ms)
        ]  # fmt: skip
        self._table = Table()
        self._table.keep(fold(log(asked), self._table, JUDGE))
        episode = self._state().episode
        assert episode is not None
        given = Assigned(
            id="given", at_ms=asked_ms, handoff_id=episode.handoff_id, revision=1, owner="ann", escalate_to="dina",
            respond_by_ms=asked_ms, remind_ms=asked_ms + 1, escalate_ms=asked_ms + 2,
        )  # fmt: skip
        self._table.keep(fold(log([given], start=len(asked)), self._table, JUDGE))
        self.due = lru_cache(maxsize=100_000)(self._due)

    def _state(self) -> LeadState:
        return self._table.state()

    def _due(self, at_ms: Millis) -> bytes:
        """Its record, the reminder due at this moment."""
        state = self._state()
        assert state.episode is not None
        assert state.episode.clock is not None
        state.episode.clock.remind_ms, state.episode.clock.escalate_ms = at_ms, at_ms + ESCALATE_AFTER_MS
        state.deadline_ms = at_ms
        return lead_codec.encode(state, 0)
