"""What comes to a lead that has to do with others: pointers and graves see to it alone, for others it is unwrapped."""

from collections.abc import Mapping
from typing import Protocol

import msgspec

from schemas.lead_event import (
    Assigned,
    Erased,
    Forwarded,
    Heard,
    LeadEvent,
    MergedFrom,
    MergedInto,
    Restated,
    TimerFired,
    TouchSeen,
)
from schemas.lead_state import Kin, LeadState
from streams.activation import judge_before
from streams.deadlines import next_deadline
from streams.folded import Folded
from streams.handoff.clocks import next_clock, sooner
from streams.judge import Judge
from streams.kin.gone import is_gone, is_grave, is_pointer
from streams.kin.grave import bury
from streams.kin.pointer import heard_anew, merge_away, send_on
from streams.kin.restating import is_stale, restate
from streams.kin.survivor import take_in

OfKin = MergedInto | MergedFrom | Forwarded | Restated | Erased
"""Events that concern other leads, or the whole of this one."""

_DECODER = msgspec.json.Decoder(LeadEvent)


class Logged(Protocol):
    """A record of the log."""

    offset: int
    value: bytes | None


def unwrapped(event: LeadEvent) -> LeadEvent:
    """What was forwarded in the end, through however many leads; any other event is itself."""
    while isinstance(event, Forwarded):
        event = _DECODER.decode(event.event)
    return event


def received(
    state: LeadState,
    lead_id: str,
    event: LeadEvent,
    record: Logged,
    stood: int,
    judge: Judge,
    earlier: Mapping[str, Judge],
    folded: Folded,
    ledger: bool,
) -> Heard | Assigned | TimerFired | None:
    """What is left to be applied: the event, or what was forwarded with it; None: all is done.

    `stood`: where the lead's last event before it lies; `judge`: the one in force.
    """
    if is_grave(state) and not isinstance(event, Erased):
        folded.kin["erased"] += 1
        if isinstance(event, TouchSeen):
            folded.touches[event.channel, "erased"] += 1
        return None
    if is_pointer(state) and state.kin is not None and not isinstance(event, Erased | Restated):
        send_on(state, state.kin, lead_id, event, record.value or b"", folded)
        return None
    while isinstance(event, Forwarded | MergedFrom):
        state.kin = state.kin or Kin()
        if not heard_anew(state.kin, event):
            folded.kin["repeat"] += 1
            return None
        if isinstance(event, MergedFrom):
            break
        event = _DECODER.decode(event.event)
    match event:
        case MergedInto():
            merge_away(state, lead_id, event, record.offset, folded)
            return None
        case MergedFrom():
            take_in(state, lead_id, event, record.offset, judge, earlier, folded, ledger)
        case Restated():
            if is_stale(state, event, stood):
                folded.kin["stale"] += 1
                return None
            restate(state, lead_id, event, record.offset, judge, earlier, folded, ledger)
        case Erased():
            bury(state, lead_id, event, judge, earlier, folded)
        case Forwarded():
            return None
        case _:
            return event
    by = judge_before(state, judge, earlier)
    state.deadline_ms = 0 if is_gone(state) else sooner(next_deadline(state, by, exact=False), next_clock(state))
    return None
