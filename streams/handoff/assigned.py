"""What `route` has chosen, on the lead's log: owner, promise and plan of an open handoff."""

from schemas.handoff import HandoffType
from schemas.lead_event import Assigned
from schemas.lead_state import Clock, LeadState
from schemas.units import DAY_MS
from streams.consent import closed as closed_channels
from streams.folded import Folded
from streams.handoff.episode import is_open
from streams.handoff.owning import owned_by
from streams.handoff.telling import say
from streams.handoff.work import work
from streams.judge import Judge

ONLY_ATTEMPT_MS = DAY_MS
"""So long after an attempt that is the only one planned the lead counts as not reached."""


def assigned(state: LeadState, lead_id: str, event: Assigned, judge: Judge, folded: Folded) -> None:
    """`route` has chosen: owner, promise and plan. A repeat or a stale word is passed over."""
    episode = state.episode
    if episode is None or episode.handoff_id != event.handoff_id or not is_open(state):
        return
    before = episode.clock
    first = before is None or not before.assigned
    if before is not None and not first:
        same = (episode.owner, before.waiting) == (event.owner, event.waiting)
        if event.revision < before.revision or (event.revision == before.revision and (same or not before.waiting)):
            return
    clock = before or Clock()
    taken = first and episode.owner != ""  # by somebody who was faster than route
    clock.assigned, clock.revision, clock.partner = True, event.revision, event.partner
    clock.waiting = event.waiting and not taken
    # What was said since it was asked for could not name the owner, and is what a CRM reads last.
    crossed = event.waited or episode.revision > event.revision
    changed = crossed and not taken if first else event.owner != episode.owner
    if not taken:
        episode.owner, episode.queue = event.owner, event.queue
        owned_by(state, event.owner or state.owner)
    episode.respond_by_ms = event.respond_by_ms or 0
    if episode.status == "requested" and not event.waiting:
        episode.status = "assigned"
    contacted = clock.contacted_ms > 0
    clock.remind_ms = 0 if contacted or not episode.owner else event.remind_ms or 0
    clock.escalate_ms = 0 if contacted else event.escalate_ms or 0
    clock.reassign_ms = 0 if contacted or taken or episode.status == "accepted" else event.reassign_ms or 0
    clock.escalate_to = event.escalate_to
    if event.plan and not clock.answered:
        clock.plan, clock.planned, clock.stop_on = list(event.plan), len(event.plan), list(event.stop_on)
        clock.then_stage, clock.then_task, clock.again_ms = event.then_stage, event.then_task, event.again_ms or 0
        gap_ms = event.plan[1][0] - event.plan[0][0] if len(event.plan) > 1 else ONLY_ATTEMPT_MS
        clock.given_up_ms = event.plan[-1][0] + gap_ms
    episode.clock = clock
    if event.call_back is not None and first and "call" not in closed_channels(state, judge.needed):
        due_ms, note = event.call_back
        folded.tasks.append(work("call_back", state, lead_id, event.id, due_ms, note, channel="call"))
    kept = event.kept and not contacted
    if kept:
        note = f"not contacted, and nobody else can take it: {event.owner} keeps it"
        due_ms, to = episode.respond_by_ms, clock.escalate_to
        folded.tasks.append(work("escalate", state, lead_id, event.id, due_ms, note, owner=to, role="team lead"))
    if (changed or kept) and judge.line_of(state, state.as_of_ms) is not None:
        why = f"Now with {event.owner}" if event.owner else f"{'Waits' if first else 'Back'} in the queue {event.queue}"
        why = f"Stays with {event.owner}: nobody else can take it" if kept else why
        folded.ripe.append(say(HandoffType.ASSIGNED, state, judge, lead_id, event, why, state.engagement))
