"""Why a score changed: lines whose deltas, summed, give the score at any time."""

from schemas.lead_event import Told, TouchSeen
from schemas.lead_state import TouchRef
from schemas.ledger import Cause, Dimension, LedgerEntry, TouchAt
from schemas.units import MICRO
from streams.judge import Judge
from streams.moments import rfc3339


class Ledger:
    """Writes the lines of one event. Deltas and scores are micro-points here, points on the wire."""

    def __init__(
        self,
        lead_id: str,
        offset: int,
        event: Told,
        clock_ms: int,
        judge: Judge,
        out: list[LedgerEntry],
    ) -> None:
        self._lead_id, self._offset, self._event, self._judge, self._out = lead_id, offset, event, judge, out
        self._at = ""
        self._clock_ms = clock_ms
        self._touches = [TouchAt(
            touch_id=event.id, topic=event.origin.topic, partition=event.origin.partition, offset=event.origin.offset
        )] if isinstance(event, TouchSeen) else []  # fmt: skip

    def time(self, dimension: Dimension, delta: int, after: int) -> None:
        """Decay, closing windows and dates come true, limits included, since the lead was last told."""
        self.write(dimension, "time", delta, after, Cause.TIME, touches=[])

    def changed_model(self, before: tuple[int, int, int], after: tuple[int, int, int]) -> None:
        """Another model reads the same past otherwise: engagement, fit, completeness, as they were and as they are."""
        for dimension, was, now in zip(Dimension, before, after, strict=True):
            self.write(dimension, "model", now - was, now, Cause.MODEL, touches=[])

    def write(
        self,
        dimension: Dimension,
        rule: str,
        delta: int,
        after: int,
        cause: Cause,
        *,
        touches: list[TouchAt] | None = None,
        by: str = "",
    ) -> None:
        """One line, unless nothing changed."""
        if not delta:
            return
        self._at = self._at or rfc3339(self._clock_ms)
        event = self._event
        touch = event if isinstance(event, TouchSeen) else None
        self._out.append(
            LedgerEntry(
                lead_id=self._lead_id,
                offset=self._offset,
                at=self._at,
                dimension=dimension,
                rule=rule,
                delta=delta / MICRO,
                score_after=after / MICRO,
                cause=cause,
                by=by,
                touches=self._touches if touches is None else touches,
                channel=touch.channel if touch else "",
                source=touch.source if touch else "",
                campaign=touch.campaign if touch else "",
                message=touch.message if touch else "",
                page=touch.page if touch else "",
                model=self._judge.name,
            )
        )


def at(ref: TouchRef) -> TouchAt:
    """A remembered touch, as a ledger line names it."""
    return TouchAt(touch_id=ref.touch_id, topic=ref.topic, partition=ref.partition, offset=ref.offset)
