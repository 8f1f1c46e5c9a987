"""The log tells where a fault was, and never what a person sent."""

import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from agents.signals.log import LOG, configure


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
