"""Two crews: one judges by M1, one by M1t, which is M1 without its surge. Started when first asked for."""

import uuid
from collections.abc import AsyncIterator
from datetime import datetime
from pathlib import Path

import pytest
import pytest_asyncio

from agents.settings import Settings
from deploy.local.stack import Addresses
from tests.conftest import PARTITIONS
from tests.live.scenarios.crew import Crew
from tests.live.scenarios.lead import moment

M1 = Path(__file__).parents[2] / "models" / "m1.yaml"
STAGES = ("identify", "score", "route")


async def employed(stack: Addresses, folder: Path, model: Path, *more: str) -> AsyncIterator[Crew]:
    """A crew at work; ended afterwards."""
    settings = Settings(
        bootstrap=stack.bootstrap, redis=stack.redis, prefix=f"t{uuid.uuid4().hex[:10]}.", partitions=PARTITIONS,
        data_dir=folder / "data", model=model, cards_every_s=0.05,
    )  # fmt: skip
    crew = Crew(settings, folder)
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


@pytest.fixture
def now() -> datetime:
    """T: what is told together has one time, so that nothing decays in between."""
    return moment()
