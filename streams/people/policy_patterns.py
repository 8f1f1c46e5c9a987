"""Patterns of identities, such as `info@*` and `*000000000`: read, and told when they would mean everybody."""

import re

from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.words.values import read_text
from streams.model.yaml.tree import Leaf, Node
from streams.people.normal_forms import MAX_CHARS
from streams.people.policy import NUMBERED

MOST_STARS = 3
"""In one pattern: with many, comparing takes long on purpose-made values."""

_SPACED = re.compile(r"[\s().-]")
_NUMBER = re.compile(r"[+*]?[0-9*]+")
_SAYS_NOTHING = re.compile(r"[*@+.]*")


def read_pattern(findings: Findings, node: Node, namespace: str, path: str) -> str | None:
    """As it is compared with normal forms; None when the findings say why not."""
    if isinstance(node, Leaf) and not isinstance(node.value, str) and node.value is not None:
        text: str | None = node.said  # +10000000000 is a number to YAML
    else:
        text = read_text(findings, node, path)
    if text is None:
        return None
    pattern = _as_normal(text.strip(), namespace)
    fault = _fault(pattern, namespace)
    if fault is not None:
        code, problem, why, remedy = fault
        findings.error(code, node, path, problem=problem, why=why, remedy=remedy)
        return None
    return pattern


def _as_normal(text: str, namespace: str) -> str:
    if namespace == "phone" or (namespace in NUMBERED and text.startswith("+")):
        return _SPACED.sub("", text)
    return text.lower() if namespace in ("email", "telegram") else text


def _fault(pattern: str, namespace: str) -> tuple[Code, str, str, str] | None:
    if _SAYS_NOTHING.fullmatch(pattern):
        return (
            Code.EVERYBODY, "a pattern that means everybody", f"`{pattern}` is any {namespace}.",
            "Write what those who are meant have in common: info@*, *@robots.example.com.",
        )  # fmt: skip
    if len(pattern) > MAX_CHARS or pattern.count("*") > MOST_STARS:
        return (
            Code.PATTERN, "too long for a pattern",
            f"it has {len(pattern)} characters and {pattern.count('*')} stars.",
            f"Write at most {MAX_CHARS} characters, and at most {MOST_STARS} stars.",
        )  # fmt: skip
    if namespace == "email" and "@" not in pattern and "*" not in pattern:
        return (
            Code.PATTERN, "not an address", f"no address is `{pattern}`.",
            f"Write `{pattern}@*` for everybody of that name, or `*@{pattern}` for a domain.",
        )  # fmt: skip
    if namespace == "email" and "xn--" in pattern:
        return (
            Code.PATTERN, "a domain as machines write it", "domains are compared in their own letters.",
            "Write it so: *@\u043f\u0440\u0438\u043c\u0435\u0440.\u0440\u0444.",
        )  # fmt: skip
    if namespace == "phone" and not _NUMBER.fullmatch(pattern):
        return (
            Code.PATTERN, "not a number", "phone numbers are compared in their international form.",
            "Write + and digits, `*` for any: +77010000001, *0000000.",
        )  # fmt: skip
    if namespace == "phone" and pattern[0] not in "+*":
        return (
            Code.PATTERN, "a number without its +", "phone numbers are compared in their international form.",
            f"Write +{pattern} with the country's code, or *{pattern} for what ends so.",
        )  # fmt: skip
    return None
