"""Examples of a model: read with their faults named, run to what differs."""

from pathlib import Path

import pytest

from streams.judge import Judge
from streams.model import read_model
from streams.model_examples.example import BadExamples, Example, read_examples
from streams.model_examples.running import run

PRESET = Path(__file__).parents[3] / "deploy" / "models" / "property-developer.yaml"


@pytest.fixture(scope="module")
def judge() -> Judge:
    model = read_model(PRESET.read_text())
    assert not isinstance(model, list), model
    return Judge.of(model)


def one(text: str) -> Example:
    (example,) = read_examples(f"examples:\n  - name: it\n    {text}\n")
    return example


def test_what_differs_is_said_with_the_lines_of_the_sum(judge: Judge) -> None:
    example = one(
        "touches: [{at: 2026-11-20 10:00, kind: presentation_request}]\n"
        "    expect: {engagement: 8, fit: 1, label: A/hot, handoff: true, lines: {presentation: 8, saw-plans: 2}}"
    )

    assert [
        "engagement is 5, expected 8: presentation +5",
        "fit is 0, expected 1: no lines",
        "label is C/cold, expected A/hot",
        "no open hand-off, expected one",
        "line presentation is 5, expected 8",
        "line saw-plans is 0, expected 2",
    ] == run(example, judge).differs


def test_what_is_not_expected_is_not_asked(judge: Judge) -> None:
    assert run(one("touches: [{at: 2026-11-20 10:00, kind: visit}]\n    expect: {fit: 0}"), judge).passed


def test_times_are_of_the_model_s_zone_and_what_comes_after_the_moment_does_not_count(judge: Judge) -> None:
    example = one(
        "touches: [{at: 2026-11-20 10:00, kind: presentation_request}, "
        "{at: '2026-11-20T05:30:00Z', kind: callback_request}]\n"
        "    at: 2026-11-20 10:00\n    expect: {engagement: 5}"
    )
    outcome = run(example, judge)

    assert outcome.passed
    assert "2026-11-20T05:00:00.000Z" == outcome.card.as_of


def test_a_returned_handoff_is_open_no_more(judge: Judge) -> None:
    example = one(
        "facts: [{at: 2026-11-20 09:00, city: Almaty}]\n"
        "    touches: [{at: 2026-11-20 10:00, kind: meeting}, {at: 2026-11-20 10:00, kind: callback_request}]\n"
        "    reports: [{at: 2026-11-20 11:00, kind: returned, reason: no answer}]\n"
        "    expect: {handoff: false, label: B/hot}"
    )

    assert [] == run(example, judge).differs
    assert ["an open hand-off, expected none"] == run(
        one(
            "facts: [{at: 2026-11-20 09:00, city: Almaty}]\n"
            "    touches: [{at: 2026-11-20 10:00, kind: meeting}, {at: 2026-11-20 10:00, kind: callback_request}]\n"
            "    expect: {handoff: false}"
        ),
        judge,
    ).differs


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("examples: [", "line 1: not YAML"),
        ("examples: [{name: it, expect: {scor: 5}}]", "example it, expect: Object contains unknown field `scor`"),
        ("examples: [{name: it}]", "example it, whole: Object missing required field `expect`"),
        ("examples: [{name: a, expect: {}}, {name: a, expect: {}}]", "two examples are called 'a'"),
        ("[]", "Expected `object`, got `array`"),
    ],
)
def test_a_file_that_cannot_be_read_says_where(text: str, fault: str) -> None:
    with pytest.raises(BadExamples, match=fault.replace("[", r"\[").replace("`", ".")):
        read_examples(text)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("touches: [{at: yesterday, kind: visit}]", "`at` is 'yesterday'. Write 2026-11-20 10:00"),
        ("touches: [{at: 2026-11-20 10:00}]", "a touch or report without `kind`"),
        ("reports: [{at: 2026-11-20 10:00, kind: won, sum: 5}]", "'sum' is no word of a report"),
    ],
)
def test_a_life_that_cannot_be_told_says_what_to_write(judge: Judge, text: str, fault: str) -> None:
    with pytest.raises(BadExamples, match=fault):
        run(one(f"{text}\n    expect: {{}}"), judge)
