"""Was the promise kept, and were the planned attempts made: by seller, and by how long each part took."""

import re
from collections.abc import Iterable

from msgspec import Struct

from schemas.units import SECOND_MS, Millis
from streams.replay.report import share
from streams.reports.quantiles import Waits, waits
from streams.reports.story import Story

ALL = "all"

_KEPT = re.compile(r"(\d+)/(\d+)")


class Sla(Struct, frozen=True, kw_only=True):
    """Of one seller, or all. History has no promise and is left out."""

    promised: int
    within: int
    """Contacted by then."""
    late: int
    """Contacted later, or ended without any contact told, or still open past the promise with none told."""
    pending: int
    """Open, and there is still time."""
    to_handoff: Waits
    """From the touch to Kafka's having the handoff: the system's part."""
    to_assigned: Waits
    """From the touch to the first named owner."""
    to_contact: Waits
    """From the touch to the first attempt, as reported."""

    @property
    def kept(self) -> float | None:
        """Share of those that can be judged."""
        return share(self.within, self.within + self.late)


def sla(stories: Iterable[Story], now_ms: Millis) -> dict[str, Sla]:
    """All first, then by seller."""
    found: dict[str, list[Story]] = {}
    for story in stories:
        if story.promised and not story.partner:
            found.setdefault(story.seller, []).append(story)
    everybody = [story for own in found.values() for story in own]
    return {ALL: _sla(everybody, now_ms)} | {seller: _sla(own, now_ms) for seller, own in sorted(found.items())}


def _sla(stories: list[Story], now_ms: Millis) -> Sla:
    within = pending = 0
    for story in stories:
        due_ms = story.respond_by_ms or 0
        within += story.contacted_ms is not None and story.contacted_ms <= due_ms
        pending += story.contacted_ms is None and not story.ended and now_ms <= due_ms
    return Sla(
        promised=len(stories), within=within, pending=pending, late=len(stories) - within - pending,
        to_handoff=_waits((story.touched_ms, story.said_ms) for story in stories),
        to_assigned=_waits((story.touched_ms, story.assigned_ms) for story in stories),
        to_contact=_waits((story.touched_ms, story.contacted_ms) for story in stories),
    )  # fmt: skip


def _waits(spans: Iterable[tuple[Millis, Millis | None]]) -> Waits:
    return waits((end_ms - begin_ms) / SECOND_MS for begin_ms, end_ms in spans if end_ms is not None)


class Cadence(Struct, frozen=True, kw_only=True):
    """Handoffs that ended and for which attempts were planned."""

    ended: int
    kept: int
    made: int
    """Attempts, as reported."""
    planned: int

    @property
    def share(self) -> float | None:
        """Kept of ended."""
        return share(self.kept, self.ended)

    @property
    def attempts(self) -> float | None:
        """Per lead."""
        return share(self.made, self.ended)


def cadence(stories: Iterable[Story]) -> dict[str, Cadence]:
    """All first, then by seller."""
    rows: dict[str, list[tuple[bool, int, int]]] = {}
    for story in stories:
        told = _KEPT.fullmatch(story.outcome.kept) if story.outcome is not None else None
        if story.outcome is not None and told is not None:
            row = story.outcome.cadence_kept is True, int(told[1]), int(told[2])
            for seller in (ALL, story.seller):
                rows.setdefault(seller, []).append(row)
    rows.setdefault(ALL, [])
    names = [ALL, *sorted(rows.keys() - {ALL})]
    return {
        name: Cadence(
            ended=len(rows[name]), kept=sum(kept for kept, _, _ in rows[name]),
            made=sum(made for _, made, _ in rows[name]), planned=sum(planned for _, _, planned in rows[name]),
        )
        for name in names
    }  # fmt: skip
