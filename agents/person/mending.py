"""Works one lead out anew from the log and puts it in its own place."""

from msgspec import Struct

from agents.person.finding import NobodyFound, person_of
from agents.person.logs import Group, group_of
from agents.person.putting import MOST_TRIES, Change, MayNot, put
from agents.person.tools import Tools
from agents.person.watching import Watch
from schemas.lead_state import LeadState
from schemas.units import Millis
from streams.judge import Judge
from streams.kin.gone import is_grave
from streams.person.difference import Row, rows
from streams.person.refold import Refolded
from streams.person.restating import restated, settled


class Mended(Struct, frozen=True, kw_only=True):
    """A lead as it is and as it would be, or is now."""

    lead_id: str
    events: int
    doubt: str
    """Why its score was not sure."""
    quarantined: bool
    rows: list[Row]
    done: bool = False


async def mend(
    tools: Tools, namespace: str, value: str, judge: Judge, *, yes: bool, now_ms: Millis, within_s: float,
    from_what_is_left: bool,
) -> Mended:  # fmt: skip
    """`yes`: do it, as often as something comes between. Raises MayNot, NobodyFound."""
    lead = (await person_of(tools.graph, tools.settings, namespace, value)).lead_id
    watch = Watch(tools.scan, within_s)
    for _ in range(MOST_TRIES):
        group, was, anew = await _anew(tools, lead, judge, from_what_is_left)
        before = (was, group.models.earlier.get(was.model, group.models.first))
        found = Mended(
            lead_id=lead, events=anew.events, doubt="" if was.kin is None else was.kin.doubt,
            quarantined=bool(was.quarantine), rows=rows(lead, before, (anew.state, anew.judge), now_ms), done=yes,
        )  # fmt: skip
        if not yes:
            return found
        tools.tell(f"restating {lead}")
        why = "overlap" if "overlap" in found.doubt else "consent" if "consent" in found.doubt else "repair"
        change = Change(lead=lead, was=was, anew=anew.state, id=f"{lead}/restated/{now_ms}", why=why, at_ms=now_ms)
        if await put(tools, watch, group, change, judge):
            return found
    raise MayNot(f"something came between at each of {MOST_TRIES} tries: {lead} is very busy, ask again")


async def _anew(tools: Tools, lead: str, judge: Judge, from_what_is_left: bool) -> tuple[Group, LeadState, Refolded]:
    group = await group_of(tools, (lead,), judge)
    was = group.state(lead)
    if lead not in group.states:
        raise NobodyFound(f"the score table holds nothing of lead {lead}")
    if is_grave(was):
        raise MayNot(f"{lead} was erased: there is nothing left to work out")
    missing = [one for one in group.partial if not settled(group.logs[one])]
    if missing and not from_what_is_left:
        raise MayNot(
            f"the log no longer holds the beginning of {', '.join(sorted(missing))}, so touches would be lost by this. "
            "`--from-what-is-left` works it out all the same, by what the log holds"
        )
    return group, was, restated(lead, group.logs, was, group.models)
