"""Serves Segment's HTTP API: 200 means that the broker has it; everything else says what to do."""

import asyncio
import base64
import binascii
import hmac
import re
import signal
import time
from collections import Counter
from collections.abc import Awaitable, Callable
from http import HTTPStatus

import msgspec
from aiohttp import web

from agents.clock import WallClock, wall_ms
from agents.intake.body import read_body
from agents.intake.deciding import Deciding
from agents.intake.doorway import Doorway
from agents.settings import Settings
from agents.signals import (
    CallerAnswered,
    IntakeOccupied,
    IntakeRefused,
    IntakeStarted,
    IntakeStopped,
    StartRefused,
    StrangersSilenced,
    TouchesReceived,
)
from agents.signals.catalogue import exposed
from agents.signals.log import configure
from agents.web import PortTaken, serve, site
from streams.routing.asking import Question, read_question
from streams.segment.api import BATCHES, CALLS, SHORT, Fault, Refusal, claimed_key, understand
from streams.topology import INTAKE

USUAL_PORT = 6160
TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")
"""W3C trace context, the only form that others read."""
IN_FLIGHT = 256
"""Requests at a time: with 500 kB each, what memory must hold at worst."""
RETRY_AFTER_S = "2"
STOP_WITHIN_S = 20.0
DECIDE = "/v1/route/decide"

Handler = Callable[[web.Request], Awaitable[web.Response]]

STATUS = {
    Fault.TOO_LARGE: HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    Fault.BAD_ENCODING: HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    Fault.WRONG_KEY: HTTPStatus.UNAUTHORIZED,
    Fault.UNKNOWN_PATH: HTTPStatus.NOT_FOUND,
    Fault.BUSY: HTTPStatus.TOO_MANY_REQUESTS,
    Fault.NOT_ACKNOWLEDGED: HTTPStatus.SERVICE_UNAVAILABLE,
}
"""All others: 400. SDKs send again on 429 and 5xx alone."""

CORS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Methods": "POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type, Content-Encoding, X-Retry-Count, traceparent",
    "Access-Control-Max-Age": "86400",
}
"""Any website may send: the write key is public there, as it is with Segment."""

WRONG_KEY = Refusal(
    fault=Fault.WRONG_KEY, field="Authorization", found="not the write key of this intake",
    remedy="Send Basic authorization with the write key as user name and no password.",
)  # fmt: skip
BUSY = Refusal(
    fault=Fault.BUSY,
    field="intake",
    found=f"{IN_FLIGHT} requests are in flight",
    remedy="Send it again a little later.",
)
UNACKNOWLEDGED = Refusal(
    fault=Fault.NOT_ACKNOWLEDGED, field="intake", found="the broker has not acknowledged it",
    remedy="Send it again: the ids make repeats free.",
)  # fmt: skip
"""Where our broker is, and what ails it, is for our own log and /readyz, not for the world."""


class Intake:
    """The routes of the API and what they share."""

    def __init__(self, settings: Settings, doorway: Doorway, deciding: Deciding, clock: WallClock = wall_ms) -> None:
        self._write_key = settings.write_key.get_secret_value().encode()
        self._ask_key = settings.ask_key.get_secret_value().encode() or self._write_key
        self._doorway, self._deciding = doorway, deciding
        self._clock = clock
        self._in_flight = 0

    def application(self) -> web.Application:
        """The API beside health and metrics."""
        app = site(self._doorway.not_ready, exposed(INTAKE.name))
        for call in (*CALLS, *SHORT, *BATCHES):
            app.router.add_post(f"/v1/{call}", self.take)
        app.router.add_post(DECIDE, self.decide)
        app.router.add_route("OPTIONS", "/v1/{call}", _preflight)
        app.router.add_route("*", "/v1/{call:.+}", _unknown)
        return app

    async def take(self, request: web.Request) -> web.Response:
        """One request, whole or not at all."""
        return await self._occupied(request, self._take)

    async def decide(self, request: web.Request) -> web.Response:
        """Who takes this caller? For telephone systems: no browser is let in."""
        return await self._occupied(request, self._decide)

    async def _occupied(self, request: web.Request, answered: Handler) -> web.Response:
        if self._in_flight >= IN_FLIGHT:
            return _refused(BUSY)
        self._in_flight += 1
        IntakeOccupied(requests=self._in_flight).emit()
        try:
            return await answered(request)
        finally:
            self._in_flight -= 1
            IntakeOccupied(requests=self._in_flight).emit()

    async def _take(self, request: web.Request) -> web.Response:
        body = await _admitted(request, self._write_key)
        if isinstance(body, Refusal):
            return _refused(body)
        began_s = time.monotonic()
        records = understand(request.path.rpartition("/")[2], body, self._clock())
        if isinstance(records, Refusal):
            return _refused(records)
        trace = request.headers.get("traceparent", "")
        if not await self._doorway.write(records, trace if TRACEPARENT.fullmatch(trace) else ""):
            return _refused(UNACKNOWLEDGED)
        counts = Counter(said.topic.name for said in records)
        TouchesReceived(counts=counts, took_s=time.monotonic() - began_s).emit()
        return web.json_response({"success": True}, headers=CORS)

    async def _decide(self, request: web.Request) -> web.Response:
        body = await _admitted(request, self._ask_key)
        if isinstance(body, Refusal):
            return _refused(body)
        began_s = time.monotonic()
        asked = read_question(body)
        if isinstance(asked, Refusal):
            return _refused(asked)
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


async def _unknown(request: web.Request) -> web.Response:
    remedy = f"Send POST to /v1/batch, {DECIDE}, or to /v1/ and one of {', '.join(CALLS)}."
    found = f"{request.method} is not answered here" if request.method != "POST" else "no such call"
    return _refused(Refusal(fault=Fault.UNKNOWN_PATH, field="path", found=found, remedy=remedy))


def _refused(refusal: Refusal) -> web.Response:
    IntakeRefused(reason=refusal.fault).emit()
    status = STATUS.get(refusal.fault, HTTPStatus.BAD_REQUEST)
    later = status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE)
    body = {
        "success": False, "code": refusal.fault, "message": refusal.message,
        "field": refusal.field, "found": refusal.found, "remedy": refusal.remedy,
    }  # fmt: skip
    return web.json_response(body, status=status, headers=CORS | ({"Retry-After": RETRY_AFTER_S} if later else {}))


async def serve_intake(settings: Settings, stop: asyncio.Event) -> None:
    """Take requests until told to stop; then finish those in flight and send what waits."""
    doorway, deciding = Doorway(settings), Deciding(settings)
    await deciding.answer(Question())  # whoever calls first finds a connection
    app = Intake(settings, doorway, deciding).application()
    runner, url = await serve(
        app, settings.host, settings.port, USUAL_PORT, shutdown_timeout=STOP_WITHIN_S, auto_decompress=False
    )  # we unpack within a limit ourselves
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
    await runner.cleanup()
    await doorway.close()
    await deciding.close()
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
