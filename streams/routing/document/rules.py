"""The rules of a policy: what each asks, and where it sends leads. The first that holds decides."""

import re

import msgspec

from schemas.condition import Test
from schemas.routing_policy import FIELDS, Asked, CallBack, RoutingRule, Shift, Target
from streams.model.fact_test import read_prop_test
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.touches import read_globs, read_pages
from streams.model.words.durations import parse_duration
from streams.model.words.values import read_points, read_text, read_texts, read_yes_no, tell_duration
from streams.model.yaml.section import Section, did_you_mean, inside, nearest, open_section, shape
from streams.model.yaml.tree import Block, Leaf, Node, Row
from streams.routing.document.people import Department
from streams.routing.document.times import read_times

WORDS = ("name", "if", "to", "else", "priority", "task", "needs")
OF_THE_LEAD = ("has", "seen", "time", "for partners only")
KINDS = ("person", "team", "role", "partner", "queue")
NEXT = "next rule"
AT_OPENING = "at opening"

_NUMBER_MEANT = re.compile(r"(over|above|more than|at least|less than|below|up to|[<>]=?) ?[0-9]\S*")
_SEEN = re.compile(r"within (\S.*)")
_KIND = re.compile(rf"({'|'.join(KINDS)}) (\S.*)")


def read_rules(findings: Findings, node: Node | None, department: Department) -> tuple[RoutingRule, ...]:
    """In their order; one after which nothing is reached is told."""
    if node is None:
        return ()
    if not isinstance(node, Row) or not node.items:
        findings.error(
            Code.SHAPE, node, "rules", problem="a list of rules expected", why=f"this is {shape(node)}.",
            remedy="Write `- {name: everyone else, to: team sdr-desk}`.",
        )  # fmt: skip
        return ()
    rules: list[RoutingRule] = []
    for number, item in enumerate(node.items, 1):
        rule = _Reader(findings, department, f"rules.{number}").read(item)
        if rule is None:
            continue
        if rules and rules[-1].asked == Asked() and not rules[-1].else_next:
            findings.error(
                Code.UNREACHABLE, item, f"rules.{number}", problem="a rule that nothing reaches",
                why=f"`{rules[-1].name}` before it asks nothing, so it decides about every lead.",
                remedy=f"Move it above `{rules[-1].name}`, or give that one an `if`.",
            )  # fmt: skip
        if any(rule.name == other.name for other in rules):
            findings.error(
                Code.NAME_TWICE, item, f"rules.{number}", problem="a name used twice",
                why=f"nobody could tell which `{rule.name}` decided.", remedy="Give one of them another name.",
            )  # fmt: skip
        rules.append(rule)
    if rules and (rules[-1].asked != Asked() or rules[-1].else_next):
        findings.warning(
            Code.NO_EFFECT, node.items[-1], "rules", problem="leads that no rule is about",
            why="where none of these holds, a lead waits in the queue `unrouted`.",
            remedy="End with a rule without `if`: `- {name: everyone else, to: team ...}`.",
        )  # fmt: skip
    return tuple(rules)


class _Reader:
    """Reads one rule."""

    def __init__(self, findings: Findings, department: Department, path: str) -> None:
        self._findings, self._department, self._path = findings, department, path

    def read(self, node: Node) -> RoutingRule | None:
        section = open_section(self._findings, node, self._path, WORDS)
        if section is None:
            return None
        findings = self._findings
        named = section.need("name", "Give it a name: a decision says which rule made it.")
        name = None if named is None else read_text(findings, named, section.at("name"))
        to = section.need("to", "Write whom: `to: team sdr-desk`, `to: owner`, `to: partner incubator`.")
        target = None if to is None else self._target(to, section.at("to"))
        asked = section.get("if")
        needs, points = section.get("needs"), section.get("priority")
        rule = None
        if name is not None and target is not None:
            rule = RoutingRule(
                name=name,
                asked=Asked() if asked is None else self._asked(asked, section.at("if")),
                to=target,
                else_next=self._else(section),
                priority=(points and read_points(findings, points, section.at("priority"))) or 0,
                call_back=self._task(section),
                needs=(needs and read_texts(findings, needs, section.at("needs"))) or (),
            )
        return rule

    def _else(self, section: Section) -> bool:
        node = section.get("else")
        if node is None or (isinstance(node, Leaf) and node.said == NEXT):
            return node is not None
        self._tell(Code.TEXT, node, section.at("else"), f"this is {shape(node)}.", f"Write `else: {NEXT}`.")
        return False

    def _task(self, section: Section) -> CallBack | None:
        node = section.get("task")
        said = None if node is None else read_text(self._findings, node, section.at("task"))
        return None if said is None else CallBack(note=said, at_opening=said.endswith(AT_OPENING))

    def _target(self, node: Node, path: str) -> Target | None:
        said = read_text(self._findings, node, path)
        if said is None:
            return None
        if said in ("owner", "captured_by"):
            return Target(kind="owner" if said == "owner" else "captured_by")
        department = self._department
        found = _KIND.fullmatch(said)
        if found is None:
            # A name alone: of a person or a team, or a queue that the CRM knows.
            known = [*department.people, *department.teams, *department.partners]
            kind = "person" if said in department.people else "team" if said in department.teams else "queue"
            if kind == "queue" and (near := nearest(said, known)):
                self._tell(
                    Code.WHO, node, path, f"`{said}` is neither a person nor a team.",
                    f"Did you mean {near}? A queue of your CRM is written `queue {said}`.",
                )  # fmt: skip
                return None
            return msgspec.convert({"kind": kind, "name": said}, Target)
        kind, name = found.groups()
        known_by_kind = {
            "person": list(department.people), "team": list(department.teams), "role": sorted(department.roles),
            "partner": list(department.partners),
        }  # fmt: skip
        known = known_by_kind.get(kind, [name])
        if name in known:
            return msgspec.convert({"kind": kind, "name": name}, Target)
        self._tell(Code.WHO, node, path, f"there is no {kind} `{name}` in this policy.", did_you_mean(name, known))
        return None

    def _asked(self, node: Node, path: str) -> Asked:
        if not isinstance(node, Block) or not node.entries:
            self._tell(Code.SHAPE, node, path, f"this is {shape(node)}.", "Write {page: /pricing*, city: Almaty}.")
            return Asked()
        asked = Asked()
        fields: dict[str, tuple[str, ...]] = {}
        facts: dict[str, Test] = {}
        for word, (key, value) in node.entries.items():
            at = inside(path, word)
            if word in FIELDS:
                read = read_pages if word == "page" else read_globs
                fields[word] = read(self._findings, value, at) or ()
            elif word in OF_THE_LEAD:
                asked = self._of_the_lead(asked, word, value, at)
            elif near := nearest(word, (*FIELDS, *OF_THE_LEAD)):
                self._tell(
                    Code.UNKNOWN_WORD, key, at, f"`{word}` is no word of a rule.",
                    f"Did you mean {near}? A fact of that name cannot be asked for here.",
                )  # fmt: skip
            elif isinstance(value, Leaf) and _NUMBER_MEANT.fullmatch(value.said):
                self._tell(
                    Code.TEST, value, at, f"this is {shape(value)}.", "Write `20 or more`, `under 20`, `20 to 50`."
                )
            elif (test := read_prop_test(self._findings, word, value, at)) is not None:
                facts[word] = test
        return msgspec.structs.replace(asked, fields=fields, facts=facts)

    def _of_the_lead(self, asked: Asked, word: str, node: Node, path: str) -> Asked:
        replace = msgspec.structs.replace
        said = node.said if isinstance(node, Leaf) else ""
        match word:
            case "has" if said == "owner":
                return replace(asked, has=("owner",))
            case "has":
                self._tell(Code.TEXT, node, path, f"this is {shape(node)}.", "Write `has: owner`.")
            case "seen":
                found = _SEEN.fullmatch(said)
                length = parse_duration(found[1]) if found else None
                if isinstance(length, int):
                    return replace(asked, seen_within_ms=length)
                if length is None:
                    self._tell(Code.DURATION, node, path, f"this is {shape(node)}.", "Write `seen: within 90d`.")
                else:
                    tell_duration(self._findings, node, path, length)
            case "time":
                times = read_times(self._findings, node, path)
                return asked if times is None else replace(asked, time=Shift((), *times))
            case _:
                return replace(asked, partner_only=read_yes_no(self._findings, node, path))
        return asked

    def _tell(self, code: Code, where: Node, path: str, why: str, remedy: str) -> None:
        self._findings.error(code, where, path, problem="a rule that cannot be read", why=why, remedy=remedy)
