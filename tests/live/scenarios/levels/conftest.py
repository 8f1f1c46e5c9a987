"""The crew that judges by the whole example."""

from collections.abc import AsyncIterator
from datetime import datetime

import pytest
import pytest_asyncio

from deploy.local.stack import Addresses
from tests.live.scenarios.crew import Crew
from tests.live.scenarios.crews import MODELS, employed
from tests.live.scenarios.lead import after, before, moment


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
