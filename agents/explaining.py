"""Reads one lead's events, and the changes of the model among them, from the log, and explains its score from them."""

from typing import Any

from agents.delivery.producer import partition_for
from agents.settings import Settings
from agents.table.model_shelf import shelf
from agents.topics.scan import Scan, Span, scanning
from schemas.explanation import Explanation
from schemas.log_mark import MarkKind
from streams.explaining.explain import explain
from streams.explaining.trace import merged_in, trace
from streams.generations.log_marks import MODEL_KEY, kind_of
from streams.judge import Judge
from streams.kin.gone import is_gone
from streams.topology import LEAD_EVENTS, name_of


class NothingKnown(Exception):
    """There is nothing to explain; the sentence says what to do."""


async def explained(
    settings: Settings, lead_id: str, judge: Judge, *, until_ms: int | None, now_ms: int
) -> Explanation:
    """The lead as of `until_ms`, or as of now.

    Each event is judged by the model in force where it lies on the log: the first one of the table until an activation;
    `judge` where no table has begun.
    """
    models = await shelf(settings)
    async with scanning(settings) as scan:
        spans = await scan.spans(LEAD_EVENTS)
        number = partition_for(lead_id.encode(), len(spans))
        records, taken_over = await _read(scan, spans[number], number, lead_id)
        logs, wanted = {lead_id: records}, merged_in(records)
        while wanted:
            loser = wanted.pop()
            place = partition_for(loser.encode(), len(spans))
            logs[loser], _ = await _read(scan, spans[place], place, loser)
            wanted |= merged_in(logs[loser]) - logs.keys()
    traced = trace(
        records, models.first or judge, until_ms=until_ms, judge_of=models.judge_of, earlier=models, logs=logs
    )
    if not traced.events:
        where = f"{name_of(LEAD_EVENTS, settings)}, partition {number}"
        when = "" if until_ms is None else " up to that moment"
        raise NothingKnown(f"lead {lead_id} has no event on {where}{when}")
    if (kin := traced.state.kin) is not None and is_gone(traced.state):
        what = "its person was erased" if kin.erased_ms else f"it was merged into {kin.merged_into}: ask of that one"
        raise NothingKnown(f"lead {lead_id} is none any more, {what}")
    return explain(
        lead_id,
        traced,
        now_ms if until_ms is None else until_ms,
        topic=name_of(LEAD_EVENTS, settings),
        partition=number,
        complete=spans[number].first == 0 and not taken_over,
    )


async def _read(scan: Scan, span: Span, number: int, lead_id: str) -> tuple[list[Any], bool]:
    """A lead's events with the changes of the model among them; and whether its log begins with what was taken over."""
    records, taken_over, key = list[Any](), False, lead_id.encode()
    async for batch in scan.read(LEAD_EVENTS, number, span.first, span.end):
        for record in batch:
            if record.key in (key, MODEL_KEY):
                records.append(record)
            elif kind_of(record.key, record.value) is MarkKind.TAKEN_OVER:
                taken_over = True
    return records, taken_over
