"""`touchline run canary`: a process that sends canaries and says on `/metrics` whether they arrive."""

import asyncio

from agents.alone import until_told
from agents.canary.flight import Flight
from agents.compiled import PLAIN
from agents.life import topics_checked
from agents.settings import Settings
from agents.signals import WorkerStarted
from agents.signals.catalogue import exposed
from agents.signals.log import configure
from agents.web import serve, site
from streams.topology import CANARIES

USUAL_PORT = 6166


def run_canary(settings: Settings, every_s: float, within_s: float) -> int:
    """Run until SIGTERM or Ctrl-C. Exit code 0: stopped; 2: topics or the port would make it wrong."""
    configure(CANARIES.name)
    return asyncio.run(until_told(_work(settings, every_s, within_s)))


async def _work(settings: Settings, every_s: float, within_s: float) -> None:
    flight = Flight(settings, every_s, within_s)
    # The site first: liveness must be green while no broker answers.
    app = site(flight.not_ready, exposed(CANARIES.name))
    runner, url = await serve(app, settings.host, settings.port, USUAL_PORT)
    try:
        await topics_checked(CANARIES, settings)
        WorkerStarted(url=url, fold=PLAIN).emit()
        await flight.run()
    finally:
        await runner.cleanup()
