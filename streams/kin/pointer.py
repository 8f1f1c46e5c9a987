"""A lead that was merged away: it hands over what it was, then sends on what comes, and heals what does not fit."""

import msgspec

from schemas.lead_event import Assigned, CrmSaid, FactLearned, Forwarded, LeadEvent, MergedFrom, MergedInto, TouchSeen
from schemas.lead_state import Kin, LeadState
from streams.folded import Folded
from streams.handoff.nurture import task
from streams.kin.gone import become
from streams.lead_codec import encode
from streams.scoring.repeats import seen_before

_ENCODER = msgspec.json.Encoder()


def merge_away(state: LeadState, lead_id: str, event: MergedInto, offset: int, folded: Folded) -> None:
    """The survivor gets all that this lead was. The smaller id survives: what is said otherwise, is said back."""
    survivor = event.survivor
    if survivor >= lead_id:
        if survivor > lead_id:
            _say_merged(survivor, lead_id, event.at_ms, folded)
        return
    kin = state.kin or Kin()
    handed = MergedFrom(id=event.id, at_ms=event.at_ms, loser=lead_id, number=kin.sent + 1, state=encode(state, offset))
    if state.nurture_ms:
        folded.tasks.append(task("nurture_left", state, lead_id, event.id, note="merged"))
    kin.sent, kin.merged_into, kin.doubt = kin.sent + 1, survivor, ""
    become(state, LeadState(as_of_ms=state.as_of_ms, seen=state.seen, inputs=state.inputs, kin=kin))
    folded.kin["merged_away"] += 1
    folded.onward.append((survivor, _ENCODER.encode(handed)))


def send_on(state: LeadState, kin: Kin, lead_id: str, event: LeadEvent, value: bytes, folded: Folded) -> None:
    """What comes to a pointer goes to its survivor, unless it came before."""
    match event:
        case TouchSeen():
            repeat = seen_before(state, event)
            folded.touches[event.channel, "repeat" if repeat else "forwarded"] += 1
        case FactLearned() | CrmSaid():
            repeat = seen_before(state, event)
        case MergedFrom() | Forwarded():
            repeat = not heard_anew(kin, event)
        case Assigned():
            repeat = False
        case MergedInto():
            _heal(kin, lead_id, event, folded)
            return
        case _:
            return
    if repeat:
        folded.kin["repeat"] += 1
        return
    kin.sent += 1
    sent = Forwarded(id=event.id, at_ms=event.at_ms, loser=lead_id, number=kin.sent, event=msgspec.Raw(value))
    folded.kin["forwarded"] += 1
    folded.onward.append((kin.merged_into, _ENCODER.encode(sent)))


def heard_anew(kin: Kin, event: MergedFrom | Forwarded) -> bool:
    """Is it the next of what this loser sent on? The number is remembered; what is not above it came before."""
    if event.number <= kin.heard.get(event.loser, 0):
        return False
    kin.heard[event.loser] = event.number
    return True


def _heal(kin: Kin, lead_id: str, event: MergedInto, folded: Folded) -> None:
    """Merged into p, it hears of q: then p and q are one, too. Each such word goes to a smaller lead, so they end."""
    one, other = sorted((kin.merged_into, event.survivor))
    if one != other and event.survivor != lead_id:
        _say_merged(other, one, event.at_ms, folded)


def _say_merged(loser: str, survivor: str, at_ms: int, folded: Folded) -> None:
    said = MergedInto(id=f"{loser}/merged/{survivor}", at_ms=at_ms, survivor=survivor)
    folded.kin["healed"] += 1
    folded.onward.append((loser, _ENCODER.encode(said)))
