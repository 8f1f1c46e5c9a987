"""The log tells where a fault was, and never what a person sent."""

import json
import logging
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from agents.signals.log import LOG, OncePerWhile, configure
from agents.signals.worker import WorkerCrashed

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)
    logging.captureWarnings(False)


def test_a_logged_fault_shows_its_frames_without_the_values_in_them(capsys: pytest.CaptureFixture[str]) -> None:
    configure("intake")
    secret = "aigerim" + "@example.kz"
    try:
        int("no number")
    except ValueError:
        LOG.exception("fault", characters=len(secret))

    line = capsys.readouterr().err
    assert "test_log.py" in json.loads(line)["exception"][0]["frames"][0]["filename"]
    assert secret not in line


def test_what_a_library_repeats_is_said_once_in_a_while_with_how_often(capsys: pytest.CaptureFixture[str]) -> None:
    configure("score")
    now_s = 1000.0
    (handler,) = logging.root.handlers
    handler.filters[:] = [OncePerWhile(every_s=10, now_s=lambda: now_s)]
    library = logging.getLogger("library")
    for number in range(50):
        library.warning("no answer from %d", number)
    library.warning("another matter")
    now_s += 10
    library.warning("no answer from %d", 50)

    said = [json.loads(line)["event"] for line in capsys.readouterr().err.splitlines()]
    assert ["no answer from 0", "another matter", "no answer from 50 (49 times more before)"] == said


def test_a_crash_tells_where_it_was_and_not_whom_the_error_quotes(capsys: pytest.CaptureFixture[str]) -> None:
    configure("identify")
    try:
        raise ValueError("cannot read 'aigerim@example.kz', +7 701 000 00 01, at redis://u:hush@r/0")
    except ValueError as fault:
        WorkerCrashed(fault=fault).emit()

    said = json.loads(capsys.readouterr().err)
    assert ("worker crashed", "critical", "ValueError") == (said["event"], said["level"], said["fault"])
    assert "test_log.py" in said["frames"][-1]
    assert "cannot read '[email]', [phone], at redis://u:[email]/0" == said["why"]


def test_warnings_of_python_are_lines_of_the_log(capsys: pytest.CaptureFixture[str]) -> None:
    configure("route")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always")
            logging.captureWarnings(True)
            warnings.warn("old ways", DeprecationWarning, stacklevel=1)
    finally:
        logging.captureWarnings(False)

    said = json.loads(capsys.readouterr().err)
    assert ("warning", "route") == (said["level"], said["stage"])
    assert "old ways" in said["event"]


def test_what_no_code_catches_is_a_line_of_the_log() -> None:
    program = "from agents.cli.terminal.voice import speak_as_worker; speak_as_worker('score'); [].pop()"
    ran = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, timeout=60)
    said = json.loads(ran.stderr)

    assert (1, "worker crashed", "score", "IndexError") == (
        ran.returncode,
        said["event"],
        said["stage"],
        said["fault"],
    )
