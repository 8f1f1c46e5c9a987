"""The scoring model's language: a reviewed YAML document in, its compiled meaning or every fault in it out."""

from collections.abc import Collection

from schemas.scoring_model import ScoringModel
from streams.model.digest import model_digest
from streams.model.document import Reading, review_model
from streams.model.findings.codes import Code
from streams.model.findings.finding import Finding, Severity
from streams.model.findings.rendering import render_findings

__all__ = ["Code", "Finding", "Reading", "Severity", "model_digest", "read_model", "render_findings", "review_model"]


def read_model(text: str, keep_props: Collection[str] | None = None) -> ScoringModel | list[Finding]:
    """The model, or all findings of a document that has errors. Never raises."""
    reading = review_model(text, keep_props)
    return list(reading.findings) if reading.model is None else reading.model
