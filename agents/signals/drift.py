"""What is said of each model and rule: leads it saw, leads it handed off, and what sales made of them."""

from collections.abc import Iterable, Mapping

from msgspec import Struct

from agents.signals.catalogue import Bounded, counter
from streams.drift import COUNTED
from streams.topology import SCORE

_AT = (SCORE.name,)
_MODEL = Bounded("versions in force since the worker started")
_WORD = tuple(word.value for word in COUNTED)
_NEW = counter(
    "touchline_leads_new_total",
    "Leads seen for the first time, imports excepted, by the model that judged them.",
    _AT,
    {"model": _MODEL},
)
_PASSED = counter(
    "touchline_leads_passed_total", "Leads handed off for the first time, by model.", _AT, {"model": _MODEL}
)
_HANDOFFS = counter(
    "touchline_model_handoffs_total",
    "Handoffs of a model by what was said of them: requested, accepted, returned.",
    _AT,
    {"model": _MODEL, "word": _WORD},
)
_RULES = counter(
    "touchline_rule_handoffs_total",
    "The same by rule: each that gave points to the lead, or opened the handoff by itself.",
    _AT,
    {"model": _MODEL, "rule": Bounded("rules that these documents name"), "word": _WORD},
)


class LeadsJudged(Struct, frozen=True, kw_only=True):
    """A flush of the score stage, as far as a model's share of leads is concerned."""

    new: Mapping[str, int]
    """By model."""
    passed: Mapping[str, int]
    handoffs: Mapping[tuple[str, str], int]
    """By (model, word)."""
    rules: Mapping[tuple[str, str, str], int]
    """By (model, rule, word): as many as the documents name."""

    def emit(self) -> None:
        """Count it."""
        for model, count in self.new.items():
            _NEW.labels(model).inc(count)
        for model, count in self.passed.items():
            _PASSED.labels(model).inc(count)
        for (model, word), count in self.handoffs.items():
            _HANDOFFS.labels(model, word).inc(count)
        for (model, rule, word), count in self.rules.items():
            _RULES.labels(model, rule, word).inc(count)


def expect_leads(models: Iterable[str]) -> None:
    """Show a model's series from the moment it is in force: a rate needs a zero to rise from."""
    for model in models:
        _NEW.labels(model)
        _PASSED.labels(model)
        for word in _WORD:
            _HANDOFFS.labels(model, word)
