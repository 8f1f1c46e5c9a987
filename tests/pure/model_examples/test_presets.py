"""Every preset may be used, and each of its own examples, worked out by hand, comes out."""

from pathlib import Path

import pytest

from streams.judge import Judge
from streams.model import read_model, review_model
from streams.model_examples.example import Example, read_examples
from streams.model_examples.running import run

MODELS = Path(__file__).parents[3] / "deploy" / "models"
PRESETS = ("b2b-services", "online-shop", "property-developer", "saas-trial")
CASES = [
    pytest.param(name, example, id=f"{name}: {example.name}")
    for name in PRESETS
    for example in read_examples((MODELS / f"{name}.examples.yaml").read_text())
]


def judge(name: str) -> Judge:
    model = read_model((MODELS / f"{name}.yaml").read_text())
    assert not isinstance(model, list), model
    return Judge.of(model)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_read_without_a_finding(name: str) -> None:
    assert () == tuple(review_model((MODELS / f"{name}.yaml").read_text()).findings)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_says_of_every_rule_why(name: str) -> None:
    rules = [line for line in (MODELS / f"{name}.yaml").read_text().splitlines() if "{when:" in line]

    assert [] == [line.split(":")[0].strip() for line in rules if " # " not in line]


@pytest.mark.parametrize(("name", "example"), CASES)
def test_an_example_comes_out(name: str, example: Example) -> None:
    assert [] == run(example, judge(name)).differs
