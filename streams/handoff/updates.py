"""A handoff that stands open is told anew when its lead changes enough; not too often, and the last change always."""

from schemas.handoff import HandoffType
from schemas.lead_event import TimerFired, Told
from schemas.lead_state import Clock, LeadState
from schemas.units import MICRO, MINUTE_MS
from streams.folded import Folded
from streams.handoff.episode import is_open
from streams.handoff.telling import say
from streams.judge import Judge

UPDATE_EVERY_MS = 15 * MINUTE_MS
"""A CRM hears of changes of an open handoff at most so often; the last of them is always said."""

MATERIAL = 0.25
"""Of the handoff line: so much engagement gained or lost is worth a word."""


def changed(state: LeadState, lead_id: str, event: Told, judge: Judge, folded: Folded) -> None:
    """After an event: has what an open handoff told changed enough for a word, and is it time for one?"""
    episode = state.episode
    if episode is None or not is_open(state) or judge.line_of(state, state.as_of_ms) is None:
        return
    clock = episode.clock = episode.clock or Clock()
    now = standing(state, judge)
    if not clock.told:
        clock.told, clock.told_ms = now, state.as_of_ms
        return
    if isinstance(event, TimerFired):
        if now[1:] == clock.told[1:]:  # that points fade was foretold with the handoff
            return
    elif now == clock.told or not _material(clock.told, now, judge, state):
        clock.update_ms = 0
        return
    if state.as_of_ms < clock.told_ms + UPDATE_EVERY_MS:
        clock.update_ms = clock.told_ms + UPDATE_EVERY_MS
        return
    update(state, lead_id, event, judge, folded)


def update(state: LeadState, lead_id: str, event: Told, judge: Judge, folded: Folded) -> None:
    """Say how the lead stands now."""
    episode = state.episode
    if episode is None or episode.clock is None:
        return
    clock = episode.clock
    clock.update_ms, before, now = 0, clock.told, standing(state, judge)
    if not before or not _material(before, now, judge, state):
        return
    clock.told, clock.told_ms = now, state.as_of_ms
    folded.ripe.append(say(HandoffType.UPDATED, state, judge, lead_id, event, _how(before, now), int(before[0])))


Standing = list[str]
"""Engagement, level, temperature, grade, segment, fit."""


def standing(state: LeadState, judge: Judge) -> Standing:
    """What a handoff tells of a lead that may change while it stands open."""
    return [
        str(state.engagement), state.level, judge.temperature(state.engagement), judge.grade(state.fit), state.segment,
        f"{state.fit / MICRO:g}",
    ]  # fmt: skip


def _material(before: Standing, now: Standing, judge: Judge, state: LeadState) -> bool:
    line = judge.line_of(state, state.as_of_ms)
    moved = line is not None and abs(int(now[0]) - int(before[0])) >= MATERIAL * line.engagement
    return moved or before[1:] != now[1:]


def _how(before: Standing, now: Standing) -> str:
    names = ("level", "temperature", "grade", "segment", "fit")
    told = [
        f"{name} {was or 'none'} to {new or 'none'}"
        for name, was, new in zip(names, before[1:], now[1:], strict=True)
        if was != new
    ]
    return f"Changed: {', '.join(told)}" if told else "Changed"
