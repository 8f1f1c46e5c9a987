"""The intake when things go wrong: a 200 still means that Kafka has it, and garbage harms nobody."""

import asyncio
import json
import signal
import socket
from collections.abc import Awaitable, Callable
from pathlib import Path

import aiohttp
import pytest

from agents.demo.crew import Worker
from agents.settings import Settings
from deploy.local.ports import HOST, free_port
from deploy.local.stack import opened
from streams.topology import FACTS, TOUCHES_WEB
from tests.live.calls import TRACK, post
from tests.live.kafka import Kafka, until

pytestmark = pytest.mark.live


async def test_garbage_never_makes_a_fault_of_ours(intake: Worker, http: aiohttp.ClientSession) -> None:
    bodies = [
        b"", b"null", b"[]", b"[[[[", b"[" * 50_000, b'{"a":' * 20_000, b"\xff\xfe\x00", b'{"batch": null}',
        b"9" * 9_000, b'{"batch": [null, 1, "x", []]}', b'{"batch": [{"type": {}}]}',
        b'{"userId": {"a": 1}, "event": []}', b'"\\ud800"', b'{"userId":"u","event":"e","timestamp":1e400}',
        b'{"userId":"u","event":"e","context":7,"properties":[]}',
    ]  # fmt: skip
    statuses = set()
    for path in ("track", "identify", "page", "screen", "group", "alias", "batch", "import", "t", "nonsense", "%00"):
        for body in bodies:
            async with http.post(f"{intake.url}/v1/{path}", data=body) as answer:
                statuses.add(answer.status)
                assert answer.content_type == "application/json" or path == "%00"
    assert max(statuses) < 500

    head = b"POST /v1/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Basic dG91Y2hsaW5lOg==\r\n"
    for raw in [
        b"\x16\x03\x01 TLS here\r\n\r\n",
        head + b"Content-Length: -1\r\n\r\n",
        head + b"Content-Length: 10\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        head + b"Transfer-Encoding: chunked\r\n\r\nZZZ\r\nnot a chunk\r\n",
        head + b"X: " + b"y" * 100_000 + b"\r\n\r\n",
    ]:
        assert b" 5" != (await asyncio.to_thread(_raw, intake.port, raw))[8:10]
    await asyncio.to_thread(_raw, intake.port, head + b"Content-Length: 100\r\n\r\n{", False)  # hangs up half-way

    assert (200, {"success": True}) == await post(http, f"{intake.url}/v1/track", TRACK)
    assert "Traceback" not in intake.log.read_text()
    assert '"level": "error"' not in intake.log.read_text()


def _raw(port: int, data: bytes, listen: bool = True) -> bytes:
    with socket.create_connection((HOST, port), timeout=5) as line:
        line.sendall(data)
        return line.recv(4096) if listen else b""


async def test_without_a_broker_nothing_is_ever_answered_200(
    worker: Callable[..., Awaitable[Worker]], http: aiohttp.ClientSession
) -> None:
    intake = await worker("intake", bootstrap=f"{HOST}:{free_port()}", wait=False)

    async def listens() -> bool:
        try:
            async with http.get(f"{intake.url}/livez") as answer:
                return answer.status == 200
        except aiohttp.ClientConnectionError:
            return False

    await until(listens, "the intake to listen")
    async with http.post(f"{intake.url}/v1/track", data=json.dumps(TRACK)) as answer:
        assert (503, "not_acknowledged") == (answer.status, (await answer.json())["code"])
        assert int(answer.headers["Retry-After"]) > 0
    async with http.get(f"{intake.url}/livez") as alive, http.get(f"{intake.url}/readyz") as ready:
        assert (200, 503) == (alive.status, ready.status)


@pytest.mark.long
async def test_a_broker_that_hangs_makes_503_and_the_repeat_arrives(
    tmp_path: Path, worker: Callable[..., Awaitable[Worker]], http: aiohttp.ClientSession
) -> None:
    with opened() as own:
        settings = Settings(bootstrap=own.addresses.bootstrap, prefix="hang.", partitions=4, data_dir=tmp_path)
        kafka = Kafka(settings)
        await kafka.create([TOUCHES_WEB, FACTS])
        intake = await worker("intake", bootstrap=settings.bootstrap, prefix=settings.prefix)
        url = f"{intake.url}/v1/track"
        assert 200 == (await post(http, url, TRACK))[0]

        own.kafka.send(signal.SIGSTOP)
        try:
            hung = await asyncio.gather(*(post(http, url, {**TRACK, "messageId": f"h-{n}"}) for n in range(20)))
        finally:
            own.kafka.send(signal.SIGCONT)
        assert {503} == {status for status, _ in hung}
        answers = [await post(http, url, {**TRACK, "messageId": f"h-{n}"}) for n in range(20)]

        assert {200} == {status for status, _ in answers}
        assert {"m-1", *(f"h-{n}" for n in range(20))} == {touch.touch_id for touch in await kafka.values(TOUCHES_WEB)}
        await kafka.close()


async def test_a_signal_to_stop_loses_nothing_that_was_answered(
    kafka: Kafka, intake: Worker, http: aiohttp.ClientSession
) -> None:
    answered: list[str] = []

    async def keep_sending(sender: int) -> None:
        for n in range(10_000):
            event = {**TRACK, "userId": f"u-{sender}", "messageId": f"s-{sender}-{n}"}
            try:
                status, _ = await post(http, f"{intake.url}/v1/track", event)
            except aiohttp.ClientError:
                return
            if status != 200:
                return
            answered.append(event["messageId"])

    senders = [asyncio.create_task(keep_sending(sender)) for sender in range(8)]
    await kafka.hear(TOUCHES_WEB, 50)
    code = await intake.terminate()
    await asyncio.gather(*senders)

    assert 0 == code
    assert len(answered) >= 50
    assert set(answered) <= {touch.touch_id for touch in await kafka.values(TOUCHES_WEB)}
