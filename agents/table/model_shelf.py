"""The documents on `scoring.models`: every model that was ever in force, so that any score can be explained later."""

import asyncio
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import msgspec
from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from agents.delivery.consumer_end import end_consumer
from agents.delivery.metadata_pace import AFTER_A_FAILURE_S, pace_metadata
from agents.delivery.producer import Outbox
from agents.security.kafka import kafka_client
from agents.settings import Settings
from schemas.reject import Reason, Reject
from schemas.scoring_model import ModelDocument, ScoringModel
from streams.activation import UnknownModel
from streams.judge import Judge
from streams.model import read_model, render_findings, review_model
from streams.topology import SCORING_MODELS, name_of

FIRST = "touchline-first"
"""Header of the document that a fresh table began with: what its leads were judged by before any activation."""

_DECODER = msgspec.json.Decoder(ModelDocument)


def shelf_key(document: ModelDocument) -> bytes:
    """`model@digest`: a document never changes under its key."""
    return f"{document.model}@{document.digest}".encode()


def document_of(model: ScoringModel, text: str) -> ModelDocument:
    """What goes on the shelf for a model read from this text."""
    return ModelDocument(model=model.model, version=model.version, digest=Judge.of(model).digest, text=text)


def read_document(key: bytes | None, value: bytes | None) -> tuple[ModelDocument, Judge] | Reject:
    """A document of the shelf and who judges by it, or why it cannot be used."""
    try:
        document = _DECODER.decode(value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        return _bad(f"not a model document: {fault}")
    name = f"{document.model}@{document.version}"
    if key != shelf_key(document):
        return _bad(f"{name}: its key is not {shelf_key(document).decode()}")
    model = read_model(document.text)
    if isinstance(model, list):
        return _bad(render_findings(name, document.text, review_model(document.text).findings))
    judge = Judge(model)
    if (judge.digest, model.model, model.version) != (document.digest, document.model, document.version):
        return _bad(f"{name} {document.digest}: the text says {judge.name} {judge.digest}")
    return document, judge


def _bad(why: str) -> Reject:
    return Reject(reason=Reason.BAD_MODEL, detail=why)


class ModelShelf(Mapping[str, Judge]):
    """All that is on the topic, followed. As a mapping: judges by the key that states remember (`Judge.key`)."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._turn = asyncio.Lock()
        self._consumer: AIOKafkaConsumer | None = None
        self._judges: dict[str, Judge] = {}
        self.documents: dict[str, ModelDocument] = {}
        """Those that can be used, by digest."""
        self._firsts: list[tuple[int, str]] = []
        self.refused: list[tuple[Any, Reject]] = []
        """Records that cannot be used, in the order they were read."""
        self.arrived: list[tuple[Any, ModelDocument]] = []
        """Records that can, in the order they were read."""

    def __getitem__(self, key: str) -> Judge:
        return self._judges[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._judges)

    def __len__(self) -> int:
        return len(self._judges)

    def judge_of(self, digest: str) -> Judge:
        """Who judges by the document of this digest."""
        judge = self._judges.get(digest.removeprefix("sha256:")[:16])
        if judge is None or judge.digest != digest:
            raise UnknownModel(f"{digest} is not on {name_of(SCORING_MODELS, self._settings)}")
        return judge

    def add(self, document: ModelDocument, judge: Judge) -> None:
        """A document that is on the topic."""
        if document.digest not in self.documents:
            self.documents[document.digest], self._judges[judge.key] = document, judge

    @property
    def first(self) -> Judge | None:
        """The model that a fresh table began with; None: no table has begun."""
        return self.judge_of(min(self._firsts)[1]) if self._firsts else None

    def take(self, records: Sequence[Any]) -> None:
        """Records of the topic, in their order."""
        for record in records:
            if record.value is None:
                continue
            outcome = read_document(record.key, record.value)
            if isinstance(outcome, Reject):
                self.refused.append((record, outcome))
                continue
            self.arrived.append((record, outcome[0]))
            self.add(*outcome)
            if any(name == FIRST for name, _ in record.headers):
                self._firsts.append((record.timestamp, outcome[1].digest))

    async def refresh(self) -> None:
        """Read what is new, to the topic's present end. Waits for a broker that is away."""
        async with self._turn:
            while True:
                try:
                    return await self._read()
                except KafkaError as fault:
                    if not fault.retriable:
                        raise
                await asyncio.sleep(AFTER_A_FAILURE_S)

    async def _read(self) -> None:
        consumer = self._consumer or await self._open()
        name = name_of(SCORING_MODELS, self._settings)
        tps = [TopicPartition(name, p) for p in consumer.partitions_for_topic(name) or ()]
        ends = await consumer.end_offsets(tps)
        if not consumer.assignment():
            if not any(ends.values()):
                return  # aiokafka's stop() hangs when it follows an assignment that was not read from
            consumer.assign(tps)
            await consumer.seek_to_beginning(*tps)
        while any([await consumer.position(tp) < ends[tp] for tp in tps]):
            for records in (await consumer.getmany(timeout_ms=200)).values():
                self.take(records)

    async def _open(self) -> AIOKafkaConsumer:
        name = name_of(SCORING_MODELS, self._settings)
        consumer = AIOKafkaConsumer(
            **kafka_client(self._settings), enable_auto_commit=False, auto_offset_reset="earliest",
            fetch_max_wait_ms=100,
        )  # fmt: skip
        pace_metadata(consumer._client)
        try:
            await consumer.start()
            await consumer._client._wait_on_metadata(name)
        except KafkaError:
            await end_consumer(consumer)
            raise
        self._consumer = consumer
        return consumer

    async def stop(self) -> None:
        """End the client."""
        if self._consumer is not None:
            await end_consumer(self._consumer)

    async def begin(self, document: ModelDocument, out: Outbox) -> None:
        """A table begins: with this document, unless somebody else's began it meanwhile."""
        await self._write(document, out, [(FIRST, b"1")])
        await self.refresh()

    async def publish(self, document: ModelDocument, out: Outbox) -> bool:
        """Put the document there unless it is; True: it was not."""
        await self.refresh()
        anew = document.digest not in self.documents
        if anew:
            await self._write(document, out, [])
        return anew

    async def _write(self, document: ModelDocument, out: Outbox, headers: list[tuple[str, bytes]]) -> None:
        await out.write(SCORING_MODELS, [(None, shelf_key(document), msgspec.json.encode(document), headers)])


async def shelf(settings: Settings) -> ModelShelf:
    """All that is on the topic now, and no client left open."""
    made = ModelShelf(settings)
    try:
        await made.refresh()
    finally:
        await made.stop()
    return made
