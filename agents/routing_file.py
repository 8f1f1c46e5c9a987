"""Finds and reads the file of a routing policy: the one that was named, or a queue for everybody."""

from pathlib import Path

from agents.model_file import BadModel, read_text
from agents.settings import Settings
from schemas.routing_policy import Promise, RoutingPolicy, RoutingRule, Target
from schemas.units import SECOND_MS
from streams.model import render_findings
from streams.routing.document.document import review_policy


def load_policy(path: Path | None, settings: Settings) -> RoutingPolicy:
    """What a file says; none: all leads to one queue, answered within the settings' time.

    BadModel carries every finding, rendered.
    """
    if path is None:
        return RoutingPolicy(
            policy="one-queue",
            version=1,
            rules=(RoutingRule(name="everyone", to=Target(kind="queue", name=settings.queue)),),
            promise=Promise(within_ms=settings.respond_within_s * SECOND_MS),
        )
    text = read_text(path, "for one queue")
    reading = review_policy(text)
    if reading.policy is None:
        raise BadModel(render_findings(str(path), text, reading.findings))
    return reading.policy
