"""Who was new and who was handed off, by model and hour: read from the log and from `handoffs`, in no group."""

import asyncio
from collections.abc import Callable
from typing import Any

import msgspec
from msgspec import Struct

from agents.activation import look
from agents.replay.kafka_log import read, spans
from agents.settings import Settings
from agents.table.model_shelf import ModelShelf
from agents.topics.reader import counted, kept
from schemas.card import Line
from schemas.handoff import HandoffType, Trigger
from schemas.journal import StageChanged
from schemas.lead_state import Control
from schemas.reject import Reject
from streams.activation import activated
from streams.drift import COUNTED, History, contributing
from streams.generations.log_marks import MODEL_KEY, NO_LEAD
from streams.qualified_later import QualifiedLater, Reached
from streams.topology import HANDOFFS, LEAD_STAGES

UNKNOWN = "unknown"
"""The model of leads that came before any document was published."""

TYPES = {f"io.touchline.handoff.{word.value}.v1": word for word in COUNTED}


class Data(Struct, frozen=True):
    """Of a handoff, what is counted."""

    model: str
    episode: int
    trigger: Trigger
    breakdown: list[Line]
    fit_breakdown: list[Line]


class Event(Struct, frozen=True):
    """A message on `handoffs`."""

    id: str
    type: str
    data: Data


class First(Struct, frozen=True):
    """A lead's first event: an import begins no lead that could be handed off."""

    type: str
    history: bool = False


BEGINS = frozenset({"touch", "fact", "crm"})
"""What a lead may begin with."""

_EVENT, _FIRST = msgspec.json.Decoder(Event), msgspec.json.Decoder(First)
_STAGE = msgspec.json.Decoder(StageChanged)


async def history(
    settings: Settings, since_ms: int, progress: Callable[[int], None]
) -> tuple[History, dict[str, Reached]]:
    """All of it since then, and who came to which level. The log is read from its beginning: a lead is new only at its
    first event.
    """
    await counted(settings, {HANDOFFS.name, LEAD_STAGES.name})
    now, done, later = await look(settings), History(), QualifiedLater(since_ms)
    for number, (first, end) in sorted((await spans(settings, len(now.controls))).items()):
        partition = Partition(now.shelf, since_ms, done, later, progress)
        await read(settings, number, first, end, partition.take)
        partition.finish(now.controls[number])
    await _words(settings, since_ms, done)
    async for records in kept(settings, LEAD_STAGES):
        for record in records:
            if (word := _stage(record.value)) is not None:
                later.said(word, record.timestamp)
        await asyncio.sleep(0)
    return done, later.levels


class Partition:
    """One partition of the log, read from its beginning."""

    def __init__(
        self, documents: ModelShelf, since_ms: int, done: History, later: QualifiedLater,
        progress: Callable[[int], None],
    ) -> None:  # fmt: skip
        self._documents, self._since_ms, self._done, self._progress = documents, since_ms, done, progress
        self._later = later
        self._judge = documents.first
        self._switched = False
        self._early: list[int] = []
        """When leads came before any activation that the log still holds."""
        self._known: set[bytes] = set()

    def take(self, _number: int, records: list[Any]) -> None:
        """The next records."""
        known = self._known
        for record in records:
            key = record.key
            if key is None:
                continue
            if not key.startswith(NO_LEAD):
                self._later.met(key, record.timestamp, record.value)
            if key in known:
                continue
            if key.startswith(NO_LEAD):
                if key == MODEL_KEY:
                    self._switch(record.value)
                continue
            known.add(key)
            if record.timestamp >= self._since_ms and _begins(record.value):
                if self._switched and self._judge is not None:
                    self._done.lead(self._judge.name, record.timestamp)
                else:
                    self._early.append(record.timestamp)
        self._progress(len(records))

    def finish(self, control: Control | None) -> None:
        """Where the log names no model, the one in force now has judged; before a first activation, the first."""
        name = self._documents.first.name if self._documents.first is not None else UNKNOWN
        if not self._switched and control is not None:
            name = control.models[0].partition(" ")[0]
        for at_ms in self._early:
            self._done.lead(name, at_ms)

    def _switch(self, value: bytes | None) -> None:
        if self._judge is not None:
            outcome = activated(value, self._judge, self._documents.judge_of)
            if not isinstance(outcome, Reject):
                self._judge, self._switched = outcome, True


def _begins(value: bytes | None) -> bool:
    try:
        first = _FIRST.decode(value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return first.type in BEGINS and not first.history


async def _words(settings: Settings, since_ms: int, done: History) -> None:
    """What was said of handoffs; a repeat carries the same id. Rules are those that gave points when it opened."""
    told: set[str] = set()
    opened: dict[str, set[str]] = {}
    async for records in kept(settings, HANDOFFS):
        for record in records:
            event = _read(record.value)
            if event is None or event.type not in TYPES or event.id in told:
                continue
            told.add(event.id)
            data, word, handoff = event.data, TYPES[event.type], event.id.partition("/")[0]
            if word is HandoffType.REQUESTED:
                opened[handoff] = contributing(data.breakdown, data.fit_breakdown, data.trigger)
            if record.timestamp >= since_ms:
                rules = opened.get(handoff, set())
                done.word(data.model, record.timestamp, word, rules, first=data.episode == 1)
        await asyncio.sleep(0)


def _stage(value: bytes | None) -> StageChanged | None:
    try:
        return _STAGE.decode(value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None


def _read(value: bytes | None) -> Event | None:
    try:
        return _EVENT.decode(value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return None
