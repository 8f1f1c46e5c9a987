"""Whoever asks what a generator does is told, and nothing is written meanwhile."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GENERATORS = (
    "agents.signals.table", "deploy.audit", "deploy.grafana", "deploy.kubernetes", "deploy.prometheus.slo",
    "deploy.runbook",
)  # fmt: skip


@pytest.mark.parametrize("module", GENERATORS)
def test_a_generator_asked_for_help_says_what_it_writes_and_ends(module: str) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", module, "--help"], cwd=ROOT, capture_output=True, text=True, timeout=60, check=False
    )

    assert (0, "") == (ended.returncode, ended.stderr)
    assert ended.stdout.startswith(f"usage: python -m {module} [-h]")
