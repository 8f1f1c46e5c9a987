"""`touchline run challenger`: a process that reads, compares, answers `/report`, and writes nothing anywhere."""

import asyncio

import msgspec
from aiohttp import web

from agents.alone import until_told
from agents.challenger.following import Following
from agents.compiled import fold_in_use
from agents.life import topics_checked
from agents.settings import Settings
from agents.signals import WorkerStarted
from agents.signals.catalogue import exposed
from agents.signals.log import configure
from agents.web import serve, site
from schemas.scoring_model import ScoringModel
from streams.judge import Judge
from streams.topology import CHALLENGER

USUAL_PORT = 6165


def run_challenger(settings: Settings, model: ScoringModel, file: str, since_ms: int) -> int:
    """Run until SIGTERM or Ctrl-C. Exit code 0: stopped; 2: topics or the port would make it wrong."""
    configure(CHALLENGER.name)
    return asyncio.run(until_told(_work(settings, Following(settings, Judge.of(model), file, since_ms))))


async def _work(settings: Settings, following: Following) -> None:
    app = site(following.not_ready, exposed(CHALLENGER.name))

    async def report(_: web.Request) -> web.Response:
        return web.Response(body=msgspec.json.encode(following.report()), content_type="application/json")

    app.router.add_get("/report", report)
    # The site first: liveness must be green while no broker answers.
    runner, url = await serve(app, settings.host, settings.port, USUAL_PORT)
    try:
        await topics_checked(CHALLENGER, settings)
        WorkerStarted(url=url, fold=fold_in_use()).emit()
        await following.run()
    finally:
        await runner.cleanup()
