"""One rule of engagement: which touches it counts, for which leads, and for how many points."""

from collections.abc import Mapping

import msgspec

from schemas.condition import Condition, Is, OneOf, PropIs, TouchIs
from schemas.scoring_model import Rule
from schemas.units import Micro
from streams.model.combining import about_lead, about_touch, every, parts_of
from streams.model.conditions import WORDS as CONDITION_WORDS
from streams.model.conditions import About, ConditionReader, tell_touch_word
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.words import later
from streams.model.words.values import NAME, read_points
from streams.model.yaml.section import Section, inside, shape
from streams.model.yaml.tree import Block, Leaf, Node

OWN = ("when", "points", "group", "limit", "window", "half_life", "repeat")
WORDS = (*OWN, *CONDITION_WORDS[About.TOUCH])
_FIELDS = ("page", "channel", "source", "campaign")
"""A rule has them as fields of its own; what stands in `all` goes there, too."""


def open_rule(findings: Findings, conditions: ConditionReader, node: Node, path: str) -> Section | None:
    """The words of a rule; those nobody knows are told with what they may have meant."""
    if not isinstance(node, Block):
        findings.error(
            Code.SHAPE, node, path,
            problem="a block of words expected", why=f"this is {shape(node)}.",
            remedy="Write {when: page_view, points: 4}.",
        )  # fmt: skip
        return None
    section = Section(findings, node, path, (*WORDS, *(w for w in node.entries if w not in later.RULE)), later.RULE)
    for word, (key, _) in node.entries.items():
        if word not in WORDS and word not in later.RULE:
            tell_touch_word(findings, conditions.facts, key, inside(path, word), WORDS)
    return section


def read_conditions(
    section: Section, conditions: ConditionReader
) -> tuple[dict[str, tuple[str, ...]], Condition | None, Condition | None] | None:
    """Fields, `where` and `gate` of a rule; None when a condition is broken."""
    touch: list[Condition] = []
    facts: list[Condition] = []
    good = True
    for word, (key, node) in section.block.entries.items():
        if word not in CONDITION_WORDS[About.TOUCH]:
            continue
        condition = conditions.word(key, node, section.path, About.TOUCH)
        if condition is None:
            good = False
            continue
        for part in parts_of(condition):
            if about_touch(part) and about_lead(part):
                good = False
                _tell_mixed(section.findings, key, section.at(word))
            else:
                (touch if about_touch(part) else facts).append(part)
    if not good:
        return None
    fields: dict[str, tuple[str, ...]] = {}
    rest: list[Condition] = []
    for part in parts_of(every(touch)) if touch else ():
        if isinstance(part, TouchIs) and part.field in _FIELDS and part.field not in fields:
            fields[part.field] = part.globs
        else:
            rest.append(part)
    return fields, every(rest) if rest else None, every(facts) if facts else None


def _tell_mixed(findings: Findings, key: Leaf, path: str) -> None:
    findings.error(
        Code.MIXED, key, path,
        problem=f"touch and facts mixed in one `{key.said}`",
        why="touches are counted when they come and facts are asked when the score is read, so neither can stand in "
        "for the other.",
        remedy="Write two rules, one about the touch and one about the facts: their points add up.",
    )  # fmt: skip


def read_worth(section: Section, conditions: ConditionReader) -> Micro | dict[str, tuple[PropIs, Micro]] | None:
    """Points, or points at the values of a property, by value."""
    findings, path = section.findings, section.at("points")
    node = section.need("points", "Say what it is worth: `points: 2`, or `points: -5`.")
    if isinstance(node, Block):
        return _by_value(findings, conditions, node, path)
    micro = None if node is None else read_points(findings, node, path)
    if micro == 0 and node is not None:
        findings.warning(
            Code.NO_EFFECT, node, path,
            problem="a rule of 0 points", why="it changes no score.", remedy="Give it points, or remove it.",
        )  # fmt: skip
    return micro


def _by_value(
    findings: Findings, conditions: ConditionReader, block: Block, path: str
) -> dict[str, tuple[PropIs, Micro]] | None:
    example = "Write `points: {plan: {team: 5, enterprise: 20}}`: points at the values of one property."
    prop, (key, values) = next(iter(block.entries.items()), ("", (None, block)))
    if key is None or len(block.entries) > 1 or not isinstance(values, Block) or not values.entries:
        why = "several properties stand here." if len(block.entries) > 1 else f"at `{prop}` stands {shape(values)}."
        findings.error(
            Code.SHAPE, block, path, problem="points by value need values", remedy=example,
            why=why if key else "nothing stands here.",
        )  # fmt: skip
        return None
    kept, good = conditions.keeps(key, path, prop), True
    worth: dict[str, tuple[PropIs, Micro]] = {}
    for said, (value, node) in values.entries.items():
        at = inside(inside(path, prop), said)
        if isinstance(value.value, str) and not NAME.fullmatch(said):
            good = False
            findings.error(
                Code.NAME, value, at,
                problem="not a name for a line of a breakdown",
                why=f"points at a value are a line of their own, and this is {shape(value)}.",
                remedy=f"Write a rule for it, with `props: {{{prop}: '{said}'}}`.",
            )  # fmt: skip
        micro = read_points(findings, node, at)
        test = OneOf((said.casefold(),)) if isinstance(value.value, str | None) else Is(_plain(value))
        if micro is not None:
            worth[said] = (PropIs(prop, test), micro)
    return worth if kept and good and len(worth) == len(values.entries) else None


def _plain(value: Leaf) -> bool | float:
    return value.value if isinstance(value.value, bool) else float(value.said)


def each_value(rule: Rule, worth: Mapping[str, tuple[PropIs, Micro]]) -> list[Rule]:
    """One rule per value, each with limits and repeats of its own."""
    return [
        msgspec.structs.replace(
            rule, name=f"{rule.name}.{said}", points=micro, where=every([test, *([rule.where] if rule.where else [])])
        )
        for said, (test, micro) in worth.items()
    ]
