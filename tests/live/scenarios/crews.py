"""Workers of a model, put to work for a test: M1, M1t (M1 without its surge), any other."""

import uuid
from collections.abc import AsyncGenerator
from pathlib import Path

from agents.settings import Settings
from deploy.local.stack import Addresses
from tests.conftest import PARTITIONS
from tests.live.scenarios.crew import Crew

MODELS = Path(__file__).parents[2] / "models"
M1 = MODELS / "m1.yaml"
STAGES = ("identify", "score", "route")


def calm(model: Path, folder: Path) -> Path:
    """The model without its surge, as a file there: only the line hands off, however fast the points come."""
    file = folder / f"calm-{model.name}"
    lines = model.read_text().splitlines(keepends=True)
    file.write_text("".join(line for line in lines if not line.strip().startswith("surge:")))
    return file


async def employed(
    stack: Addresses, folder: Path, model: Path, *more: str, timers: bool = False, routing: Path | None = None
) -> AsyncGenerator[Crew]:
    """A crew at work; ended afterwards.

    Without timers no deadline passes: a life told as of days ago is then the same however fast it is told.
    """
    waits: dict[str, float] = {} if timers else {"watermark_every_s": 0.0, "timer_hold_s": 3600.0}
    settings = Settings(
        bootstrap=stack.bootstrap, redis=stack.redis, prefix=f"t{uuid.uuid4().hex[:10]}.", partitions=PARTITIONS,
        data_dir=folder / "data", model=model, cards_every_s=0.05, routing=routing,
    )  # fmt: skip
    crew = Crew(settings.model_copy(update=waits), folder)
    try:
        await crew.start((*STAGES, *more))
        yield crew
    finally:
        await crew.stop()
