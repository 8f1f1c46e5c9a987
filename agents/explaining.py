"""Reads one lead's events, and the changes of the model among them, from the log, and explains its score from them."""

from agents.delivery.producer import partition_for
from agents.settings import Settings
from agents.table.model_shelf import shelf
from agents.topics.scan import scanning
from schemas.explanation import Explanation
from schemas.log_mark import MarkKind
from streams.explaining.explain import explain
from streams.explaining.trace import trace
from streams.generations.log_marks import MODEL_KEY, kind_of
from streams.judge import Judge
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
        number, key = partition_for(lead_id.encode(), len(spans)), lead_id.encode()
        records, taken_over = [], False
        async for batch in scan.read(LEAD_EVENTS, number, spans[number].first, spans[number].end):
            for record in batch:
                if record.key in (key, MODEL_KEY):
                    records.append(record)
                elif kind_of(record.key, record.value) is MarkKind.TAKEN_OVER:
                    taken_over = True
    traced = trace(records, models.first or judge, until_ms=until_ms, judge_of=models.judge_of, earlier=models)
    if not traced.events:
        where = f"{name_of(LEAD_EVENTS, settings)}, partition {number}"
        when = "" if until_ms is None else " up to that moment"
        raise NothingKnown(f"lead {lead_id} has no event on {where}{when}")
    return explain(
        lead_id,
        traced,
        now_ms if until_ms is None else until_ms,
        topic=name_of(LEAD_EVENTS, settings),
        partition=number,
        complete=spans[number].first == 0 and not taken_over,
    )
