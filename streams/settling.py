"""What follows from where a lead stands after an event: labels cross, a handoff opens or is taken back, tasks."""

from schemas.crm_update import CrmKind
from schemas.handoff import HandoffType
from schemas.lead_event import CrmSaid, Told
from schemas.lead_state import LeadState
from schemas.stage import Enters
from streams.consent import contactable
from streams.folded import Folded
from streams.handoff.episode import is_open, is_waiting
from streams.handoff.nurture import nurture, task
from streams.handoff.redirect import redirects
from streams.handoff.ripeness import (
    CONSENT,
    HISTORY,
    OPEN,
    by_history,
    cooled,
    fired,
    held_back,
    open_episode,
    phrase,
    rearm,
)  # fmt: skip
from streams.handoff.telling import say
from streams.judge import Judge
from streams.ladder import Shortcut
from streams.stages.moving import enter
from streams.standing import holding, level_of, segment_of
from streams.transition import transition


def settle(
    state: LeadState,
    lead_id: str,
    event: Told,
    judge: Judge,
    folded: Folded,
    before: tuple[int, int, str],
    deals: int,
    surged: str = "",
) -> None:
    """What follows from how a lead stands now. `before`: engagement, fit, level; `deals`: as it was."""
    shortcuts = stand(state, lead_id, event, judge, folded, before)
    ripen(state, lead_id, event, judge, folded, surged, before[0], shortcuts)
    tasks(state, lead_id, event, judge, folded, deals)


def withdraw(
    state: LeadState, lead_id: str, event: Told, judge: Judge, folded: Folded, previous: int, reason: str
) -> None:
    """Whoever has the handoff, it is taken back; a model that hands nothing off has no word for it."""
    if judge.line_of(state, state.as_of_ms) is not None:
        _take_back(state, lead_id, event, judge, folded, previous, reason)


def stand(
    state: LeadState, lead_id: str, event: Told, judge: Judge, folded: Folded, before: tuple[int, int, str]
) -> list[Shortcut]:
    """Labels, segment and level after an event; each change is said once. `before`: engagement, fit, level.

    All that holds of fast paths is handed on.
    """
    engaged, fitted, stood = before
    model, at_ms = judge.model, state.as_of_ms
    if not state.armed and (line := judge.line_of(state, at_ms)) is not None:
        rearm(state, line, state.engagement)
    shortcuts = holding(state, judge, at_ms) if model.fast_paths else []
    if model.segments:
        state.segment = segment_of(state, judge, at_ms)
    if state.engagement != engaged:
        was, now = judge.temperature(engaged), judge.temperature(state.engagement)
        if was != now:
            folded.stages.append(transition(lead_id, state, "temperature", was, now, event))
    if state.fit != fitted and (was := judge.grade(fitted)) != (now := judge.grade(state.fit)):
        folded.stages.append(transition(lead_id, state, "grade", was, now, event))
    if model.levels or model.fast_paths or state.override is not None or stood:
        state.level, why = level_of(state, judge, at_ms, shortcuts)
        if state.level != stood:
            why = why or f"no level holds after {event.id}"
            folded.stages.append(transition(lead_id, state, "level", stood, state.level, event, why))
    return shortcuts


def ripen(
    state: LeadState,
    lead_id: str,
    event: Told,
    judge: Judge,
    folded: Folded,
    surged: str,
    previous: int,
    shortcuts: list[Shortcut],
) -> None:
    """Hand off when a trigger holds and nothing keeps the lead; count a would-be handoff once; withdraw what cooled."""
    line = judge.line_of(state, state.as_of_ms)
    if line is None:
        state.held = ""
        return
    if is_waiting(state):
        if cooled(state, line):
            _take_back(state, lead_id, event, judge, folded, previous, "cooled")
        elif state.unqualified:
            _take_back(state, lead_id, event, judge, folded, previous, "unqualified")
        elif not contactable(state, judge.needed):
            _take_back(state, lead_id, event, judge, folded, previous, CONSENT)
    trigger = fired(state, judge, surged, line, shortcuts)
    if trigger is None:
        state.held = ""
        return
    if by_history(state, event, trigger):
        return
    held = held_back(state, judge, line, trigger)
    if not held:
        enter(state, lead_id, event, judge, folded, (Enters.HANDED_OFF,), "handed off")
        open_episode(state, lead_id, event, trigger)
        why = phrase(trigger, state, line)
        folded.ripe.append(say(HandoffType.REQUESTED, state, judge, lead_id, event, why, previous))
    elif held != OPEN and (not state.held or state.held.startswith(HISTORY)):
        folded.suppressed[held] += 1
    state.held = held or OPEN
    if state.engagement >= line.engagement and is_open(state) and state.episode is not None:
        state.episode.warm = True


def _take_back(
    state: LeadState, lead_id: str, event: Told, judge: Judge, folded: Folded, previous: int, reason: str
) -> None:
    """The lead is not for sales any more."""
    episode = state.episode
    if episode is None:
        return
    waits = is_waiting(state)
    episode.status, episode.closed_ms = "withdrawn", max(state.as_of_ms, episode.opened_ms, 1)
    why = f"Withdrawn, {reason} before anybody took it up" if waits else f"Withdrawn, {reason}"
    folded.ripe.append(say(HandoffType.WITHDRAWN, state, judge, lead_id, event, why, previous, reason=reason))


def tasks(state: LeadState, lead_id: str, event: Told, judge: Judge, folded: Folded, deals: int) -> None:
    """Tasks for marketing: kept warm or not, and in a deal left alone by mail and ads."""
    if isinstance(event, CrmSaid) and event.kind == CrmKind.REVIEW_REQUESTED:
        folded.tasks.append(task("review", state, lead_id, event.id, f"asked by {event.by}" if event.by else ""))
    kept = nurture(state, lead_id, event.id, judge.needed)
    if kept is not None:
        folded.tasks.append(kept)
    if (state.deals == 1) != (deals == 1):
        folded.tasks.append(
            task("suppress", state, lead_id, event.id, "in a deal: no mail, no ads")
            if state.deals == 1
            else task("unsuppress", state, lead_id, event.id, "the deal is closed")
        )
    if judge.criteria:
        folded.tasks += redirects(state, lead_id, event, judge)
