"""The crew that judges by M1 without its surge."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.stack import Addresses
from tests.live.scenarios.crew import Crew
from tests.live.scenarios.crews import M1, calm, employed


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def patient_crew(stack: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Crew]:
    """Judges by M1t: only the line hands off, however fast the points come. Has a mirror too."""
    folder = tmp_path_factory.mktemp("m1t")
    async for one in employed(stack, folder, calm(M1, folder), "mirror"):
        yield one
