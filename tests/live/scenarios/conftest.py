"""Crews by model: M1, M1t (M1 without its surge), the whole example. Started when first asked for."""

import uuid
from collections.abc import AsyncGenerator, AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio

from agents.settings import Settings
from deploy.local.stack import Addresses
from tests.conftest import PARTITIONS
from tests.live.scenarios.crew import Crew
from tests.live.scenarios.lead import after, before, moment

MODELS = Path(__file__).parents[2] / "models"
M1 = MODELS / "m1.yaml"
STAGES = ("identify", "score", "route")


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


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def crew(stack: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Crew]:
    """Judges by M1."""
    async for one in employed(stack, tmp_path_factory.mktemp("m1"), M1):
        yield one


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def patient_crew(stack: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Crew]:
    """Judges by M1t: only the line hands off, however fast the points come. Has a mirror too."""
    folder = tmp_path_factory.mktemp("m1t")
    model = folder / "m1t.yaml"
    lines = M1.read_text().splitlines(keepends=True)
    model.write_text("".join(line for line in lines if not line.strip().startswith("surge:")))
    async for one in employed(stack, folder, model, "mirror"):
        yield one


def whole(at: datetime) -> str:
    """The whole example, with segments, and with campaigns around a moment: one that runs and one that is over."""
    text = (MODELS / "m1_full.yaml").read_text().replace("until: 2027-01-31", f"until: {after(at, days=70).date()}")
    assert text.count("until:") == 1
    differs = "handoff: {engagement: 10 or more}, rules: {presentation: {points: 9}}"
    over = f"{{until: {before(at, days=10).date()}, {differs}}}"
    segments = "segments:\n  large: {headcount: 500 or more}\n  others: everyone\n"
    return f"{text.rstrip()}\n  ebook-autumn: {over}\n{segments}"


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def full_crew(stack: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Crew]:
    """Judges by the whole example: levels, fast paths, campaigns, segments."""
    folder = tmp_path_factory.mktemp("m1-full")
    model = folder / "m1_full.yaml"
    model.write_text(whole(moment()))
    async for one in employed(stack, folder, model):
        yield one


@pytest.fixture
def now() -> datetime:
    """T: what is told together has one time, so that nothing decays in between."""
    return moment()
