"""Sets of facts by which people qualify a lead, such as BANT and CHAMP: which of them are known."""

import re

from streams.model.facts import Facts
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.words.values import read_name, read_texts
from streams.model.yaml.section import inside, named_entries, shape
from streams.model.yaml.tree import Leaf, Node, each

Frameworks = dict[str, tuple[str, ...]]

LEVEL_WORDS = ("engagement", "fit", "without", "primary", "means", "did", "all", "any", "not")
_RESERVED = frozenset({*LEVEL_WORDS, "hand_off"})
_OF = re.compile(r"([0-9]{1,3}) of ([0-9]{1,3})")


def read_frameworks(findings: Findings, facts: Facts, node: Node | None) -> tuple[Frameworks, frozenset[str]]:
    """Facts by framework, and the names of all that were declared, the broken ones too."""
    read: Frameworks = {}
    declared: set[str] = set()
    if node is None:
        return read, frozenset()
    example = "a block of sets: `BANT: [budget_ok, job_title, specification, purchase_by]`."
    for name, key, value in named_entries(findings, node, "frameworks", example):
        path = inside("frameworks", name)
        declared.add(name)
        if facts.knows(name):
            findings.error(
                Code.RESERVED, key, path,
                problem="a name that has a meaning already",
                why=f"`{name}` is a fact, so a level that asks for `{name}` could mean either.",
                remedy="Choose another name.",
            )  # fmt: skip
            continue
        named, of = read_name(findings, key, path, _RESERVED), read_texts(findings, value, path)
        if of is None or not named:
            continue
        places = each(value)
        found = [facts.named(findings, place, path) for place in places if isinstance(place, Leaf)]
        if len(of) < len(places):
            findings.error(
                Code.NAME_TWICE, value, path,
                problem="a fact named twice", why="it would fill two places at once.", remedy="Name each fact once.",
            )  # fmt: skip
        elif all(found):
            read[name] = tuple(sorted(of))
    return dict(sorted(read.items())), frozenset(declared)


def is_so_many(said: str) -> bool:
    """Does it read like `3 of 4`?"""
    return _OF.fullmatch(said) is not None


def read_so_many(findings: Findings, name: str, of: tuple[str, ...], node: Node, path: str) -> int | None:
    """`3 of 4`: at least so many of its facts are known."""
    said = _OF.fullmatch(node.said) if isinstance(node, Leaf) else None
    if said is None:
        why = f"this is {shape(node)}."
    elif int(said[2]) != len(of):
        why = f"{name} has {len(of)} facts, not {said[2]}."
    elif not 1 <= int(said[1]) <= len(of):
        why = f"{said[1]} of {said[2]} is {'nothing' if said[1] == '0' else 'more than there are'}."
    else:
        return int(said[1])
    findings.error(
        Code.LEVEL, node, path,
        problem="not a part of a framework", why=why, remedy=f"Write `{name}: {max(1, len(of) - 1)} of {len(of)}`.",
    )  # fmt: skip
    return None
