"""Model documents that tests share."""

from pathlib import Path

from schemas.scoring_model import ScoringModel
from streams.model import read_model

ROOT = Path(__file__).parents[3]
M0 = (ROOT / "tests" / "models" / "m0.yaml").read_text()
M1 = (ROOT / "tests" / "models" / "m1.yaml").read_text()
M1_FULL = (ROOT / "tests" / "models" / "m1_full.yaml").read_text()
"""The whole language; M1 is what of it is about scores alone."""
PRESET = (ROOT / "deploy" / "models" / "b2b-services.yaml").read_text()

SMALL = """\
model: small
version: 1
{top}
facts: {{headcount: number, city: text, founded: date, budget_ok: yes-no, spec: [none, draft, approved]}}
engagement:
  rules:
    seen: {{when: visit, points: 1{rule}}}
fit:
  secondary:
    known: {criterion}
"""


def read(text: str) -> ScoringModel:
    """The model of a document that must be good."""
    model = read_model(text)
    assert isinstance(model, ScoringModel), model
    return model


def small(*, top: str = "", rule: str = "", criterion: str = "{headcount: 20 or more, points: 1}") -> ScoringModel:
    """A small model with one word of interest."""
    return read(SMALL.format(top=top, rule=rule, criterion=criterion))
