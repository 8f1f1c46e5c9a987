"""Words for scores: temperature by engagement, grade by fit, and what the two are called together."""

from schemas.scoring_model import Label
from schemas.units import MICRO, Micro
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.words.values import read_points, read_text, said_points
from streams.model.yaml.section import Section, did_you_mean, inside, named_entries, open_section
from streams.model.yaml.tree import Block, Leaf, Node

TEMPERATURE = (Label("hot", 40 * MICRO), Label("warm", 15 * MICRO), Label("cold", 0))
"""Where a model says nothing."""

GRADE = (Label("A", 50 * MICRO), Label("B", 20 * MICRO), Label("C", 0))
"""Where a model says nothing."""

PAIRS = tuple(f"{grade.name}/{temperature.name}" for grade in GRADE for temperature in TEMPERATURE)
"""Of grade and temperature, as cards show them."""

Labels = tuple[tuple[Label, ...], tuple[Label, ...], dict[str, str]]


def read_labels(findings: Findings, node: Node | None) -> Labels:
    """Temperature and grade, highest line first, and the names of their pairs."""
    section = node and open_section(findings, node, "labels", ("temperature", "grade", "grid"))
    if not section:
        return TEMPERATURE, GRADE, {}
    return _read(section, "temperature", TEMPERATURE), _read(section, "grade", GRADE), _read_grid(section)


def _read(section: Section, word: str, usual: tuple[Label, ...]) -> tuple[Label, ...]:
    findings, node = section.findings, section.get(word)
    names = tuple(label.name for label in usual)
    example = ", ".join(f"{label.name}: {label.at_least // MICRO}" for label in usual)
    inner = None if node is None else open_section(findings, node, section.at(word), names)
    if inner is None:
        return usual
    labels: list[Label] = []
    for name in names:
        said = inner.need(name, f"Write all of them, highest first: {{{example}}}.")
        line = None if said is None else read_points(findings, said, inner.at(name))
        if said is None or line is None:
            continue
        if labels and line >= labels[-1].at_least:
            _tell_order(findings, inner, name, labels[-1])
        labels.append(Label(name, line))
    if len(labels) == len(names) and labels[-1].at_least > 0:
        _tell_lowest(findings, inner, labels[-1])
    return tuple(labels)


def _read_grid(section: Section) -> dict[str, str]:
    findings, node, path = section.findings, section.get("grid"), section.at("grid")
    grid: dict[str, str] = {}
    if node is None:
        return grid
    for pair, key, value in named_entries(findings, node, path, "a name for a pair: `A/hot: call now`."):
        if pair not in PAIRS:
            _tell_no_pair(findings, key, inside(path, pair))
        elif (name := read_text(findings, value, inside(path, pair))) is not None:
            grid[pair] = name
    return dict(sorted(grid.items()))


def _tell_no_pair(findings: Findings, key: Leaf, path: str) -> None:
    turned = "/".join(reversed(key.said.split("/")))
    findings.error(
        Code.LABELS, key, path,
        problem="not a pair of labels",
        why=f"no lead is ever `{key.said}`: a pair is a grade, a slash and a temperature.",
        remedy=did_you_mean(turned if turned in PAIRS else key.said, PAIRS),
    )  # fmt: skip


def _tell_order(findings: Findings, section: Section, name: str, above: Label) -> None:
    key, node = section.block.entries[name]
    findings.error(
        Code.LABELS, node, section.at(name),
        problem="labels out of order",
        why=f"{name} must begin under {above.name} ({said_points(above.at_least)}), or nobody is ever {name}.",
        remedy=f"Lower the line of {key.said}, or raise that of {above.name}.",
    )  # fmt: skip


def _tell_lowest(findings: Findings, section: Section, lowest: Label) -> None:
    node = section.block.entries[lowest.name][1]
    findings.error(
        Code.LABELS, node, section.at(lowest.name),
        problem="the lowest label begins too high",
        why=f"a lead of 0 points is {lowest.name} as well.",
        remedy=f"Write {lowest.name}: 0.",
    )  # fmt: skip


def tell_unreachable_labels(
    findings: Findings, node: Node | None, word: str, labels: tuple[Label, ...], most: Micro | None
) -> None:
    """Labels above what the rules can give at all: nobody is ever called so."""
    if most is None or not isinstance(node, Block) or word not in node.entries:
        return
    lines = node.entries[word][1]
    for label in labels:
        if label.at_least > most and isinstance(lines, Block) and label.name in lines.entries:
            findings.warning(
                Code.UNREACHABLE, lines.entries[label.name][1], inside(f"labels.{word}", label.name),
                problem="nobody can reach this label",
                why=f"the rules in force can give at most {said_points(most)}.",
                remedy="Lower the line, or raise the limit.",
            )  # fmt: skip
