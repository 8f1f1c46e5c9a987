"""Nobody takes the intake from the others: fast, slow, guessing and silent senders meet a limit, the rest is served."""

import asyncio
import re
import socket
import time

import aiohttp
import pytest

from agents.demo.crew import Worker
from agents.intake.body import BODY_WITHIN_S
from agents.intake.refusing import IN_FLIGHT
from agents.web import SECURE
from deploy.local.ports import HOST, free_port
from streams.topology import FACTS, TOUCHES_WEB
from tests.conftest import StartWorker
from tests.live.calls import TRACK, post
from tests.live.kafka import Kafka, until

pytestmark = pytest.mark.live

OURS = {"X-Forwarded-For": "203.0.113.9"}
OTHERS = {"X-Forwarded-For": "198.51.100.7"}
GUESS = {"Authorization": aiohttp.encode_basic_auth("guess", "")}


@pytest.fixture
async def behind_a_proxy(kafka: Kafka, worker: StartWorker) -> Worker:
    """An intake that believes who a proxy here says a request is of."""
    await kafka.create([TOUCHES_WEB, FACTS])
    return await worker("intake", proxies=("127.0.0.0/8",))


async def test_who_sends_too_fast_is_told_so_and_others_are_served(
    kafka: Kafka, worker: StartWorker, http: aiohttp.ClientSession
) -> None:
    await kafka.create([TOUCHES_WEB, FACTS])
    intake = await worker("intake", requests_per_s=1, proxies=("127.0.0.0/8",))
    url = f"{intake.url}/v1/track"

    answers = [await post(http, url, TRACK, headers=OURS) for _ in range(12)]
    refused = [body for status, body in answers if status == 429]
    assert [200, 200] == [status for status, _ in answers[:2]]
    assert len(refused) >= 5
    assert {("too_fast", "intake")} == {(body["code"], body["field"]) for body in refused}
    assert (200, {"success": True}) == await post(http, url, TRACK, headers=OTHERS)
    assert 'touchline_intake_refusals_total{reason="too_fast"}' in await intake.page("/metrics")


async def test_who_guesses_keys_is_soon_not_heard_at_all(behind_a_proxy: Worker, http: aiohttp.ClientSession) -> None:
    url = f"{behind_a_proxy.url}/v1/track"
    async with aiohttp.ClientSession() as guesser:
        answers = await asyncio.gather(*(post(guesser, url, TRACK, headers=OURS | GUESS) for _ in range(60)))
        right = await post(http, url, TRACK, headers=OURS)

    assert {401, 429} == {status for status, _ in answers}
    assert 429 == right[0], "else a guesser would learn that this key is the one"
    assert (200, {"success": True}) == await post(http, url, TRACK, headers=OTHERS)


@pytest.mark.long
async def test_a_body_that_trickles_is_cut_off(intake: Worker, http: aiohttp.ClientSession) -> None:
    head = b"POST /v1/track HTTP/1.1\r\nHost: x\r\nAuthorization: Basic dG91Y2hsaW5lOg==\r\nContent-Length: 90\r\n\r\n"
    began_s = time.monotonic()
    answer = await asyncio.to_thread(_trickle, intake.port, head)

    assert answer.startswith(b"HTTP/1.1 408 ")
    assert b'"code": "too_slow"' in answer
    assert BODY_WITHIN_S <= time.monotonic() - began_s
    assert (200, {"success": True}) == await post(http, f"{intake.url}/v1/track", TRACK)


async def test_one_address_cannot_hold_every_place(behind_a_proxy: Worker, http: aiohttp.ClientSession) -> None:
    head = b"POST /v1/track HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: 203.0.113.9\r\nContent-Length: 90\r\n\r\n"
    lines = [await asyncio.open_connection(HOST, behind_a_proxy.port) for _ in range(IN_FLIGHT)]
    for _, writer in lines:
        writer.write(head)
    url = f"{behind_a_proxy.url}/v1/track"

    async def full() -> bool:
        return 429 == (await post(http, url, TRACK, headers=OURS))[0]

    await until(full, "all places of that address to be held", within_s=5)
    assert (200, {"success": True}) == await post(http, url, TRACK, headers=OTHERS)
    for _, writer in lines:
        writer.close()


def _trickle(port: int, head: bytes) -> bytes:
    """A byte a second; what was answered when the line is closed."""
    said = b""
    with socket.create_connection((HOST, port), timeout=1.0) as line:
        line.sendall(head)
        for _ in range(60):
            try:
                line.sendall(b" ")
                part = line.recv(4096)
            except TimeoutError:
                continue
            except ConnectionError:
                return said
            said += part
            if not part:
                return said
    return said


async def test_every_answer_says_that_nothing_of_it_is_to_be_kept_framed_or_run(
    intake: Worker, http: aiohttp.ClientSession
) -> None:
    for path in ("/metrics", "/livez", "/readyz", "/v1/track", "/v1/nonsense", "/table", "/router", "/"):
        async with http.get(intake.url + path) as answer:
            assert SECURE == {name: answer.headers.get(name) for name in SECURE}, path
            assert (path in ("/metrics", "/livez", "/readyz")) == (answer.status == 200), path
            if answer.status == 404:
                assert "unknown_path" == (await answer.json())["code"], path
    counted = re.findall(r'intake_refusals_total\{reason="unknown_path"\} (\S+)', await intake.page("/metrics"))
    assert ["2.0"] == counted, "those under /v1/; whoever looks elsewhere is no website that sends wrongly"
    async with http.post(f"{intake.url}/v1/track", json=TRACK) as taken:
        assert SECURE == {name: taken.headers.get(name) for name in SECURE}


@pytest.mark.long
async def test_no_stage_shows_what_its_tables_hold(kafka: Kafka, worker: StartWorker) -> None:
    """Faust would serve them under these names."""
    await kafka.create()
    score = await worker("score")
    async with aiohttp.ClientSession() as stranger:
        for path in ("/table", "/tables", "/router", "/router/leads/x", "/stats", "/", "/graph", "/assignment"):
            async with stranger.get(score.url + path) as answer:
                assert 404 == answer.status, path


async def test_metrics_may_have_a_port_of_their_own(
    kafka: Kafka, worker: StartWorker, http: aiohttp.ClientSession
) -> None:
    await kafka.create([TOUCHES_WEB, FACTS])
    port = free_port()
    intake = await worker("intake", metrics_port=port)

    assert (200, {"success": True}) == await post(http, f"{intake.url}/v1/track", TRACK)
    async with http.get(f"{intake.url}/metrics") as public:
        assert 404 == public.status
    async with http.get(f"http://{HOST}:{port}/metrics") as inside:
        assert "touchline_intake_records_total" in await inside.text()
    async with http.post(f"http://{HOST}:{port}/v1/track", json=TRACK) as no_api:
        assert 404 == no_api.status
