"""Finds and reads the file of a routing policy: the one that was named, or a queue for everybody."""

from pathlib import Path

from agents.model_file import read_text, understood
from agents.settings import Settings
from schemas.routing_policy import RoutingPolicy
from schemas.units import SECOND_MS
from streams.routing.document.document import review_policy
from streams.routing.handing_over import one_queue

OTHERWISE = "for one queue"
"""What holds where no file is named."""


def load_policy(path: Path | None, settings: Settings) -> RoutingPolicy:
    """What a file says; none: all leads to one queue, answered within the settings' time.

    BadModel carries every finding, rendered.
    """
    if path is None:
        return one_queue(settings.queue, settings.respond_within_s * SECOND_MS)
    text = read_text(path, OTHERWISE)
    reading = review_policy(text)
    return understood(path, text, reading.policy, reading.findings)
