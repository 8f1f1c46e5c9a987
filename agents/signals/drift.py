"""What is said of each model and rule: leads it saw, leads it handed off, and what sales made of them."""

from collections.abc import Iterable, Mapping

from msgspec import Struct
from prometheus_client import Counter

from streams.drift import COUNTED

_NEW = Counter(
    "touchline_leads_new_total",
    "Leads seen for the first time, imports excepted, by the model that judged them.",
    ["model"],
)
_PASSED = Counter("touchline_leads_passed_total", "Leads handed off for the first time, by model.", ["model"])
_HANDOFFS = Counter(
    "touchline_model_handoffs_total",
    "Handoffs of a model by what was said of them: requested, accepted, returned.",
    ["model", "word"],
)
_RULES = Counter(
    "touchline_rule_handoffs_total",
    "The same by rule: each that gave points to the lead, or opened the handoff by itself.",
    ["model", "rule", "word"],
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
        for word in COUNTED:
            _HANDOFFS.labels(model, word.value)
