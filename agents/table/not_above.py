"""Documents whose version is not above the one in force: they change nothing, and whoever sent them is told."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from schemas.reject import Reason, Reject
from schemas.scoring_model import ModelDocument
from streams.judge import Judge

Arrived = tuple[Any, ModelDocument]
"""A record of `scoring.models` and what it says."""


def not_above(document: ModelDocument, judge: Judge) -> Reject | None:
    """Why a document that arrives while this model is in force cannot follow it; None: it can, or is another model."""
    model = judge.model
    if document.model != model.model or document.digest == judge.digest or document.version > model.version:
        return None
    line = document.text.count("\n", 0, max(0, document.text.find("version:"))) + 1
    detail = (
        f"{document.model}@{document.version} line {line}: version {document.version} is not above {model.version}, "
        "which is in force and stays so"
    )
    return Reject(reason=Reason.BAD_MODEL, detail=detail)


def came_too_late(arrived: Sequence[Arrived], in_force: Iterable[Judge]) -> Iterator[tuple[Any, Reject]]:
    """Of all that lies on the topic, in its order, what came after the model now in force and is not above it."""
    for judge in in_force:
        places = [place for place, (_, document) in enumerate(arrived) if document.digest == judge.digest]
        for record, document in arrived[places[0] + 1 :] if places else ():
            if (reject := not_above(document, judge)) is not None:
                yield record, reject
