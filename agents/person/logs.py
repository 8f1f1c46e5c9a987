"""Reads the logs of leads that are one person, as far as the broker holds them."""

from collections.abc import Iterable

from msgspec import Struct

from agents.person.reading import Partitions
from agents.person.tools import Tools
from agents.table.model_shelf import shelf
from schemas.lead_state import LeadState
from schemas.log_mark import MarkKind
from streams.generations.log_marks import MARK_KEY, kind_of
from streams.judge import Judge
from streams.lead_codec import decode
from streams.person.logs import Log, Logs, is_mark, line_of, merged_from
from streams.person.native import Models, as_folded
from streams.topology import LEAD_EVENTS, LEAD_STATE


class Group(Struct, kw_only=True):
    """Some leads of one person, as log and table have them."""

    logs: Logs
    states: dict[str, bytes]
    """As the table holds them."""
    through: dict[str, int]
    """Offset of the last event of each on its log; -1: it holds none."""
    partial: list[str]
    """Whose beginning the log no longer holds."""
    models: Models

    def state(self, lead: str) -> LeadState:
        """Nothing yet, where the table holds nothing."""
        value = self.states.get(lead)
        return LeadState() if value is None else decode(value)


async def group_of(tools: Tools, leads: Iterable[str], judge: Judge) -> Group:
    """These leads, and whoever the log says was merged into them. `judge`: where no table has begun."""
    known = await shelf(tools.settings)
    models = Models(known.first or judge, known.judge_of, known)
    group = Group(logs={}, states={}, through={}, partial=[], models=models)
    logs: dict[str, Log] = {}
    waiting = list(leads)
    while waiting:
        lead = waiting.pop()
        if lead not in logs:
            logs[lead] = await _read(tools, lead, group)
            waiting += merged_from(logs[lead])
    group.logs = logs
    return group


async def _read(tools: Tools, lead: str, group: Group) -> Log:
    at = Partitions(tools.scan)
    # The table first: what the log holds beyond it is seen by comparing offsets, never the other way round.
    state = await at.latest(LEAD_STATE, lead)
    if state is not None:
        group.states[lead] = state
    first, records = await at.first_kept(LEAD_EVENTS, lead), await at.of(LEAD_EVENTS, (lead,), marks=True)
    taken_over = any(r.key == MARK_KEY and kind_of(r.key, r.value) is MarkKind.TAKEN_OVER for r in records)
    lines = [line_of(record) for record in records if record.key != MARK_KEY]
    whole = first == 0 and not taken_over
    folded = as_folded(lead, lines, group.models, whole=whole)
    if not whole and not folded.explains(state):
        group.partial.append(lead)
    group.through[lead] = max((line.offset for line in lines if not is_mark(line)), default=-1)
    return Log(lines, folded.counted)
