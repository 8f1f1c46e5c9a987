"""The company's website: reports what happens on it with Segment's own SDK, which knows of us only the host."""

import asyncio
import contextlib
from datetime import UTC, datetime
from typing import Any, Protocol

import aiohttp
import msgspec

from agents.clock import wall_ms
from agents.demo.company import Sending
from agents.demo.receipts import Receipts

UPLOAD_EVERY_S = 0.03
"""The SDK's own default is half a second: too long for somebody who waits for a call."""
FLUSH_WITHIN_S = 20.0
LOOK_EVERY_S = 0.05


class Website(Protocol):
    """Reports over HTTP."""

    name: str
    """What it sends with, for people."""

    async def report(self, sending: Sending, at_ms: int) -> None:
        """Send it, sooner or later."""
        ...

    async def close(self, *, flush: bool) -> None:
        """End; `flush`: send what waits first, and note what became of it."""
        ...


def website(url: str, write_key: str, receipts: Receipts) -> Website:
    """With the SDK where it is installed (it is a development dependency), else with plain HTTP."""
    try:
        return SegmentSite(url, write_key, receipts)
    except ImportError:
        return PlainSite(url, write_key, receipts)


def event(sending: Sending) -> tuple[str, dict[str, Any]]:
    """The call of Segment's API that says it, and its arguments in the SDK's names."""
    body = sending.body
    assert isinstance(body, dict)
    who = dict(body["who"])
    said: dict[str, Any] = {"anonymous_id": who.pop("anonymous"), "message_id": sending.id}
    said["context"] = {"campaign": {"source": body.get("source", "unknown")}} | ({"traits": who} if who else {})
    if "facts" in body:
        return "identify", said | {"traits": body["facts"]}
    if body["kind"] == "page_view":
        return "page", said | {"properties": {"path": body["page"]}}
    return "track", said | {"event": body["kind"], "properties": dict(body.get("props", {}))}


class SegmentSite:
    """`segment.analytics.Client`, as any backend uses it: one thread, which sends again what was not answered 200."""

    def __init__(self, url: str, write_key: str, receipts: Receipts) -> None:
        from segment.analytics.client import Client
        from segment.analytics.version import VERSION

        self.name = f"Segment's Python SDK {VERSION}"
        self._receipts = receipts
        self._waiting: list[Sending] = []
        """In the order in which its one thread sends them."""
        self._client: Any = Client(write_key, host=url, upload_interval=UPLOAD_EVERY_S, on_error=self._failed)
        self._told_failed: set[str] = set()

    async def report(self, sending: Sending, at_ms: int) -> None:
        """Into the SDK's queue."""
        call, said = event(sending)
        taken, _ = getattr(self._client, call)(timestamp=datetime.fromtimestamp(at_ms / 1000, UTC), **said)
        if taken:
            self._waiting.append(sending)
        self._note()

    def _note(self) -> None:
        """What has left the queue without an error was answered 200."""
        done = len(self._waiting) - self._client.queue.unfinished_tasks
        for sending in self._waiting[: max(0, done)]:
            if sending.counts and sending.id in self._told_failed:
                self._receipts.doubt(sending.id)
            elif sending.counts:
                self._receipts.acknowledge(sending.id)
        del self._waiting[: max(0, done)]

    def _failed(self, _: Exception, batch: list[dict[str, Any]]) -> None:
        """In the SDK's thread, before it counts the batch as done."""
        self._told_failed |= {message["messageId"] for message in batch}

    async def close(self, *, flush: bool) -> None:
        """Its own flush waits without a limit, so the queue is watched instead."""
        if flush:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(FLUSH_WITHIN_S):
                    while self._waiting and self._client.queue.unfinished_tasks:
                        await asyncio.sleep(LOOK_EVERY_S)
                        self._note()
            self._note()
            for sending in self._waiting:
                if sending.counts:
                    self._receipts.doubt(sending.id)
        await asyncio.to_thread(self._client.join)


class PlainSite:
    """The same JSON by HTTP, a batch at a time."""

    name = "plain HTTP (pip install segment-analytics-python shows it with Segment's SDK)"

    def __init__(self, url: str, write_key: str, receipts: Receipts) -> None:
        self._url, self._receipts = url, receipts
        self._key = aiohttp.encode_basic_auth(write_key, "")
        self._waiting: list[tuple[Sending, int]] = []
        self._closing = False
        self._task = asyncio.create_task(self._send())

    async def report(self, sending: Sending, at_ms: int) -> None:
        """Into the next batch."""
        self._waiting.append((sending, at_ms))

    async def _send(self) -> None:
        async with aiohttp.ClientSession(headers={"Authorization": self._key}) as http:
            while self._waiting or not self._closing:
                batch, self._waiting = self._waiting[:100], self._waiting[100:]
                if not batch or not await self._post(http, batch):
                    self._waiting = batch + self._waiting
                    await asyncio.sleep(UPLOAD_EVERY_S)

    async def _post(self, http: aiohttp.ClientSession, batch: list[tuple[Sending, int]]) -> bool:
        body = msgspec.json.encode({"batch": [_wire(*each) for each in batch], "sentAt": _rfc3339(wall_ms())})
        try:
            async with http.post(f"{self._url}/v1/batch", data=body) as answer:
                if answer.status != 200:
                    return False
        except aiohttp.ClientError:
            return False
        for sending, _ in batch:
            if sending.counts:
                self._receipts.acknowledge(sending.id)
        return True

    async def close(self, *, flush: bool) -> None:
        """Give up after a while: what then waits is in doubt."""
        self._closing = True
        if flush:
            await asyncio.wait({self._task}, timeout=FLUSH_WITHIN_S)
        self._task.cancel()
        await asyncio.wait({self._task})
        for sending, _ in self._waiting:
            if sending.counts:
                self._receipts.doubt(sending.id)


def _wire(sending: Sending, at_ms: int) -> dict[str, Any]:
    call, said = event(sending)
    names = {"anonymous_id": "anonymousId", "message_id": "messageId"}
    return {names.get(name, name): value for name, value in said.items()} | {
        "type": call,
        "timestamp": _rfc3339(at_ms),
    }


def _rfc3339(at_ms: int) -> str:
    return datetime.fromtimestamp(at_ms / 1000, UTC).isoformat(timespec="milliseconds")
