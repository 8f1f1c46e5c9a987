"""Whatever its OpenAPI document allows, and much that it does not, gets an answer the document names: never a 5xx."""

import asyncio
import os
import sys
from pathlib import Path

import pytest

from agents.demo.crew import Worker
from streams.topology import FACTS, TOUCHES_WEB
from tests.conftest import StartWorker
from tests.live.kafka import Kafka

pytestmark = pytest.mark.live

OPENAPI = Path(__file__).parents[2] / "schemas" / "openapi.yaml"
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,response_schema_conformance,"
    "response_headers_conformance"
)
"""Keys have tests of their own: after a few wrong ones a sender is not heard for a second."""


CONFIG = """
[checks.not_a_server_error]
expected-statuses = ["2xx", "4xx", "503"]
"""
"""503 says that the broker has not acknowledged in time, as it may on a machine that is busy with something else."""


async def fuzzed(intake: Worker, folder: Path, phases: str, examples: int) -> str:
    """What schemathesis says of the intake after so many examples of each call."""
    config = folder / "schemathesis.toml"
    config.write_text(CONFIG)
    program = await asyncio.create_subprocess_exec(
        str(Path(sys.executable).with_name("schemathesis")), "--config-file", str(config), "run", str(OPENAPI),
        "--url", intake.url,
        "--auth", "touchline:", "--checks", CHECKS, "--phases", phases,
        "--max-examples", str(examples), "--seed", "7", "--continue-on-failure", "--no-color", "--warnings", "off",
        "--suppress-health-check", "all", "--generation-database", "none",
        cwd=folder, env=os.environ | {"PYTHONPATH": ""},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT,
    )  # fmt: skip
    said, _ = await program.communicate()
    assert 0 == program.returncode, said.decode()
    return said.decode()


@pytest.mark.parametrize(
    ("phases", "examples"),
    [
        pytest.param("fuzzing", 4, id="few"),
        pytest.param("examples,coverage,fuzzing", 300, id="many", marks=pytest.mark.long),
    ],
)
async def test_no_request_gets_an_answer_that_the_document_does_not_name(
    phases: str, examples: int, kafka: Kafka, worker: StartWorker, tmp_path: Path
) -> None:
    await kafka.create([TOUCHES_WEB, FACTS])
    intake = await worker("intake", requests_per_s=0)
    said = await fuzzed(intake, tmp_path, phases, examples)

    assert "No issues found" in said
    assert "Traceback" not in intake.log.read_text()
    assert '"level": "error"' not in intake.log.read_text()
