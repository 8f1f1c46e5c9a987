"""Writes what requests said, many requests in one producer batch, and waits for the broker within a limit."""

import asyncio
import contextlib
import time
from collections.abc import Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaConnectionError, KafkaError

from agents.delivery.metadata_pace import pace_metadata
from agents.security.kafka import kafka_client
from agents.security.refusals import refused_by_kafka
from agents.security.tls import BadSecurity
from agents.settings import Settings
from agents.signals import BrokerAwaited, IntakeConnected, RecordsUnacknowledged
from agents.topics.admin import check_topics
from streams.segment.api import Said
from streams.topology import INTAKE, name_of

ACKNOWLEDGED_WITHIN_S = 4.0
"""Some SDKs give up after 5 s; a request answered later would be sent again anyway."""
LINGER_MS = 5
"""So long a batch waits for records of other requests."""
REQUEST_TIMEOUT_MS = 10_000
BROKER_EVERY_S = 1.0
CLOSE_WITHIN_S = 5.0
FAILED_LATELY_S = 10.0
"""So long a failed write makes us not ready, so that others get the traffic; then the next write decides."""


class Doorway:
    """The intake's own producer."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._producer: AIOKafkaProducer | None = None
        self._closed_because = "no broker was reached yet"
        self._failed: tuple[float, str] | None = None
        """When the last write failed (monotonic seconds), and how; None: it did not."""

    def not_ready(self) -> list[str]:
        """Why writes fail now or failed just now; none: ready."""
        if self._closed_because:
            return [self._closed_because]
        if self._failed is not None and time.monotonic() - self._failed[0] < FAILED_LATELY_S:
            return [self._failed[1]]
        return []

    async def connect(self) -> None:
        """Wait until a broker answers and has our topics, then open the producer. Until then writes are refused."""
        while (problem := await self._hindrance()) is not None:
            if problem != self._closed_because:
                self._closed_because = problem
                BrokerAwaited(bootstrap=self._settings.bootstrap, problem=problem).emit()
            await asyncio.sleep(BROKER_EVERY_S)
        self._closed_because = ""
        IntakeConnected(bootstrap=self._settings.bootstrap).emit()

    async def _hindrance(self) -> str | None:
        """What keeps us from writing, in a sentence; None: nothing, and the producer is open."""
        try:
            problems = await check_topics(self._settings, INTAKE)
            if problems:
                return problems[0]
            # Not idempotent: there, a batch that expires leaves a gap in its sequence, after which the broker refuses
            # all that follows until a restart. Order holds (one request in flight per partition), repeats carry ids.
            producer = AIOKafkaProducer(
                **kafka_client(self._settings), client_id="touchline-intake", acks="all",
                compression_type="lz4", linger_ms=LINGER_MS, request_timeout_ms=REQUEST_TIMEOUT_MS,
                max_batch_size=256 * 1024,
            )  # fmt: skip
            pace_metadata(producer.client)
            await producer.start()
        except BadSecurity as fault:
            return str(fault)
        except KafkaConnectionError as fault:
            refused = await refused_by_kafka(self._settings)
            return str(fault) if refused is None else refused.sentence
        self._producer = producer
        return None

    async def write(self, records: Sequence[Said], trace: str = "") -> bool:
        """Whether every record is acknowledged by all replicas that must have it. If not, perhaps some are.

        `trace` is the request's W3C traceparent: it travels on to the handoff.
        """
        producer = self._producer
        if producer is None or self._closed_because:
            return False
        sent: list[asyncio.Future[object]] = []
        headers = [("traceparent", trace.encode())] if trace else []
        try:
            async with asyncio.timeout(ACKNOWLEDGED_WITHIN_S):
                for said in records:  # in turn: what one person did keeps its order on the partition
                    sent += [await producer.send(self._name(said.topic.name), said.value, said.key, headers=headers)]
                await asyncio.gather(*sent)
        except TimeoutError:
            problem = f"the broker did not acknowledge within {ACKNOWLEDGED_WITHIN_S:g} s"
        except KafkaError as fault:
            problem = f"the broker refused: {type(fault).__name__}"
        else:
            self._failed = None
            return True
        for future in sent:
            future.cancel()  # nobody waits for it any more; its record may still arrive
        if self._failed is None:  # the first of a row; the others are counted as refusals
            RecordsUnacknowledged(records=len(records), problem=problem).emit()
        self._failed = time.monotonic(), problem
        return False

    async def close(self) -> None:
        """Disconnect. What was answered 200 is with the broker; what still waits was not, so it may be dropped."""
        self._closed_because = "the intake is stopping"
        if self._producer is not None:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(CLOSE_WITHIN_S):
                    await self._producer.stop()

    def _name(self, topic: str) -> str:
        return name_of(topic, self._settings)
