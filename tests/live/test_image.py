"""What the Dockerfile builds runs: from locks, compiled, as a user without rights, in a tree it cannot write to."""

import asyncio
import json
import re
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from agents.settings import Settings
from deploy.image.contents import UNLICENSED, licences
from deploy.local.ports import free_port
from tests.live.image_steps import ROOT, Built

pytestmark = [pytest.mark.long, pytest.mark.timeout(900)]  # packages are fetched, the fold is compiled


@pytest.fixture(scope="module")
def built() -> Iterator[Built]:
    with tempfile.TemporaryDirectory(prefix="touchline-image-") as name:
        Path(name).chmod(0o755)
        image = Built(Path(name))
        image.build()
        image.seal()
        yield image


def test_what_is_installed_is_the_lock_and_each_licence_is_known(built: Built) -> None:
    listed = json.loads((built.shipped / "share" / "touchline" / "sbom.cdx.json").read_bytes())
    locked = dict(
        re.findall(r"^([a-z0-9.-]+)==(\S+) \\$", (ROOT / "deploy/image/runtime.lock").read_text(), re.MULTILINE)
    )
    told = licences(listed)

    assert locked == {name: one["version"] for name, one in zip(told, listed["components"], strict=True)}
    assert [] == [name for name, licence in told.items() if licence == UNLICENSED]
    assert "touchline" == listed["metadata"]["component"]["name"]
    assert all(reference["hashes"] for one in listed["components"] for reference in one["externalReferences"][-1:])


async def test_a_worker_of_the_image_takes_its_partitions_and_leaves_no_trace(built: Built, settings: Settings) -> None:
    shipped = built.files()
    place = {
        "TOUCHLINE_BOOTSTRAP": settings.bootstrap, "TOUCHLINE_REDIS": settings.redis,
        "TOUCHLINE_PREFIX": settings.prefix, "TOUCHLINE_PARTITIONS": str(settings.partitions),
    }  # fmt: skip
    assert 0 == built.says("touchline", "topics", "apply", **place)[0]
    port = str(free_port())
    worker = built.start("touchline", "run", "score", TOUCHLINE_PORT=port, **place)
    asked = ("python", "-m", "deploy.compose.ready", port)
    try:
        async with asyncio.timeout(60):
            while (answer := await asyncio.to_thread(built.says, *asked)) != (0, "ready\n"):
                assert 1 == answer[0]
    finally:
        worker.send_signal(signal.SIGTERM)
        said, _ = await asyncio.to_thread(worker.communicate, timeout=60)

    assert 0 == worker.returncode, said
    assert '"fold": "compiled"' in said or "fold=compiled" in said, said
    assert shipped == built.files()
