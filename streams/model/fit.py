"""Who they are: the criteria under `fit`, and what each known fact adds to completeness."""

from msgspec import Struct

from schemas.condition import FactIs
from schemas.scoring_model import Criterion, FactDeclared
from schemas.units import Micro
from streams.model.combining import every
from streams.model.conditions import COMBINE, About, ConditionReader
from streams.model.fact_test import tell_not_of_scale
from streams.model.facts import Facts
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.words import later
from streams.model.words.names import Names
from streams.model.words.values import read_limit, read_points, read_yes_no
from streams.model.yaml.section import Section, did_you_mean, inside, named_entries, open_section
from streams.model.yaml.tree import Block, Leaf, Node

OTHERS = ("points", "redirect")
"""Words of a criterion beside what it asks."""

_EXAMPLE = "a block of criteria: `big-enough: {headcount: 20 or more, points: 20}`."


class Fit(Struct):
    """As read; where something was broken it is left out, and told."""

    primary: list[Criterion] = []
    secondary: list[Criterion] = []


def read_fit(findings: Findings, names: Names, conditions: ConditionReader, node: Node | None) -> Fit:
    """Both families of criteria; nothing when the part is absent."""
    read = Fit()
    section = node and open_section(findings, node, "fit", ("primary", "secondary"), later.FIT)
    if not section:
        return read
    for family, into in (("primary", read.primary), ("secondary", read.secondary)):
        if (criteria := section.get(family)) is None:
            continue
        path = section.at(family)
        for name, key, value in named_entries(findings, criteria, path, _EXAMPLE):
            named = names.give(findings, key, inside(path, name))
            criterion = _read_criterion(findings, conditions, key, value, inside(path, name), family == "primary")
            if named and criterion is not None:
                into.append(criterion)
    return read


def _read_criterion(
    findings: Findings, conditions: ConditionReader, key: Leaf, node: Node, path: str, primary: bool
) -> Criterion | None:
    if not isinstance(node, Block):
        open_section(findings, node, path, ("points",))
        return None
    facts = conditions.facts
    about = [word for word in node.entries if word not in OTHERS and word not in later.CRITERION]
    section = Section(findings, node, path, (*OTHERS, *about), later.CRITERION)
    redirect = _read_redirect(findings, section, primary)
    unknown = [word for word in about if not (facts.knows(word) or word in COMBINE)]
    if len(about) > 1 and unknown:
        for word in unknown:
            _tell_unknown(findings, facts, node.entries[word][0], path)
        return None
    if not about:
        if not any(word in later.CRITERION for word in node.entries):
            findings.error(
                Code.MISSING, node, path,
                problem="a fact is missing", why="a criterion says what one fact must be.",
                remedy="Write {headcount: 20 or more, points: 20}.",
            )  # fmt: skip
        return None
    fact = facts.declared.get(about[0])
    said = node.entries[about[0]][1]
    if len(about) == 1 and fact is not None and fact.type == "scale" and isinstance(said, Block):
        named = facts.named(findings, node.entries[about[0]][0], inside(path, about[0]))
        return None if named is None else _by_value(findings, section, fact, said, key.said, primary)
    held = [conditions.word(*node.entries[word], path, About.FACTS) for word in about]
    points = section.need("points", "Say what it is worth: `points: 10`.")
    micro = None if points is None else read_points(findings, points, section.at("points"))
    good = [one for one in held if one is not None]
    if micro is None or len(good) < len(held):
        return None
    where = every(good)
    if isinstance(where, FactIs):
        return Criterion(name=key.said, fact=where.fact, test=where.test, points=micro, redirect=redirect)
    return Criterion(name=key.said, fact="", where=where, points=micro, redirect=redirect)


def _read_redirect(findings: Findings, section: Section, primary: bool) -> bool:
    node = section.get("redirect")
    if node is None:
        return False
    told = read_yes_no(findings, node, section.at("redirect"))
    if primary and told is not None:
        findings.error(
            Code.SHAPE, node, section.at("redirect"),
            problem="a primary criterion redirects anyway",
            why="who fails one is no lead for sales, and marketing is told so.", remedy="Remove `redirect`.",
        )  # fmt: skip
    return bool(told)


def _tell_unknown(findings: Findings, facts: Facts, word: Leaf, path: str) -> None:
    known = ("points", *facts.known(), *COMBINE)
    digits = word.said[:1].isdigit()
    findings.error(
        Code.UNKNOWN_WORD, word, inside(path, word.said),
        problem="unknown word",
        why=f"`{word.said}` is neither `points` nor a declared fact.",
        remedy="Write large numbers without commas: 300000." if digits else did_you_mean(word.said, known),
    )  # fmt: skip


def _by_value(
    findings: Findings, section: Section, fact: FactDeclared, block: Block, name: str, primary: bool
) -> Criterion | None:
    path = section.at(fact.name)
    for word in OTHERS:
        if word in section:
            findings.error(
                Code.SHAPE, section.block.entries[word][0], section.at(word),
                problem="points said twice" if word == "points" else "which value redirects?",
                why=f"`{fact.name}` has its points at its values.", remedy=f"Remove `{word}`.",
            )  # fmt: skip
    if primary:
        findings.error(
            Code.TEST, block, path,
            problem="a primary criterion must be true or false", why="points by value say neither.",
            remedy=f"Write the values that pass, such as [{fact.values[-1]}], with points, or move it to secondary.",
        )  # fmt: skip
    by_value: dict[str, Micro] = {}
    for step, (key, node) in block.entries.items():
        if step not in fact.values:
            tell_not_of_scale(findings, fact, key, inside(path, step), step)
        micro = read_points(findings, node, inside(path, step))
        if micro is not None:
            by_value[step] = micro
    if primary or any(word in section for word in OTHERS) or len(by_value) != len(block.entries):
        return None
    steps = {step: by_value[step] for step in fact.values if step in by_value}
    return Criterion(name=name, fact=fact.name, by_value=steps) if len(steps) == len(by_value) else None


def read_completeness(findings: Findings, facts: Facts, node: Node | None) -> dict[str, Micro]:
    """Points per known fact, by name."""
    weights: dict[str, Micro] = {}
    if node is None:
        return weights
    for name, key, value in named_entries(findings, node, "completeness", "a block of facts: `headcount: 20`."):
        path = inside("completeness", name)
        fact, micro = facts.named(findings, key, path), read_limit(findings, value, path)
        if fact is not None and micro is not None:
            weights[name] = micro
    return dict(sorted(weights.items()))
