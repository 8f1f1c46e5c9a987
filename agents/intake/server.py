"""Serves Segment's HTTP API: 200 means that the broker has it; everything else says what to do."""

import asyncio
import base64
import binascii
import hmac
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from http import HTTPStatus
from ipaddress import ip_network

import msgspec
from aiohttp import web

from agents.clock import WallClock, wall_ms
from agents.intake.body import read_body
from agents.intake.deciding import Deciding
from agents.intake.doorway import Doorway
from agents.intake.elsewhere import DECIDE, elsewhere, unknown
from agents.intake.pace import Pace, client_address
from agents.intake.refusing import (
    BUSY,
    CORS,
    GUESSING,
    IN_FLIGHT,
    OF_ONE_ADDRESS,
    TOO_FAST,
    UNACKNOWLEDGED,
    WRONG_KEY,
    refused,
)
from agents.settings import Settings
from agents.signals import (
    CallerAnswered,
    IntakeOccupied,
    IntakeStarted,
    IntakeStopped,
    StartRefused,
    StrangersSilenced,
    TouchesReceived,
)
from agents.signals.catalogue import exposed
from agents.signals.log import configure
from agents.spans import Spans, Traced
from agents.web import PortTaken, serve, site
from schemas.traceparent import TRACEPARENT
from streams.routing.asking import Question, read_question
from streams.segment.api import BATCHES, CALLS, SHORT, Refusal, claimed_key, understand
from streams.topology import INTAKE

USUAL_PORT = 6160
STOP_WITHIN_S = 20.0
HEADERS_WITHIN_S = 30.0
"""A connection that does not get a request's headers across in so long is closed; so is one that is idle."""
LINGER_S = 1.0
"""A body that we do not read has so long to pass by before we hang up."""
WRONG_KEYS_PER_S = 5
"""From one address; whoever guesses faster is not even heard."""

Handler = Callable[[web.Request], Awaitable[web.Response]]


class Intake:
    """The routes of the API and what they share."""

    def __init__(self, settings: Settings, doorway: Doorway, deciding: Deciding, clock: WallClock = wall_ms) -> None:
        self._write_key = settings.write_key.get_secret_value().encode()
        self._ask_key = settings.ask_key.get_secret_value().encode() or self._write_key
        self._doorway, self._deciding = doorway, deciding
        self._clock = clock
        self._in_flight = 0
        self._held: Counter[str] = Counter()
        """Requests in flight, by address."""
        self._proxies = tuple(ip_network(network) for network in settings.proxies)
        self._spans = Spans(INTAKE.name)
        self._shown = None if settings.metrics_port else exposed(INTAKE.name)
        self._requests, self._wrong_keys = Pace(settings.requests_per_s), Pace(WRONG_KEYS_PER_S)

    async def close(self) -> None:
        """Send the spans that wait."""
        await asyncio.to_thread(self._spans.stop)

    def application(self) -> web.Application:
        """The API beside health and metrics."""
        app = site(self._doorway.not_ready, self._shown)
        for call in (*CALLS, *SHORT, *BATCHES):
            app.router.add_post(f"/v1/{call}", self.take)
        app.router.add_post(DECIDE, self.decide)
        app.router.add_route("OPTIONS", "/v1/{call}", _preflight)
        app.router.add_route("*", "/v1/{call:.+}", unknown)
        app.router.add_route("*", "/{elsewhere:.*}", elsewhere)
        return app

    async def take(self, request: web.Request) -> web.Response:
        """One request, whole or not at all."""
        return await self._occupied(request, self._take)

    async def decide(self, request: web.Request) -> web.Response:
        """Who takes this caller? For telephone systems: no browser is let in."""
        return await self._occupied(request, self._decide)

    async def _occupied(self, request: web.Request, answered: Handler) -> web.Response:
        address = self._address(request)
        if not self._requests.takes(address):
            return refused(TOO_FAST)
        if self._wrong_keys.spent(address):
            return refused(GUESSING)
        if self._in_flight >= IN_FLIGHT or self._held[address] >= OF_ONE_ADDRESS:
            return refused(BUSY)
        self._in_flight += 1
        self._held[address] += 1
        IntakeOccupied(requests=self._in_flight).emit()
        try:
            return await answered(request)
        finally:
            self._in_flight -= 1
            self._held[address] -= 1
            if not self._held[address]:
                del self._held[address]
            IntakeOccupied(requests=self._in_flight).emit()

    def _address(self, request: web.Request) -> str:
        return client_address(request.remote or "", request.headers.get("X-Forwarded-For", ""), self._proxies)

    async def _admitted(self, request: web.Request, key: bytes) -> bytes | Refusal:
        body = await _admitted(request, key)
        if body is WRONG_KEY:
            self._wrong_keys.takes(self._address(request))
        return body

    async def _take(self, request: web.Request) -> web.Response:
        body = await self._admitted(request, self._write_key)
        if isinstance(body, Refusal):
            return refused(body)
        began_s = time.monotonic()
        records = understand(request.path.rpartition("/")[2], body, self._clock())
        if isinstance(records, Refusal):
            return refused(records)
        trace, began_ms = request.headers.get("traceparent", ""), self._clock()
        if not await self._doorway.write(records, trace if TRACEPARENT.fullmatch(trace) else ""):
            return refused(UNACKNOWLEDGED)
        self._spans.tell("send", "touches", [Traced(trace, began_ms)], self._clock())
        counts = Counter(said.topic.name for said in records)
        TouchesReceived(counts=counts, took_s=time.monotonic() - began_s).emit()
        return web.json_response({"success": True}, headers=CORS)

    async def _decide(self, request: web.Request) -> web.Response:
        body = await self._admitted(request, self._ask_key)
        if isinstance(body, Refusal):
            return refused(body)
        began_s = time.monotonic()
        asked = read_question(body)
        if isinstance(asked, Refusal):
            return refused(asked)
        said = await self._deciding.answer(asked)
        caller = "degraded" if said.degraded else "known" if said.known else "unknown"
        CallerAnswered(caller=caller, took_s=time.monotonic() - began_s).emit()
        return web.Response(body=msgspec.json.encode(said), content_type="application/json")


async def _admitted(request: web.Request, key: bytes) -> bytes | Refusal:
    """The body of who has the key, in the header or, as browsers send it, in the body."""
    header = request.headers.get("Authorization")
    if header is not None and not hmac.compare_digest(_basic_user(header), key):
        return WRONG_KEY
    body = await read_body(request)
    if header is None and not isinstance(body, Refusal):
        claimed = claimed_key(body).encode("utf-8", "replace")
        return body if hmac.compare_digest(claimed, key) else WRONG_KEY
    return body


def _basic_user(header: str) -> bytes:
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return b""
    try:
        return base64.b64decode(encoded.strip(), validate=True).partition(b":")[0]
    except (binascii.Error, ValueError):
        return b""


async def _preflight(_: web.Request) -> web.Response:
    return web.Response(status=HTTPStatus.NO_CONTENT, headers=CORS)


async def serve_intake(settings: Settings, stop: asyncio.Event) -> None:
    """Take requests until told to stop; then finish those in flight and send what waits."""
    doorway, deciding = Doorway(settings), Deciding(settings)
    await deciding.answer(Question())  # whoever calls first finds a connection
    intake = Intake(settings, doorway, deciding)
    app = intake.application()
    # We unpack within a limit ourselves.
    limits = {"auto_decompress": False, "keepalive_timeout": HEADERS_WITHIN_S, "lingering_time": LINGER_S}
    runner, url = await serve(
        app, settings.host, settings.port, USUAL_PORT, shutdown_timeout=STOP_WITHIN_S, **limits
    )  # fmt: skip
    runners = [runner]
    if beside := settings.metrics_port:
        told = site(doorway.not_ready, exposed(INTAKE.name))
        runners.append((await serve(told, settings.host, beside, beside))[0])
    default = Settings.model_fields["write_key"].default
    IntakeStarted(url=url, development_key=settings.write_key == default).emit()
    connecting = asyncio.create_task(doorway.connect())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({stopping, connecting}, return_when=asyncio.FIRST_COMPLETED)
    if connecting.done():
        connecting.result()  # a fault of ours, not of the broker: it ends the process
    await stopping
    began_s = time.monotonic()
    connecting.cancel()
    for runner in runners:
        await runner.cleanup()
    await doorway.close()
    await deciding.close()
    await intake.close()
    IntakeStopped(after_s=time.monotonic() - began_s).emit()


def run_intake(settings: Settings) -> int:
    """Run until SIGTERM or Ctrl-C. Exit code 0: stopped; 2: the port is taken."""
    configure("intake")
    StrangersSilenced().emit()
    return asyncio.run(_until_told(settings))


async def _until_told(settings: Settings) -> int:
    told = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, told.set)
    try:
        await serve_intake(settings, told)
    except PortTaken as fault:
        StartRefused(problems=[str(fault)]).emit()
        return 2
    return 0
