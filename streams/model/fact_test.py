"""What a fact must be to earn its points: `20 or more`, `[Moscow, Almaty]`, `2y ago or earlier`, `within 14d`."""

import re
from decimal import Decimal

from schemas.condition import Aged, AtLeast, Between, Is, OneOf, Soon, Test, Under
from schemas.scoring_model import FactDeclared
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.words.durations import parse_duration
from streams.model.words.values import read_texts, tell_duration
from streams.model.yaml.section import did_you_mean, shape
from streams.model.yaml.tree import Leaf, Node

_DIGITS = r"([-+]?[0-9]{1,15}(?:\.[0-9]{1,9})?)"
_AT_LEAST = re.compile(f"{_DIGITS} or more")
_UNDER = re.compile(f"under {_DIGITS}")
_BETWEEN = re.compile(f"{_DIGITS} to {_DIGITS}")
_NUMBERS = (_AT_LEAST, _UNDER, _BETWEEN)
_AGED = re.compile(r"(\S.*?) ago or (earlier|later)")
_SOON = re.compile(r"within (\S.*)")

HOW = {
    "number": "Write `20 or more`, `under 20`, `20 to 50` or a number alone.",
    "date": "Write `2y ago or earlier`, `2y ago or later` or `within 14d`.",
    "yes-no": "Write true or false, without quotes.",
    "text": "Write a text or a list of texts; * stands for any characters: [ceo, marketing *].",
    "scale": "Write its values, `draft or more`, or points at them: {draft: 5, approved: 10}.",
}


def read_test(findings: Findings, fact: FactDeclared, node: Node, path: str) -> Test | None:
    """The test, if it fits the type of the fact; else why not is told."""
    match fact.type:
        case "number":
            return _number(findings, fact, node, path)
        case "date":
            return _date(findings, fact, node, path)
        case "yes-no":
            if isinstance(node, Leaf) and isinstance(node.value, bool):
                return Is(node.value)
            _tell_type(findings, fact, node, path)
            return None
        case "scale":
            return _steps(findings, fact, node, path)
        case _:
            return _texts(findings, fact, node, path)


def read_prop_test(findings: Findings, prop: str, node: Node, path: str) -> Test | None:
    """The test of a property, whose type nobody declared: what is written says it."""
    if isinstance(node, Leaf) and isinstance(node.value, bool):
        return Is(node.value)
    if isinstance(node, Leaf) and (isinstance(node.value, Decimal) or any(f.fullmatch(node.said) for f in _NUMBERS)):
        return _number(findings, FactDeclared(name=prop, type="number"), node, path)
    if isinstance(node, Leaf) and (_AGED.fullmatch(node.said) or _SOON.fullmatch(node.said)):
        _tell(
            findings, node, path, "a property of a touch is a text, a number or yes-no, never a date.",
            "Send the date as a fact, and ask for it under `facts:`.",
        )  # fmt: skip
        return None
    texts = read_texts(findings, node, path)
    return None if texts is None else OneOf(tuple(sorted({text.casefold() for text in texts})))


def _number(findings: Findings, fact: FactDeclared, node: Node, path: str) -> Test | None:
    if isinstance(node, Leaf) and isinstance(node.value, Decimal):
        return Is(float(node.value))
    if not isinstance(node, Leaf) or not isinstance(node.value, str):
        _tell_type(findings, fact, node, path)
        return None
    if at_least := _AT_LEAST.fullmatch(node.said):
        return AtLeast(float(at_least[1]))
    if under := _UNDER.fullmatch(node.said):
        return Under(float(under[1]))
    if between := _BETWEEN.fullmatch(node.said):
        low, high = float(between[1]), float(between[2])
        if low <= high:
            return Between(low, high)
        _tell(findings, node, path, f"{between[1]} is above {between[2]}.", f"Write `{between[2]} to {between[1]}`.")
        return None
    if not re.search(r"[0-9]", node.said):
        _tell_type(findings, fact, node, path)
        return None
    _tell(findings, node, path, f"this is {shape(node)}.", HOW["number"])
    return None


def _date(findings: Findings, fact: FactDeclared, node: Node, path: str) -> Test | None:
    if not isinstance(node, Leaf) or not isinstance(node.value, str):
        _tell_type(findings, fact, node, path)
        return None
    aged, soon = _AGED.fullmatch(node.said), _SOON.fullmatch(node.said)
    if aged is None and soon is None:
        _tell(findings, node, path, f"this is {shape(node)}.", HOW["date"])
        return None
    said = aged[1] if aged else soon[1] if soon else ""
    length = parse_duration(said, years=aged is not None)
    if not isinstance(length, int):
        tell_duration(findings, node, path, length, part=said)
        return None
    return Aged(length, aged[2] == "earlier") if aged else Soon(length)


def _texts(findings: Findings, fact: FactDeclared, node: Node, path: str) -> Test | None:
    if isinstance(node, Leaf) and not isinstance(node.value, str):
        _tell_type(findings, fact, node, path)
        return None
    texts = read_texts(findings, node, path)
    # Case is ignored, and of a set the order says nothing: equal meanings compile equally.
    return None if texts is None else OneOf(tuple(sorted({text.casefold() for text in texts})))


def _steps(findings: Findings, fact: FactDeclared, node: Node, path: str) -> Test | None:
    least = node.said.removesuffix(" or more") if isinstance(node, Leaf) and node.said.endswith(" or more") else ""
    if least in fact.values:
        return OneOf(tuple(sorted(value.casefold() for value in fact.values[fact.values.index(least) :])))
    texts = (least,) if least else read_texts(findings, node, path)
    if texts is None:
        return None
    unknown = [text for text in texts if text not in fact.values]
    for text in unknown:
        tell_not_of_scale(findings, fact, node, path, text)
    return None if unknown else OneOf(tuple(sorted(text.casefold() for text in texts)))


def tell_not_of_scale(findings: Findings, fact: FactDeclared, where: Node, path: str, said: str) -> None:
    """A value that the scale does not have."""
    findings.error(
        Code.SCALE_VALUE, where, path,
        problem="a value that the scale does not have",
        why=f"`{fact.name}` is one of {', '.join(fact.values)}.",
        remedy=did_you_mean(said, fact.values),
        part=said,
    )  # fmt: skip


def _tell_type(findings: Findings, fact: FactDeclared, node: Node, path: str) -> None:
    findings.error(
        Code.TEST_TYPE, node, path,
        problem="a test that does not fit the fact",
        why=f"`{fact.name}` is a {fact.type}, this is {shape(node)}.",
        remedy=HOW[fact.type],
    )  # fmt: skip


def _tell(findings: Findings, node: Node, path: str, why: str, remedy: str) -> None:
    findings.error(Code.TEST, node, path, problem="a test that cannot be read", why=why, remedy=remedy)
