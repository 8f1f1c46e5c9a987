"""The log: one JSON object a line, one line an event, never personal data."""

import logging
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog
from structlog.tracebacks import ExceptionDictTransformer

LOG = structlog.get_logger()
"""Bound to nothing until `configure` has run; then to the stage."""

_SHARED: list[structlog.types.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.processors.add_log_level,
    structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
]

_TRACEBACKS = structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False))
"""Frames without the values in them: a local variable may hold a person's message, or a key."""


REPEATS_EVERY_S = 10.0
MOST_KNOWN = 1_000
"""Texts remembered: a library that puts figures into its texts must not fill our memory."""


class OncePerWhile(logging.Filter):
    """Lets a library say the same thing once in ten seconds: in an outage aiokafka says it a hundred times a second."""

    def __init__(self, every_s: float = REPEATS_EVERY_S, now_s: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._every_s = every_s
        self._now_s = now_s
        self._said: dict[tuple[str, str], tuple[float, int]] = {}
        """By logger and text without its figures: when it was last let through, how often not since."""

    def filter(self, record: logging.LogRecord) -> bool:
        """With a text let through goes how often it was said in between."""
        what, now_s = (record.name, str(record.msg)), self._now_s()
        at_s, more = self._said.get(what, (now_s - self._every_s, 0))
        if now_s - at_s < self._every_s:
            self._said[what] = at_s, more + 1
            return False
        if len(self._said) >= MOST_KNOWN:
            self._said.clear()
        self._said[what] = now_s, 0
        if more:
            record.msg, record.args = f"{record.getMessage()} ({more} times more before)", ()
        return True


def configure(stage: str) -> None:
    """Write our events and the libraries' warnings to standard error, as JSON lines that name the stage."""
    structlog.configure(
        processors=[
            *_SHARED,
            _TRACEBACKS,
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.INFO),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=False,
    )
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(stage=stage)
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(OncePerWhile())
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=[*_SHARED, structlog.stdlib.add_logger_name],
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                _TRACEBACKS,
                structlog.processors.JSONRenderer(),
            ],
        )
    )
    logging.root.handlers[:] = [handler]
    logging.root.setLevel(logging.WARNING)
    logging.captureWarnings(True)


@contextmanager
def hushed(library: str) -> Iterator[None]:
    """What a library repeats every second while we wait, and have said so."""
    logger = logging.getLogger(library)
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        logger.setLevel(level)
