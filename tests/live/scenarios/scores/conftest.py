"""The crew that judges by M1."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from deploy.local.stack import Addresses
from tests.live.scenarios.crew import Crew
from tests.live.scenarios.crews import M1, employed


@pytest_asyncio.fixture(scope="package", loop_scope="package")
async def crew(stack: Addresses, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Crew]:
    """Judges by M1."""
    async for one in employed(stack, tmp_path_factory.mktemp("m1"), M1):
        yield one
