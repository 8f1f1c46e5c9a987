"""Finds and reads the file of a routing policy: the one that was named, or a queue for everybody."""

from pathlib import Path

from agents.model_file import BadModel, read_text
from agents.settings import Settings
from schemas.routing_policy import RoutingPolicy
from schemas.units import SECOND_MS
from streams.model import render_findings
from streams.routing.document.document import review_policy
from streams.routing.handing_over import one_queue


def load_policy(path: Path | None, settings: Settings) -> RoutingPolicy:
    """What a file says; none: all leads to one queue, answered within the settings' time.

    BadModel carries every finding, rendered.
    """
    if path is None:
        return one_queue(settings.queue, settings.respond_within_s * SECOND_MS)
    text = read_text(path, "for one queue")
    reading = review_policy(text)
    if reading.policy is None:
        raise BadModel(render_findings(str(path), text, reading.findings))
    return reading.policy
