"""The commands of install.md and upgrade.md, in their order: on a real Kafka and Redis, and no cluster."""

import asyncio
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

import pytest

from agents.demo.crew import environment_of
from agents.settings import Settings
from agents.topics.admin import apply
from deploy.kubernetes.chart import helm
from tests.conftest import StartWorker
from tests.contract.cluster.judge import faults, read
from tests.contract.cluster.pages import PAGES, ROOT, boxes
from tests.contract.cluster.rules import breaches
from tests.live import cluster_stand_in

pytestmark = [pytest.mark.live, pytest.mark.long, pytest.mark.timeout(900)]  # a machine without Helm builds it once


def prepare(folder: Path) -> Path:
    """The stand-ins, the chart and the values of the page; returns the folder for what would be applied."""
    for name in ("kubectl", "helm"):
        script = folder / "bin" / name
        script.parent.mkdir(exist_ok=True)
        script.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m {cluster_stand_in.__name__} {name} "$@"\n')
        script.chmod(0o755)
    (folder / "deploy").symlink_to(ROOT / "deploy")
    (values,) = boxes("install.md", "yaml")
    (folder / "my-values.yaml").write_text(values)
    kept = folder / "kept"
    kept.mkdir()
    return kept


def run(text: str, settings: Settings, folder: Path, kept: Path) -> "subprocess.CompletedProcess[str]":
    """As an operator runs it."""
    env = environment_of(settings)
    env |= {cluster_stand_in.KEPT: str(kept), cluster_stand_in.HELM: helm(), "PYTHONPATH": str(ROOT), "NO_COLOR": "1"}
    env["PATH"] = f"{folder / 'bin'}:{Path(sys.executable).parent}:{env['PATH']}"
    return subprocess.run(
        ["bash", "-euo", "pipefail", "-c", dedent(text)], cwd=folder, capture_output=True, text=True, timeout=300,
        env=env,
    )  # fmt: skip


async def test_every_box_of_the_pages_works_as_it_stands(
    settings: Settings, worker: StartWorker, tmp_path: Path
) -> None:
    await asyncio.to_thread(helm)
    kept = prepare(tmp_path)
    first = True
    for page in PAGES:
        for text in boxes(page, "sh"):
            if first and " exec " in text:
                await apply(settings)
                await asyncio.gather(*(worker(stage) for stage in ("identify", "score", "route", "mirror")))
                first = False
            ran = await asyncio.to_thread(run, text, settings, tmp_path, kept)

            assert 0 == ran.returncode, f"{page}\n{text}\n{ran.stdout}\n{ran.stderr}"
    for path in sorted(kept.iterdir()):
        resources = read(path.read_text())

        assert resources, path
        assert [] == [fault for one in resources for fault in faults(one)]
        assert [] == breaches(resources)
    kinds = [sorted({one["kind"] for one in read(path.read_text())}) for path in sorted(kept.iterdir())]
    assert [["KafkaTopic"], ["KafkaUser"], ["KafkaUser"]] == kinds[:3]
    assert 4 == len([kind for kind in kinds if "StatefulSet" in kind]), "install, two upgrades, more partitions"
    assert 5 == len([kind for kind in kinds if kind == ["Job"]]), "doctor, and four rebuilds"
