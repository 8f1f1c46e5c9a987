"""What may be known about a lead: the facts a model declares, and those that are always there."""

import msgspec

from schemas.scoring_model import FactDeclared
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.words import later
from streams.model.words.values import read_name, read_text, read_texts, read_yes_no
from streams.model.yaml.section import did_you_mean, inside, named_entries, nearest, open_section, shape
from streams.model.yaml.tree import Block, Leaf, Node, Row

TYPES = ("number", "text", "date", "yes-no")

DERIVED = {
    "email_is_free": "yes-no",
    "email_valid": "yes-no",
    "phone_valid": "yes-no",
    "country": "text",
}
"""Facts derived before personal data is hidden; every model knows them."""

_RESERVED = frozenset(
    {"points", "limit", "engagement", "fit", "without", "primary", "means", "did", "hand_off", "all", "any", "not",
     *later.CRITERION}
)  # fmt: skip
"""Words that stand beside facts in criteria and levels."""

_EXAMPLE = "`headcount: number` under facts."


class Facts:
    """The facts of one model, by name, with the line each is declared on."""

    def __init__(self) -> None:
        self.declared: dict[str, FactDeclared] = {}
        self.lines: dict[str, int] = {}
        self.broken: set[str] = set()
        """Declared, but not understood: no further word about them is needed."""

    def knows(self, name: str) -> bool:
        """Declared, well or badly, or always there."""
        return name in self.lines or name in DERIVED

    def known(self) -> tuple[str, ...]:
        """All that may be named."""
        return (*self.declared, *DERIVED)

    def named(self, findings: Findings, where: Leaf, path: str) -> FactDeclared | None:
        """The fact of this name, if it may score; else why not is told."""
        name = where.said
        if name in DERIVED:
            return FactDeclared(name=name, type=DERIVED[name])
        if name in self.broken:
            return None
        fact = self.declared.get(name)
        if fact is None:
            near = nearest(name, self.known())
            findings.error(
                Code.FACT, where, path,
                problem="a fact that is not declared",
                why=f"nothing named `{name}` is under facts, so it could never score.",
                remedy=f"Did you mean {near}? Or declare it: " * bool(near) + "Declare it: " * (not near)
                + f"`{name}: number` (or text, date, yes-no) under facts.",
            )  # fmt: skip
        elif fact.sensitive and not fact.because:
            findings.error(
                Code.SENSITIVE, where, path,
                problem="a sensitive fact may not score",
                why=f"declared sensitive on line {self.lines[name]}.",
                remedy="Remove it, or say why and have it reviewed: "
                f"`allow_sensitive: {{{name}: {{because: ...}}}}`. The fact stays stored either way.",
            )  # fmt: skip
            return None
        return fact


def read_facts(findings: Findings, node: Node | None, allowed: Node | None = None) -> Facts:
    """All declared facts; those not understood are told and remembered as broken. `allowed`: `allow_sensitive`."""
    facts = Facts()
    if node is not None:
        _read_declared(findings, facts, node)
    if allowed is not None:
        _read_allowed(findings, facts, allowed)
    return facts


def _read_allowed(findings: Findings, facts: Facts, node: Node) -> None:
    """Sensitive facts that may score, each with its reason."""
    example = "a block of facts: `birth_date: {because: the law sets an age for this product}`."
    for name, key, value in named_entries(findings, node, "allow_sensitive", example):
        path = inside("allow_sensitive", name)
        section = open_section(findings, value, path, ("because",))
        said = section.need("because", "Say why it may score: `{because: ...}`.") if section else None
        because = None if said is None else read_text(findings, said, inside(path, "because"))
        fact = facts.declared.get(name)
        if fact is None:
            # A sensitive fact whose reason is broken is told once, here.
            if name not in facts.broken:
                facts.named(findings, key, path)
            continue
        if not fact.sensitive:
            findings.warning(
                Code.NO_EFFECT, key, path,
                problem="a fact that is not sensitive", why=f"`{name}` may score as it is.",
                remedy="Remove it here, or declare it with `sensitive: true`.",
            )  # fmt: skip
        elif because is None:
            facts.broken.add(name)
        else:
            facts.declared[name] = msgspec.structs.replace(fact, because=because)


def _read_declared(findings: Findings, facts: Facts, node: Node) -> None:
    for name, key, value in named_entries(findings, node, "facts", _EXAMPLE):
        path = inside("facts", name)
        facts.lines[name] = key.at.line
        declared = _read_fact(findings, name, key, value, path)
        if declared is None:
            facts.broken.add(name)
        else:
            facts.declared[name] = declared


def _read_fact(findings: Findings, name: str, key: Leaf, node: Node, path: str) -> FactDeclared | None:
    if name in DERIVED:
        findings.error(
            Code.RESERVED, key, path,
            problem="a fact that is always there",
            why=f"`{name}` is derived from what people leave, as {DERIVED[name]}.",
            remedy="Remove this line and use the fact as it is.",
        )  # fmt: skip
        return None
    if not read_name(findings, key, path, _RESERVED):
        return None
    sensitive: bool | None = False
    unit: str | None = ""
    if isinstance(node, Block):
        section = open_section(findings, node, path, ("type", "sensitive", "unit"), later.FACT)
        inner = section.need("type", "Write `type: text` (or number, date, yes-no, a list).") if section else None
        if section is None or inner is None:
            return None
        if (mark := section.get("sensitive")) is not None:
            sensitive = read_yes_no(findings, mark, inside(path, "sensitive"))
        if (counted_in := section.get("unit")) is not None:
            unit = read_text(findings, counted_in, inside(path, "unit"))
        node, path = inner, inside(path, "type")
    if isinstance(node, Row):
        values = read_texts(findings, node, path)
        if values is None or sensitive is None or unit is None or not _is_scale(findings, node, values, path):
            return None
        return FactDeclared(name=name, type="scale", values=values, sensitive=sensitive, unit=unit)
    if isinstance(node, Leaf) and node.said in TYPES:
        if sensitive is None or unit is None:
            return None
        return FactDeclared(name=name, type=node.said, sensitive=sensitive, unit=unit)
    findings.error(
        Code.FACT_TYPE, node, path,
        problem="not a type of fact",
        why=f"this is {shape(node)}.",
        remedy=f"{did_you_mean(node.said, TYPES) if isinstance(node, Leaf) else ''} "
        "A scale is a list, weakest first: [none, draft, approved].",
    )  # fmt: skip
    return None


def _is_scale(findings: Findings, node: Row, values: tuple[str, ...], path: str) -> bool:
    if len(values) == len(node.items) and len(values) >= 2:
        return True
    findings.error(
        Code.FACT_TYPE, node, path,
        problem="not a scale",
        why="a scale is two different steps or more, weakest first.",
        remedy="Write each step once: [none, draft, approved].",
    )  # fmt: skip
    return False
