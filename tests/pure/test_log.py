"""The log tells where a fault was, and never what a person sent."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from agents.signals.log import LOG, OncePerWhile, configure


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    handlers, level = logging.root.handlers[:], logging.root.level
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    logging.root.handlers[:] = handlers
    logging.root.setLevel(level)


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
