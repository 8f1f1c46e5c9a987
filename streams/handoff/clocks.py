"""The clocks of an open handoff: reminder, escalation, reassignment, planned attempts, an update held back.

Their moments came with the assignment, in working time. When one has passed, what is due is said; what was overtaken by
the next while nobody could look (an outage of ours) is left out, so that nobody is paged for the past.
"""

from schemas.handoff import HandoffType, Outcome
from schemas.lead_event import CrmSaid, TimerFired, TouchSeen
from schemas.lead_state import Clock, LeadState
from streams.consent import closed as closed_channels
from streams.consent import contactable
from streams.folded import Folded
from streams.handoff.ending import end
from streams.handoff.episode import is_open, is_waiting
from streams.handoff.telling import say
from streams.handoff.updates import update
from streams.handoff.work import work
from streams.judge import Judge
from streams.moments import rfc3339
from streams.stages.moving import give_up

DIRECT = frozenset({"call", "messenger"})
"""Channels on which whatever a person does is an answer."""


def next_clock(state: LeadState) -> int:
    """The first moment at which a clock says something, the stage's among them; 0: none runs."""
    episode = state.episode
    if episode is None or episode.clock is None:
        return state.stage_due_ms
    clock = episode.clock
    if episode.closed_ms:
        return sooner(clock.again_at_ms, state.stage_due_ms)
    moments = (clock.remind_ms, clock.escalate_ms, clock.reassign_ms, clock.update_ms, _next_attempt(clock))
    return sooner(min((moment for moment in moments if moment), default=0), state.stage_due_ms)


def sooner(first_ms: int, second_ms: int) -> int:
    """The earlier of two moments; 0 is none."""
    return min(first_ms, second_ms) if first_ms and second_ms else first_ms or second_ms


def _next_attempt(clock: Clock) -> int:
    return clock.plan[0][0] if clock.plan else clock.given_up_ms


def contacted(state: LeadState, event: CrmSaid) -> bool:
    """Somebody tried to reach the lead: the promise is kept; an answer ends the plan. Was it the first time?"""
    episode = state.episode
    if episode is None or not is_open(state) or (event.handoff_id and event.handoff_id != episode.handoff_id):
        return False
    clock = episode.clock = episode.clock or Clock()
    first = not clock.contacted_ms
    clock.attempts += 1
    if event.channel and event.channel not in clock.channels:
        clock.channels.append(event.channel)
    clock.contacted_ms = clock.contacted_ms or max(event.at_ms, 1)
    clock.remind_ms = clock.escalate_ms = clock.reassign_ms = 0
    if event.answered:
        _stop(clock, answered=True)
    return first


def answered(state: LeadState, event: TouchSeen) -> bool:
    """The lead itself spoke: planned attempts end where the policy says so. Was it an answer?"""
    episode = state.episode
    if episode is None or episode.clock is None or not is_open(state) or event.direction == "out" or event.history:
        return False
    clock, kind = episode.clock, event.kind.casefold()
    if event.at_ms < episode.opened_ms or not (clock.plan or clock.given_up_ms):
        return False
    replied = event.channel in DIRECT or "reply" in kind or "answer" in kind
    told = "meeting" if "meeting" in kind else "unsubscribe" if "unsubscribe" in kind else "reply" if replied else ""
    if told and told in clock.stop_on:
        _stop(clock, answered=told != "unsubscribe")
    return told in ("reply", "meeting")


def _stop(clock: Clock, *, answered: bool) -> None:
    clock.plan, clock.given_up_ms, clock.answered = [], 0, clock.answered or answered


def due(state: LeadState, lead_id: str, event: TimerFired, judge: Judge, folded: Folded) -> None:
    """Say what has come due at this moment."""
    episode, now_ms = state.episode, event.at_ms
    if episode is None or episode.clock is None:
        return
    clock, seen_ms = episode.clock, max(event.fired_ms, now_ms)
    if episode.closed_ms:
        if 0 < clock.again_at_ms <= now_ms:
            clock.again_at_ms = 0
            if state.deals or state.unqualified or not contactable(state, judge.needed):
                return
            note = "try again: " + (f"{episode.status} before" if episode.status != "closed" else "not reached before")
            folded.tasks.append(work("reactivate", state, lead_id, event.id, now_ms, note))
        return
    if judge.line_of(state, state.as_of_ms) is None:
        return
    if not contactable(state, judge.needed):  # who has taken it up is not told to call somebody who opted out
        clock.remind_ms = clock.escalate_ms = clock.reassign_ms = 0
    if 0 < clock.remind_ms <= now_ms:
        overtaken = 0 < clock.escalate_ms <= seen_ms
        clock.remind_ms = 0
        if not overtaken:
            note = "not contacted yet" + (
                f"; promised by {rfc3339(episode.respond_by_ms)}" if episode.respond_by_ms else ""
            )
            folded.tasks.append(
                work("remind", state, lead_id, event.id, episode.respond_by_ms, note, owner=episode.owner)
            )
    if 0 < clock.escalate_ms <= now_ms:
        clock.escalate_ms = 0
        _escalate(state, lead_id, event, judge, folded, reassign=0 < clock.reassign_ms <= now_ms)
    if 0 < clock.reassign_ms <= now_ms:
        clock.reassign_ms = 0
        if is_waiting(state):
            _escalate(state, lead_id, event, judge, folded, reassign=True)
    _attempts(state, lead_id, event, judge, folded, seen_ms)
    if 0 < clock.update_ms <= now_ms and is_open(state):
        update(state, lead_id, event, judge, folded)


def _escalate(
    state: LeadState, lead_id: str, event: TimerFired, judge: Judge, folded: Folded, *, reassign: bool
) -> None:
    episode = state.episode
    if episode is None or episode.clock is None:
        return
    clock = episode.clock
    who = episode.owner or episode.queue or "nobody"
    if reassign:
        clock.reassign_ms = 0
        why = f"Not contacted by {who}: to be given to somebody else"
    else:
        why = f"Not contacted in time, {who} has it"
        task = work("escalate", state, lead_id, event.id, event.at_ms, why, owner=clock.escalate_to, role="team lead")
        folded.tasks.append(task)
    folded.ripe.append(
        say(HandoffType.ESCALATED, state, judge, lead_id, event, why, state.engagement, reassign=reassign)
    )


def _attempts(state: LeadState, lead_id: str, event: TimerFired, judge: Judge, folded: Folded, seen_ms: int) -> None:
    """The planned attempt that is due; after the last one without an answer the handoff ends as unreachable."""
    episode = state.episode
    if episode is None or episode.clock is None:
        return
    clock = episode.clock
    while clock.plan and clock.plan[0][0] <= event.at_ms:
        due_ms, channel = clock.plan.pop(0)
        number = clock.planned - len(clock.plan)
        overtaken = bool(clock.plan) and clock.plan[0][0] <= seen_ms
        if overtaken or channel in closed_channels(state, judge.needed):
            continue
        folded.tasks.append(
            work(
                "attempt", state, lead_id, event.id, due_ms, f"attempt {number} of {clock.planned}",
                owner=episode.owner, channel=channel, attempt_no=number,
            )
        )  # fmt: skip
    if not clock.plan and 0 < clock.given_up_ms <= event.at_ms:
        clock.given_up_ms = 0
        why = f"not reached in {clock.attempts} attempts of {clock.planned} planned"
        give_up(state, lead_id, event, judge, folded, clock.then_stage, why)
        end(state, lead_id, event, judge, folded, Outcome(result="unreachable", owner=episode.owner))
