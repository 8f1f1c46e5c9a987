"""Puts a state that was worked out anew in the place of a lead's own, if the lead is still as it was read."""

import msgspec
from msgspec import Struct

from agents.person.logs import Group, group_of
from agents.person.tools import Tools
from agents.person.watching import Watch
from schemas.lead_state import LeadState
from schemas.units import Millis
from streams.judge import Judge
from streams.kin.restating import restated
from streams.lead_codec import applied_of
from streams.topology import LEAD_EVENTS, LEAD_STATE

MOST_TRIES = 20
"""Of a restatement: a lead so busy that something comes between each time is left as it is."""


class MayNot(Exception):
    """It cannot be done; the sentence says why and what to do."""


class Change(Struct, frozen=True, kw_only=True):
    """A lead as it was read, and as it is to be."""

    lead: str
    was: LeadState
    anew: LeadState
    id: str
    """Of the event that says so."""
    why: str
    at_ms: Millis


async def put(tools: Tools, watch: Watch, group: Group, change: Change, judge: Judge) -> bool:
    """Write it and wait for its effect; False: something came between, or the table is behind the log: read again."""
    lead, through = change.lead, group.through[change.lead]
    held = group.states.get(lead)
    if held is None or applied_of(held) < through:
        if watch.left_s <= 0:
            raise _nobody_scores()
        await watch.pause()
        return False
    since = (await watch.place(LEAD_STATE, lead))[1]
    event = restated(lead, change.was, change.anew, through=through, why=change.why, at_ms=change.at_ms)
    value = msgspec.json.encode(msgspec.structs.replace(event, id=change.id))
    landed = await tools.out.write(LEAD_EVENTS, [(None, lead.encode(), value, [])])
    offset = next(iter(landed.values()))[0].base
    if not await watch.said(LEAD_STATE, lead, since, lambda held: held is not None and applied_of(held) >= offset):
        raise _nobody_scores()
    return offset in (await group_of(tools, (lead,), judge)).logs[lead].counted


def _nobody_scores() -> MayNot:
    return MayNot("no score stage has taken the log in within the limit: start one, then ask again")
