"""What a CRM or seller answers: the open episode moves on, or the lead's consent changes."""

from msgspec.structs import replace

from schemas.crm_update import CrmKind
from schemas.handoff import HandoffType, Outcome
from schemas.lead_event import CrmSaid
from schemas.lead_state import Episode, LeadState, Override
from schemas.reject import Reason, Reject
from schemas.stage import Enters
from streams.consent import SCORING, purpose_of
from streams.consent import hear as hear_word
from streams.folded import Folded
from streams.handoff.clocks import contacted
from streams.handoff.ending import end
from streams.handoff.episode import is_open
from streams.handoff.owning import owned_by, owner_heard, person
from streams.handoff.telling import say
from streams.judge import Judge
from streams.scoring.late_word import hear_on_scoring
from streams.stages.moving import CLIENT, enter, said_by
from streams.stages.reporting import put, refusal_of, reported

ANSWERS = frozenset({CrmKind.ACCEPTED, CrmKind.RETURNED, CrmKind.REFUSED})
"""Reports that mean nothing without a handoff that stands open."""

ENDS = frozenset({CrmKind.WON, CrmKind.LOST, CrmKind.REFUSED})


def hear(state: LeadState, event: CrmSaid, judge: Judge, lead_id: str, folded: Folded) -> Reject | None:
    """Take one report in; what is to be said of the episode goes to `folded`. Why not, if it is impossible."""
    kind = event.kind
    if (refused := _impossible(state, event)) is not None:
        return refused
    match kind:
        case CrmKind.ATTEMPT:
            state.attempts += 1
            first = contacted(state, event)
            tried = (Enters.ANSWERED, Enters.ATTEMPT) if event.answered else (Enters.ATTEMPT,)
            enter(state, lead_id, event, judge, folded, tried, _tried(event))
            if first and judge.line_of(state, state.as_of_ms) is not None:
                _told_first(state, event, judge, lead_id, folded)
        case CrmKind.CONSENT:
            purpose = purpose_of(event.purpose)
            if purpose == SCORING:
                hear_on_scoring(state, event.at_ms, bool(event.given), judge)
            else:
                hear_word(state, purpose, event.at_ms, bool(event.given))
        case CrmKind.OVERRIDE:
            if event.level and _latest(state, "level", event):
                state.override = Override(event.level, event.by, event.at_ms, event.until_ms or 0)
            if event.stage and event.at_ms >= state.words.get("deal", 0):
                if (refused := put(state, event, judge, lead_id, folded)) is not None:
                    return refused
                state.words["deal"] = event.at_ms
        case CrmKind.OVERRIDE_RELEASED if _latest(state, "level", event):
            state.override = None
        case CrmKind.UNQUALIFIED | CrmKind.REVIEWED if _latest(state, "qualified", event):
            was, state.unqualified = state.unqualified, event.cause
            if was or event.cause:
                what = Enters.UNQUALIFIED if event.cause else Enters.REVIEWED
                enter(state, lead_id, event, judge, folded, (what,), said_by(event))
        case CrmKind.STAGE if event.at_ms >= state.words.get("deal", 0):
            if (refused := reported(state, event, judge, lead_id, folded)) is not None:
                return refused
            state.words["deal"] = event.at_ms
        case CrmKind.OWNER if _latest(state, "owner", event):
            _owned(state, event, judge, lead_id, folded)
        case CrmKind.ACCEPTED | CrmKind.RETURNED | CrmKind.WON | CrmKind.LOST | CrmKind.REFUSED:
            episode = _answered(state, event)
            if kind not in ENDS:
                if episode is not None:
                    enter(state, lead_id, event, judge, folded, _ENTERS[CrmKind(kind)], said_by(event))
            elif _latest(state, "deal", event):
                whats = refusal_of(event) if kind == CrmKind.REFUSED else _ENTERS[CrmKind(kind)]
                enter(state, lead_id, event, judge, folded, whats, said_by(event))
                state.deals = CLIENT if kind == CrmKind.WON else 0
            if episode is not None and judge.line_of(state, state.as_of_ms) is not None:
                _move(state, episode, event, judge, lead_id, folded)
    owner_heard(state, event)
    return None


_ENTERS: dict[CrmKind, tuple[Enters, ...]] = {
    CrmKind.ACCEPTED: (Enters.ACCEPTED,), CrmKind.RETURNED: (Enters.RETURNED,), CrmKind.WON: (Enters.WON,),
    CrmKind.LOST: (Enters.LOST,),
}  # fmt: skip


def _told_first(state: LeadState, event: CrmSaid, judge: Judge, lead_id: str, folded: Folded) -> None:
    """The promise is kept: who watches it hears so at once, and not only when the handoff ends."""
    why = f"First contact: {_tried(event)}"
    told = say(HandoffType.UPDATED, state, judge, lead_id, event, why, state.engagement)
    folded.ripe.append(replace(told, first_contact=True))


def _tried(event: CrmSaid) -> str:
    channel, by = f" by {event.channel}" if event.channel else "", f" of {event.by}" if event.by else ""
    return f"attempt{by}{channel}, {'answered' if event.answered else 'not answered'}"


def _impossible(state: LeadState, event: CrmSaid) -> Reject | None:
    """An answer to a handoff that does not stand open, and what could be said instead."""
    if event.kind not in ANSWERS or _answered(state, event) is not None:
        return None
    episode = state.episode
    if episode is None:
        why = "no handoff was ever made of this lead"
    elif event.handoff_id and event.handoff_id != episode.handoff_id:
        why = f"that handoff has ended; the lead's latest is number {episode.number}, {episode.status}"
    else:
        why = f"the handoff is {episode.status} already"
    detail = f"kind is {event.kind}, and {why}; won, lost, stage, attempt or consent may still be reported"
    return Reject(reason=Reason.IMPOSSIBLE, detail=detail)


def _latest(state: LeadState, about: str, event: CrmSaid) -> bool:
    """Is it the last word on this, by its time? An earlier one that comes late changes nothing."""
    if event.at_ms < state.words.get(about, 0):
        return False
    state.words[about] = event.at_ms
    return True


def stale(state: LeadState, event: CrmSaid) -> Reject | None:
    """Why a numbered report comes too late: a later one of its handoff was heard. Otherwise its number is kept.

    A word on consent has its own time, and is never lost.
    """
    episode, number = state.episode, event.sequence
    if number is None or episode is None or event.kind == CrmKind.CONSENT:
        return None
    if event.handoff_id and event.handoff_id != episode.handoff_id:
        return None
    if number > episode.sequence:
        episode.sequence = number
        return None
    detail = f"sequence is {number}, and {episode.sequence} was heard of this handoff; nothing was changed"
    return Reject(reason=Reason.STALE, detail=f"{detail}. Still true? Send it again with a higher number")


def _answered(state: LeadState, event: CrmSaid) -> Episode | None:
    """The open episode this report is about; None when it is about another."""
    episode = state.episode
    if episode is None or not is_open(state) or (event.handoff_id and event.handoff_id != episode.handoff_id):
        return None
    return episode


def _owned(state: LeadState, event: CrmSaid, judge: Judge, lead_id: str, folded: Folded) -> None:
    """Somebody else has the lead now."""
    owned_by(state, event.owner)
    episode = _answered(state, event)
    if episode is None or episode.owner == event.owner or judge.line_of(state, state.as_of_ms) is None:
        return
    episode.owner, episode.queue = event.owner, ""
    if episode.status == "requested":
        episode.status = "assigned"
    by = f" by {event.by}" if event.by else ""
    why = f"Given to {event.owner}{by}"
    folded.ripe.append(say(HandoffType.ASSIGNED, state, judge, lead_id, event, why, state.engagement))
    _taken(episode)


def _taken(episode: Episode) -> None:
    """Somebody has it, by people's word: what route was asked before, it answers in vain."""
    clock = episode.clock
    if clock is not None and clock.assigned:
        clock.waiting, clock.reassign_ms, clock.revision = False, 0, episode.revision


def _move(state: LeadState, episode: Episode, event: CrmSaid, judge: Judge, lead_id: str, folded: Folded) -> None:
    by = f" by {event.by}" if event.by else ""
    previous = state.engagement
    if event.kind == CrmKind.ACCEPTED:
        if episode.status == "accepted":
            return
        episode.status = "accepted"
        episode.owner = event.owner or person(event.by) or episode.owner
        owned_by(state, episode.owner)
        folded.ripe.append(say(HandoffType.ACCEPTED, state, judge, lead_id, event, f"Accepted{by}", previous))
        _taken(episode)
    elif event.kind == CrmKind.RETURNED:
        episode.closed_ms = max(event.at_ms, episode.opened_ms, 1)
        episode.status = "returned"
        phrase = f"Returned{by}" + (f", {event.reason}" if event.reason else "")
        told = say(HandoffType.RETURNED, state, judge, lead_id, event, phrase, previous, reason=event.reason)
        folded.ripe.append(told)
    else:
        outcome = Outcome(
            result=event.kind, amount=event.amount, currency=event.currency, side=event.side, cause=event.cause,
            owner=event.owner or episode.owner,
        )  # fmt: skip
        who = {"us": ", we refused", "client": ", they refused"}.get(event.side, "")
        phrase = f"{event.kind.capitalize()}{by}{who}" + (f": {event.cause}" if event.cause else "")
        end(state, lead_id, event, judge, folded, outcome, phrase)
