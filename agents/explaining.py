"""Reads one lead's events, and the changes of the model among them, from the log, and explains its score from them."""

from collections.abc import Callable
from typing import Any

import msgspec

from agents.delivery.producer import partition_for
from agents.settings import Settings
from agents.topics.scan import Scan, scanning
from schemas.explanation import Explanation
from schemas.log_mark import MarkKind
from schemas.scoring_model import ModelDocument
from streams.explaining.explain import explain
from streams.explaining.trace import trace
from streams.generations.log_marks import MODEL_KEY, kind_of
from streams.judge import Judge
from streams.model import read_model
from streams.topology import LEAD_EVENTS, SCORING_MODELS, name_of

_DOCUMENT = msgspec.json.Decoder(ModelDocument)


class NothingKnown(Exception):
    """There is nothing to explain; the sentence says what to do."""


async def explained(
    settings: Settings, lead_id: str, judge: Judge, *, until_ms: int | None, now_ms: int
) -> Explanation:
    """The lead as of `until_ms`, or as of now; `judge` judged until the log names another model."""
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
        named = any(record.key == MODEL_KEY for record in records)
        shelf = await _shelf(scan) if named else {}
    traced = trace(records, judge, until_ms=until_ms, judge_of=_judge_of(shelf, judge))
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


async def _shelf(scan: Scan) -> dict[str, str]:
    """Text of every model ever in force, by digest."""
    texts: dict[str, str] = {}
    async for records in scan.read_all(SCORING_MODELS):
        documents: list[Any] = [_DOCUMENT.decode(record.value) for record in records if record.value is not None]
        texts |= {document.digest: document.text for document in documents}
    return texts


def _judge_of(shelf: dict[str, str], first: Judge) -> Callable[[str], Judge]:
    """Judges by digest, each made once."""
    made = {first.digest: first}

    def judge_of(digest: str) -> Judge:
        if digest not in made:
            if digest not in shelf:
                raise NothingKnown(f"the log names model {digest}, which is not on scoring.models")
            model = read_model(shelf[digest])
            if isinstance(model, list):
                raise NothingKnown(
                    f"model {digest} on scoring.models cannot be read by this release: {model[0].problem}"
                )
            made[digest] = Judge(model, digest)
        return made[digest]

    return judge_of
