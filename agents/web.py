"""A worker's own site: metrics, liveness and readiness. It shows no data and needs no broker."""

import errno
from collections.abc import Callable
from typing import Any

from aiohttp import web
from prometheus_client import REGISTRY, CollectorRegistry
from prometheus_client.aiohttp import make_aiohttp_handler

USUAL_PORTS = {"identify": 6161, "score": 6162, "route": 6163, "mirror": 6164}
TRIES = 100
"""Ports tried when the usual one is taken and none was asked for."""

NotReady = Callable[[], list[str]]

SECURE = {
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "Cache-Control": "no-store",
    "Server": "touchline",
}
"""On every answer: nothing of it is kept, framed, run or guessed at, and no version is told."""


class PortTaken(RuntimeError):
    """The port asked for is in use."""


def site(not_ready: NotReady, shown: CollectorRegistry | None = REGISTRY) -> web.Application:
    """The routes; `shown`: what `/metrics` tells, in the format that is asked for, with examples where it has them.

    None: there is no such page.
    """

    async def livez(_: web.Request) -> web.Response:
        # That this runs shows that the event loop turns; what Kafka or Redis do is no reason to be killed.
        return web.json_response({"live": True})

    async def readyz(request: web.Request) -> web.Response:
        reasons = not_ready()
        body: dict[str, object] = {"ready": not reasons}
        if reasons or "verbose" in request.query:
            body["reasons"] = reasons
        return web.json_response(body, status=503 if reasons else 200)

    app = web.Application()
    app.on_response_prepare.append(_secure)
    if shown is not None:
        app.router.add_get("/metrics", make_aiohttp_handler(shown))
    app.router.add_get("/livez", livez)
    app.router.add_get("/readyz", readyz)
    return app


async def _secure(_: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(SECURE)


async def serve(app: web.Application, host: str, port: int, usual: int, **options: Any) -> tuple[web.AppRunner, str]:
    """Open the site; returns what to clean up and its URL. Port 0: the usual one, or the next that is free.

    Options are aiohttp's own, of its runner.
    """
    runner = web.AppRunner(app, access_log=None, handle_signals=False, **options)
    await runner.setup()
    for candidate in (port,) if port else range(usual, usual + TRIES):
        try:
            await web.TCPSite(runner, host, candidate).start()
        except OSError as fault:
            if fault.errno != errno.EADDRINUSE:
                raise
            continue
        return runner, f"http://{host}:{candidate}"
    await runner.cleanup()
    asked = str(port) if port else f"{usual} to {usual + TRIES - 1}"
    raise PortTaken(f"port {asked} on {host} is in use: stop what holds it, or choose another with --port")
