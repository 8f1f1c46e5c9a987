"""The JSON Schema for editors: it accepts what the language accepts, and marks the slips an editor can see."""

from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from streams.model.editor_schema import editor_schema
from streams.model.findings.finding import Findings
from streams.model.yaml.text import read_tree
from streams.model.yaml.tree import Block, Node, Row
from tests.pure.model.documents import M0, M1, M1_FULL, ROOT, SMALL

EDITOR = jsonschema_rs.validator_for(editor_schema())
PRESETS = sorted(path for path in (ROOT / "deploy" / "models").glob("*.yaml") if ".examples" not in path.suffixes)
BROKEN = Path(__file__).parent / "broken"

FORM = ("S101", "S102", "S103", "S104", "S105", "T101", "T103", "T104", "T105", "T109", "T110", "T111")
"""Faults of the form of a document."""

FOR_CHECK = ["dates_that_are_none", "so_many_of_a_framework", "tests_that_cannot_be_read"]
"""Slips of form that need a calendar, the frameworks or the types of facts: `model check` tells them."""


def plain(node: Node) -> Any:
    """As an editor sees it."""
    if isinstance(node, Block):
        return {word: plain(value) for word, (_, value) in node.entries.items()}
    if isinstance(node, Row):
        return [plain(item) for item in node.items]
    if node.value is None or isinstance(node.value, bool | str):
        return node.value
    return int(node.value) if node.value == node.value.to_integral_value() else float(node.value)


def accepts(text: str) -> bool:
    tree = read_tree(text, Findings())
    return tree is not None and EDITOR.is_valid(plain(tree))


@pytest.mark.parametrize("text", [M0, M1, M1_FULL], ids=["m0", "m1", "m1_full"])
def test_the_models_of_the_tests_are_as_an_editor_expects(text: str) -> None:
    tree = read_tree(text, Findings())
    assert tree is not None

    assert [] == [error.message for error in EDITOR.iter_errors(plain(tree))]


@pytest.mark.parametrize("path", PRESETS, ids=lambda path: path.stem)
def test_every_preset_is_as_an_editor_expects(path: Path) -> None:
    assert accepts(path.read_text())


@pytest.mark.parametrize(
    ("rule", "criterion"),
    [
        (", any: [{page: /a}, {not: {source: [google, bing]}}]", "{headcount: 20 or more, points: 1}"),
        (", props: {plan: team, seats: 20, paid: true}, facts: {any: [{city: A}]}", "{spec: {draft: 5}}"),
        (", repeat: once per day, window: 1.5h", "{any: [{city: [A, B]}, {budget_ok: true}], points: -1.5}"),
    ],
)
def test_conditions_are_as_an_editor_expects(rule: str, criterion: str) -> None:
    assert accepts(SMALL.format(top="segments: {a: {did: call}, rest: everyone}", rule=rule, criterion=criterion))


def test_slips_of_form_are_seen_in_the_editor() -> None:
    slips = [path for path in sorted(BROKEN.glob("*.yaml")) if any(code in told_of(path) for code in FORM)]

    assert len(slips) > 30
    assert FOR_CHECK == [path.stem for path in slips if accepts(path.read_bytes().decode())]


def told_of(path: Path) -> str:
    return path.with_suffix(".txt").read_text()
