"""Puts a model in force: its document on the shelf first, then a mark on every partition of the log."""

from collections.abc import Mapping
from typing import Any

import msgspec
from msgspec import Struct

from agents.clock import wall_ms
from agents.delivery.producer import Outbox
from agents.settings import Settings
from agents.table.model_shelf import ModelShelf
from agents.table.models_in_force import digest_in_force
from agents.table.not_above import came_too_late
from agents.topics.reader import counted
from agents.topics.scan import Scan, scanning
from schemas.lead_state import Control
from schemas.log_mark import ModelActivated
from schemas.reject import Reject
from schemas.scoring_model import ModelDocument, ScoringModel
from streams.activation import activation_bytes
from streams.generations.log_marks import MODEL_KEY
from streams.lead_codec import CONTROL_KEY
from streams.moments import rfc3339
from streams.topology import LEAD_EVENTS, LEAD_STATE, SCORING_MODELS

TAIL = 64
"""Records of a table's end to look through first: a control record is the last of each flush."""


class MayNot(Exception):
    """This model may not be put in force; the message says why and what to do. Nothing was written."""


class Deployment(Struct, frozen=True, kw_only=True):
    """What is in force where."""

    controls: dict[int, Control | None]
    """By partition of the log; None: nothing was scored there yet."""
    shelf: ModelShelf

    def in_force(self) -> dict[str, list[int]]:
        """Partitions by digest, as far as they are scored."""
        told: dict[str, list[int]] = {}
        for number, control in sorted(self.controls.items()):
            digest = digest_in_force(control) if control is not None else self._begun()
            if digest:
                told.setdefault(digest, []).append(number)
        return told

    def refused(self) -> list[tuple[Any, Reject]]:
        """Documents that change nothing: broken ones, and those not above the version in force when they came."""
        judges = [self.shelf.judge_of(digest) for digest in self.in_force() if digest in self.shelf.documents]
        return [*self.shelf.refused, *came_too_late(self.shelf.arrived, judges)]

    def _begun(self) -> str:
        return "" if self.shelf.first is None else self.shelf.first.digest

    def models(self) -> list[ScoringModel]:
        """Those in force that can be read."""
        shelf = self.shelf
        return [shelf.judge_of(digest).model for digest in self.in_force() if digest in shelf.documents]


async def look(settings: Settings) -> Deployment:
    """As it is now. The shelf's client is closed again."""
    await counted(settings, {topic.name for topic in (LEAD_EVENTS, LEAD_STATE, SCORING_MODELS)})
    shelf = ModelShelf(settings)
    try:
        await shelf.refresh()
    finally:
        await shelf.stop()
    async with scanning(settings) as scan:
        tables, log = await scan.spans(LEAD_STATE), await scan.spans(LEAD_EVENTS)
        controls = {
            number: await _control(scan, number, tables[number].first, tables[number].end) if number in tables else None
            for number in log
        }
    return Deployment(controls=controls, shelf=shelf)


async def _control(scan: Scan, number: int, first: int, end: int) -> Control | None:
    """The last control record, looked for from the end."""
    width = TAIL
    while first < end:
        start = max(first, end - width)
        found: bytes | None = None
        async for records in scan.read(LEAD_STATE, number, start, end):
            found = next((r.value for r in reversed(records) if r.key == CONTROL_KEY), found)
        if found is not None:
            return msgspec.json.decode(found, type=Control)
        if start == first:
            return None
        width *= 16
    return None


def check(deployment: Deployment, model: ScoringModel, digest: str, *, rollback: bool) -> None:
    """Raises `MayNot` where the fold would refuse the activation, or where two documents would bear one name."""
    now_ms, name = wall_ms(), f"{model.model}@{model.version}"
    if model.starts_ms > now_ms:
        raise MayNot(f"{name} starts at {rfc3339(model.starts_ms)}: apply it then, or write an earlier `starts`")
    for document in deployment.shelf.documents.values():
        same = (document.model, document.version) == (model.model, model.version)
        if same and document.digest != digest:
            raise MayNot(
                f"{name} is published already and says otherwise ({document.digest}): a version never changes, so give "
                f"this one the next number, `version: {_next(deployment, model)}`"
            )
    for other in deployment.models():
        if other.model == model.model and other.version > model.version and not rollback:
            raise MayNot(
                f"version {other.version} of {model.model} is in force, and this is version {model.version}: give it "
                f"the next number, `version: {_next(deployment, model)}`, or go back to it on purpose, `--rollback`"
            )


def _next(deployment: Deployment, model: ScoringModel) -> int:
    versions = [d.version for d in deployment.shelf.documents.values() if d.model == model.model]
    return max([model.version, *versions]) + 1


async def activate(
    settings: Settings, document: ModelDocument, partitions: Mapping[int, object], *,
    by: str, rescore: bool, rollback: bool,
) -> dict[int, int]:  # fmt: skip
    """Publish, then mark these partitions; the offsets of the marks. A repeat is harmless."""
    shelf, out = ModelShelf(settings), Outbox(settings)
    await out.start()
    try:
        await shelf.publish(document, out)
        mark = ModelActivated(
            model=document.model, version=document.version, digest=document.digest, at_ms=wall_ms(), by=by,
            rescore=rescore, rollback=rollback,
        )  # fmt: skip
        value = activation_bytes(mark)
        landed = await out.write(LEAD_EVENTS, [(number, MODEL_KEY, value, []) for number in sorted(partitions)])
        return {number: batches[0].base for number, batches in landed.items()}
    finally:
        await out.stop()
        await shelf.stop()


async def publish(settings: Settings, document: ModelDocument) -> bool:
    """Put it on the shelf and in force nowhere; True: it was not there."""
    shelf, out = ModelShelf(settings), Outbox(settings)
    await out.start()
    try:
        return await shelf.publish(document, out)
    finally:
        await out.stop()
        await shelf.stop()
