"""Single values: texts, numbers, points, yes-no, durations, lines. What does not fit is told, and None comes back."""

import re
from decimal import Decimal

from schemas.units import MICRO, DurationMs, Micro
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.words.durations import NotADuration, parse_duration
from streams.model.yaml.section import shape
from streams.model.yaml.tree import Leaf, Node, Row

MOST_POINTS = 1_000_000
"""Of one rule or line: sums of micro-points stay far inside 64 bits."""

NAME = re.compile(r"\w(?:[\w-]{0,62}\w)?")

_LINE = re.compile(r"([-+]?[0-9]{1,9}(?:\.[0-9]{1,9})?) or more")


def said_points(micro: Micro) -> str:
    """Points as people write them: 40, 2.5."""
    return f"{Decimal(micro) / MICRO:f}"


def read_text(findings: Findings, node: Node, path: str) -> str | None:
    """A text that is not blank."""
    if isinstance(node, Leaf) and isinstance(node.value, str) and node.said.strip():
        return node.said
    quoted = f" Put it in quotes: '{node.said}'." if isinstance(node, Leaf) and not isinstance(node.value, str) else ""
    findings.error(
        Code.TEXT, node, path, problem="a text expected", why=f"this is {shape(node)}.", remedy=f"Write a text.{quoted}"
    )
    return None


def read_texts(findings: Findings, node: Node, path: str) -> tuple[str, ...] | None:
    """One text or a list of them, as written, each once."""
    if not isinstance(node, Row):
        one = read_text(findings, node, path)
        return None if one is None else (one,)
    if not node.items:
        findings.error(
            Code.EMPTY, node, path, problem="an empty list", why="nothing can match it.", remedy="Name one at least."
        )
        return None
    read = [read_text(findings, item, path) for item in node.items]
    texts = [text for text in read if text is not None]
    return tuple(dict.fromkeys(texts)) if len(texts) == len(read) else None


def read_number(findings: Findings, node: Node, path: str) -> Decimal | None:
    """A number, whole or with decimals."""
    if isinstance(node, Leaf) and isinstance(node.value, Decimal):
        return node.value
    findings.error(
        Code.NUMBER, node, path,
        problem="a number expected",
        why=f"this is {shape(node)}.",
        remedy="Write digits only, such as 20 or 2.5, without spaces, commas or units.",
    )  # fmt: skip
    return None


def read_whole(findings: Findings, node: Node, path: str, *, least: int, most: int) -> int | None:
    """A whole number within bounds."""
    number = read_number(findings, node, path)
    if number is None:
        return None
    if number == number.to_integral_value() and least <= number <= most:
        return int(number)
    findings.error(
        Code.COUNT, node, path,
        problem="not a count that can be kept",
        why=f"this is {shape(node)}.",
        remedy=f"Write a whole number from {least} to {most:,}.",
    )  # fmt: skip
    return None


def read_points(findings: Findings, node: Node, path: str) -> Micro | None:
    """Points in micro-points, plus or minus."""
    number = read_number(findings, node, path)
    if number is None:
        return None
    micro = number * MICRO if abs(number) <= MOST_POINTS else None
    if micro is not None and micro == micro.to_integral_value():
        return int(micro)
    too_much = micro is None
    findings.error(
        Code.POINTS, node, path,
        problem="points out of range" if too_much else "points too fine",
        why=f"{shape(node)} is {'beyond a million' if too_much else 'finer than a millionth of a point'}.",
        remedy="Write points from -1000000 to 1000000." if too_much else "Write at most 6 decimals.",
    )  # fmt: skip
    return None


def read_limit(findings: Findings, node: Node, path: str) -> Micro | None:
    """Points above 0."""
    limit = read_points(findings, node, path)
    if limit is None or limit > 0:
        return limit
    findings.error(
        Code.LIMIT, node, path,
        problem="must be above 0",
        why=f"{shape(node)} would leave nothing to count.",
        remedy="Write a number above 0, or remove the word.",
    )  # fmt: skip
    return None


def read_duration(findings: Findings, node: Node, path: str) -> DurationMs | None:
    """A length of time above 0, in milliseconds."""
    if not isinstance(node, Leaf):
        findings.error(
            Code.DURATION, node, path,
            problem="a duration expected", why=f"this is {shape(node)}.",
            remedy="Write a number and a unit: 30d, 12h, 90m.",
        )  # fmt: skip
        return None
    length = parse_duration(node.said)
    if isinstance(length, int):
        return length
    tell_duration(findings, node, path, length)
    return None


def tell_duration(findings: Findings, node: Node, path: str, fault: NotADuration, part: str = "") -> None:
    """Why a text is no duration."""
    findings.error(
        Code.DURATION_UNIT if fault.no_unit else Code.DURATION, node, path,
        problem="a duration needs a unit" if fault.no_unit else "not a duration",
        why=fault.why, remedy=fault.remedy, part=part,
    )  # fmt: skip


def read_yes_no(findings: Findings, node: Node, path: str) -> bool | None:
    """`true` or `false`."""
    if isinstance(node, Leaf) and isinstance(node.value, bool):
        return node.value
    findings.error(
        Code.YES_NO, node, path, problem="true or false expected", why=f"this is {shape(node)}.",
        remedy="Write true or false, without quotes.",
    )  # fmt: skip
    return None


def read_line(findings: Findings, node: Node, path: str) -> Micro | None:
    """`40 or more`, in micro-points."""
    match = _LINE.fullmatch(node.said) if isinstance(node, Leaf) else None
    if match is not None:
        micro = Decimal(match.group(1)) * MICRO
        if abs(micro) <= MOST_POINTS * MICRO and micro == micro.to_integral_value():
            return int(micro)
    digits = node.said if isinstance(node, Leaf) and isinstance(node.value, Decimal) else "40"
    findings.error(
        Code.LINE, node, path,
        problem="a line expected",
        why=f"this is {shape(node)}.",
        remedy=f"Write `{digits} or more`: a line is met at the number itself. At most 6 decimals.",
    )  # fmt: skip
    return None


def read_name(findings: Findings, key: Leaf, path: str, reserved: frozenset[str] = frozenset()) -> bool:
    """Can this word be a name?"""
    if key.said in reserved:
        findings.error(
            Code.RESERVED, key, path, problem="a name that has a meaning already",
            why=f"`{key.said}` is a word of the language or of a breakdown.", remedy="Choose another name.",
        )  # fmt: skip
        return False
    if NAME.fullmatch(key.said):
        return True
    findings.error(
        Code.NAME, key, path, problem="not a name", why=f"this is {shape(key)}.",
        remedy="Write letters, digits, - and _, at most 64 of them, without spaces: saw-prices.",
    )  # fmt: skip
    return False
