"""One connection to a broker for bulk reads: answers arrive whole, without a copy, in memory used again and again."""

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from functools import partial
from struct import Struct
from typing import Any, cast

from aiokafka.conn import AIOKafkaConnection
from aiokafka.errors import KafkaConnectionError
from aiokafka.protocol.fetch import FetchRequest, FetchRequest_v11

from agents.security.kafka import secured
from agents.settings import KafkaSecurity, Settings

CLIENT_ID = "touchline-restore"
FETCH_BYTES = 4 * 1024 * 1024
"""An answer: the restore is bound by unpacking, not by round trips, and the next one is on its way meanwhile."""
WAIT_MS = 50
"""For a record that is not there yet."""
CONNECT_WITHIN_S = 10.0
ANSWER_WITHIN_S = 30.0
READ_UNCOMMITTED = 0

_SIZE = Struct(">i")
_HEAD = Struct(">iihi")
"""Correlation id, throttle, error, session."""
_COUNT = Struct(">i")
_TEXT = Struct(">h")
_PARTITION = Struct(">ihqqqi")
"""Number, error, high watermark, last stable offset, log start, count of aborted transactions."""
_ABORTED_BYTES = 16
_RECORDS = Struct(">ii")
"""Preferred replica, bytes that follow."""


class FetchLine(asyncio.BufferedProtocol):
    """Asks and answers by turns. What `answer` gave stays as it is until the answer after the next one is asked for.

    aiokafka's own connection copies each answer three times; this costs a third of its time.
    """

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._size = memoryview(bytearray(_SIZE.size))
        self._filling = self._resting = memoryview(b"")
        self._frame: memoryview | None = None
        """The answer under way; none: its size comes first."""
        self._got = 0
        self._asked = 0
        self._answer: asyncio.Future[memoryview] = asyncio.get_running_loop().create_future()
        self._opened_by: object = None
        """Whoever opened the transport and would close it when it is forgotten."""

    def take_over(self, transport: asyncio.Transport, opened_by: object) -> None:
        """Go on with a connection that somebody else has opened and proved to be ours."""
        transport.set_protocol(self)
        self._opened_by = opened_by
        self.connection_made(transport)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Asyncio calls it."""
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, fault: Exception | None) -> None:
        """Asyncio calls it; whoever waits learns it."""
        if not self._answer.done():
            self._answer.set_exception(KafkaConnectionError(f"the broker closed the connection: {fault}"))
            self._answer.exception()  # nobody may wait for it any more

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where the next bytes go."""
        return (self._size if self._frame is None else self._frame)[self._got :]

    def buffer_updated(self, count: int) -> None:
        """So many came."""
        self._got += count
        if self._frame is None:
            if self._got == _SIZE.size:
                size = _SIZE.unpack(self._size)[0]
                if len(self._filling) < size:
                    self._filling = memoryview(bytearray(max(size, FETCH_BYTES + FETCH_BYTES // 8)))
                self._frame, self._got = self._filling[:size], 0
        elif self._got == len(self._frame):
            frame, self._frame, self._got = self._frame, None, 0
            self._filling, self._resting = self._resting, self._filling
            if not self._answer.done():
                self._answer.set_result(frame)

    def ask(self, topic: str, wanted: Sequence[tuple[int, int]]) -> None:
        """Send for records of these (partition, offset), the first ones first."""
        self._answer = asyncio.get_running_loop().create_future()
        if self._transport is None or self._transport.is_closing():
            self.connection_lost(None)
            return
        self._asked += 1
        asked = [(topic, [(partition, offset, FETCH_BYTES) for partition, offset in wanted])]
        # Version 11 is known to every broker since Kafka 2.3, so there is nothing to negotiate.
        request = FetchRequest(WAIT_MS, 1, FETCH_BYTES, READ_UNCOMMITTED, asked).build(FetchRequest_v11)
        head = request.build_request_header(correlation_id=self._asked, client_id=CLIENT_ID)
        message = head.encode() + request.encode()
        self._transport.write(_SIZE.pack(len(message)) + message)

    async def answer(self) -> Iterator[tuple[int, int, memoryview]]:
        """(partition, error code, record batches) of what was asked. Raises when the connection is of no use."""
        async with asyncio.timeout(ANSWER_WITHIN_S):
            frame = await self._answer
        if _HEAD.unpack_from(frame)[0] != self._asked:
            raise KafkaConnectionError("the broker answers something else")
        return _partitions(frame)

    def close(self) -> None:
        """Hang up."""
        if self._transport is not None:
            self._transport.abort()


def _partitions(frame: memoryview) -> Iterator[tuple[int, int, memoryview]]:
    at = _HEAD.size
    topics = _COUNT.unpack_from(frame, at)[0]
    at += _COUNT.size
    for _ in range(topics):
        at += _TEXT.size + _TEXT.unpack_from(frame, at)[0]
        partitions = _COUNT.unpack_from(frame, at)[0]
        at += _COUNT.size
        for _ in range(partitions):
            number, error, _, _, _, aborted = _PARTITION.unpack_from(frame, at)
            at += _PARTITION.size + max(0, aborted) * _ABORTED_BYTES
            size = max(0, _RECORDS.unpack_from(frame, at)[1])
            at += _RECORDS.size
            yield number, error, frame[at : at + size]
            at += size


def dial(settings: Settings) -> Callable[[Any], Awaitable[FetchLine]]:
    """How to reach a broker out of aiokafka's metadata, as the settings say."""
    if settings.kafka_speaks is KafkaSecurity.PLAINTEXT:
        return connect
    return partial(_connect_secured, secured(settings))


async def connect(broker: Any) -> FetchLine:
    """In the clear. Raises `OSError` or `TimeoutError`."""
    async with asyncio.timeout(CONNECT_WITHIN_S):
        loop = asyncio.get_running_loop()
        _, line = await loop.create_connection(FetchLine, broker.host, broker.port)
    return line


async def _connect_secured(security: dict[str, Any], broker: Any) -> FetchLine:
    """aiokafka shakes hands, by TLS and SASL, and then leaves the connection to us."""
    line = FetchLine()
    opened = AIOKafkaConnection(broker.host, broker.port, client_id=CLIENT_ID, max_idle_ms=None, **security)
    async with asyncio.timeout(CONNECT_WITHIN_S):
        await opened.connect()
    writer = opened._writer
    opened._read_task.cancel()
    # What it does not have, it does not close.
    opened._reader = opened._writer = opened._read_task = None
    line.take_over(writer.transport, writer)
    return line
