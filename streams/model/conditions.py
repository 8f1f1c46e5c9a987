"""Conditions as people write them: words that all must hold, lists of which any is enough, `all`, `any` and `not`.

A rule asks about the touch, and about facts under `facts:`; a criterion about facts; segments and levels about facts
and what the lead did.
"""

import re
from collections.abc import Callable, Collection, Iterable
from enum import StrEnum
from typing import Literal, get_args

from schemas.condition import Condition, Did, FactIs, PropIs, TouchIs
from schemas.scoring_model import Repeat
from streams.model.combining import either, every, opposite
from streams.model.fact_test import read_prop_test, read_test
from streams.model.facts import Facts
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.touches import keeps_prop, read_globs, read_kinds, read_pages, read_repeat
from streams.model.words.durations import parse_duration
from streams.model.words.values import tell_duration
from streams.model.yaml.section import Section, did_you_mean, inside, nearest, shape
from streams.model.yaml.tree import Block, Leaf, Node, Row, each

Field = Literal["page", "channel", "source", "medium", "campaign", "message", "product"]
FIELDS: dict[str, Field] = {field: field for field in get_args(Field)}
COMBINE = ("all", "any", "not")

_WITHIN = re.compile(r"(\S+) within (\S.*)")


class About(StrEnum):
    """Of what a condition speaks."""

    TOUCH = "touch"
    """Fields and `props` of the touch, `facts` of the lead."""
    FACTS = "facts"
    """Facts by their names."""
    LEAD = "lead"
    """Facts by their names, and `did`."""


WORDS = {
    About.TOUCH: (*FIELDS, "props", "facts", *COMBINE),
    About.FACTS: COMBINE,
    About.LEAD: ("did", *COMBINE),
}


class ConditionReader:
    """Reads the conditions of one model. What is broken is told, and None comes back."""

    def __init__(self, findings: Findings, facts: Facts, keep_props: Collection[str] | None) -> None:
        self._findings = findings
        self.facts = facts
        self._keep_props = keep_props

    def keeps(self, where: Leaf, path: str, prop: str) -> bool:
        """Does the property reach the log? If not, that is told."""
        return keeps_prop(self._findings, where, path, prop, self._keep_props)

    def repeat(self, section: Section) -> Repeat | None:
        """How often a rule counts."""
        return read_repeat(section, self._keep_props)

    def block(self, block: Block, path: str, about: About) -> Condition | None:
        """All words of a block together."""
        return self._joined(every, [self.word(key, node, path, about) for key, node in block.entries.values()])

    def word(self, key: Leaf, node: Node, path: str, about: About) -> Condition | None:
        """One word and what it says."""
        word, at = key.said, inside(path, key.said)
        if isinstance(node, Leaf) and node.value is None:
            self._findings.error(
                Code.EMPTY, key, at,
                problem="a word that says nothing", why=f"`{word}` has no value.",
                remedy="Write a value after the colon, or remove the word.",
            )  # fmt: skip
            return None
        if word in COMBINE:
            return self._combined(word, node, at, about)
        if about is About.TOUCH:
            return self._of_touch(key, node, at)
        if word == "did" and about is About.LEAD:
            return self._did(node, at)
        return self._fact(key, node, path, about)

    def _combined(self, word: str, node: Node, path: str, about: About) -> Condition | None:
        if isinstance(node, Block):
            held = [self.word(key, value, path, about) for key, value in node.entries.values()]
        elif isinstance(node, Row):
            held = [self._item(item, path, about) for item in node.items]
        else:
            held = [self._item(node, path, about)]
        if not held:
            self._findings.error(
                Code.EMPTY, node, path,
                problem="an empty condition", why=f"nothing stands under `{word}`.",
                remedy=f"Write conditions: `{word}: {_EXAMPLES[about]}`.",
            )  # fmt: skip
        if word == "any":
            return self._joined(either, held)
        # A list under `not` names what must not be, each of it; a block is one condition.
        joined = self._joined(either if word == "not" and isinstance(node, Row) else every, held)
        return opposite(joined) if word == "not" and joined is not None else joined

    def _item(self, node: Node, path: str, about: About) -> Condition | None:
        if isinstance(node, Block):
            return self.block(node, path, about)
        self._findings.error(
            Code.SHAPE, node, path,
            problem="a condition expected", why=f"this is {shape(node)}.",
            remedy=f"Write a word and what it must be: {_EXAMPLES[about]}.",
        )  # fmt: skip
        return None

    def _joined(self, join: Callable[[Iterable[Condition]], Condition], of: list[Condition | None]) -> Condition | None:
        good = [one for one in of if one is not None]
        return join(good) if good and len(good) == len(of) else None

    def _of_touch(self, key: Leaf, node: Node, path: str) -> Condition | None:
        word = key.said
        if word in FIELDS:
            read = read_pages if word == "page" else read_globs
            globs = read(self._findings, node, path)
            return None if globs is None else TouchIs(FIELDS[word], globs)
        if word in ("facts", "props"):
            if not isinstance(node, Block) or not node.entries:
                self._findings.error(
                    Code.SHAPE, node, path,
                    problem="names expected", why=f"this is {shape(node)}.",
                    remedy=f"Write `{word}: {'{city: Almaty}' if word == 'facts' else '{plan: team}'}`.",
                )  # fmt: skip
                return None
            one = self._fact_in_rule if word == "facts" else self._prop
            return self._joined(every, [one(inner, value, path) for inner, value in node.entries.values()])
        tell_touch_word(self._findings, self.facts, key, path)
        return None

    def _fact_in_rule(self, key: Leaf, node: Node, path: str) -> Condition | None:
        if key.said in COMBINE:
            return self._combined(key.said, node, inside(path, key.said), About.FACTS)
        return self._fact(key, node, path, About.FACTS)

    def _prop(self, key: Leaf, node: Node, path: str) -> Condition | None:
        kept = self.keeps(key, inside(path, key.said), key.said)
        test = read_prop_test(self._findings, key.said, node, inside(path, key.said))
        return PropIs(key.said, test) if kept and test is not None else None

    def _fact(self, key: Leaf, node: Node, path: str, about: About) -> Condition | None:
        at = inside(path, key.said)
        if not self.facts.knows(key.said) and (key.said in (*FIELDS, "props", "did", "when") or self._slip(key, about)):
            self._tell_word(key, at, about)
            return None
        fact = self.facts.named(self._findings, key, at)
        test = None if fact is None else read_test(self._findings, fact, node, at)
        return None if fact is None or test is None else FactIs(fact.name, test)

    def _slip(self, key: Leaf, about: About) -> str:
        return "" if nearest(key.said, self.facts.known()) else nearest(key.said, WORDS[about])

    def _tell_word(self, key: Leaf, path: str, about: About) -> None:
        near = self._slip(key, about)
        remedies = {
            About.LEAD: "Say what the lead did: `did: invoice_request`, or what is known: `city: Almaty`.",
            About.FACTS: "Count what people do under engagement.rules.",
        }
        self._findings.error(
            Code.UNKNOWN_WORD, key, path,
            problem="unknown word",
            why=f"`{key.said}` says nothing about "
            f"{'a lead' if about is About.LEAD else 'who a lead is'}: it is neither a declared fact nor a word here.",
            remedy=f"Did you mean {near}?" if near else remedies.get(about, ""),
        )  # fmt: skip

    def _did(self, node: Node, path: str) -> Condition | None:
        items = each(node)
        plain = [item for item in items if not (isinstance(item, Leaf) and _WITHIN.fullmatch(item.said))]
        of: list[Condition | None] = []
        if plain or not items:
            kinds = read_kinds(self._findings, Row(plain, node.at, node.excerpt) if items != plain else node, path)
            of.append(None if kinds is None else Did(kinds))
        for item in items:
            timed = _WITHIN.fullmatch(item.said) if isinstance(item, Leaf) else None
            if timed is None or not isinstance(item, Leaf):
                continue
            kinds = read_kinds(self._findings, Leaf(timed[1], timed[1], item.at, timed[1]), path)
            length = parse_duration(timed[2])
            if not isinstance(length, int):
                tell_duration(self._findings, item, path, length, part=timed[2])
            of.append(Did(kinds, length) if kinds is not None and isinstance(length, int) else None)
        return self._joined(either, of)


_EXAMPLES = {
    About.TOUCH: "[{page: /pricing*}, {source: google}]",
    About.FACTS: "[{city: Almaty}, {headcount: 20 or more}]",
    About.LEAD: "[{purchase_by: within 14d}, {did: invoice_request}]",
}


def tell_touch_word(findings: Findings, facts: Facts, key: Leaf, path: str, words: Collection[str] = ()) -> None:
    """A word that a rule does not have: a fact stands under `facts`."""
    known = tuple(dict.fromkeys((*words, *WORDS[About.TOUCH])))
    remedy = did_you_mean(key.said, known)
    if not nearest(key.said, known):
        remedy += f" A property of the touch stands under props: `props: {{{key.said}: ...}}`."
    findings.error(
        Code.UNKNOWN_WORD, key, path,
        problem="unknown word",
        why=f"`{key.said}` is a fact, and a rule counts touches." if facts.knows(key.said)
        else f"`{key.said}` says nothing in {path.rpartition('.')[0]}.",
        remedy=f"Write it under facts: `facts: {{{key.said}: ...}}`." if facts.knows(key.said) else remedy,
    )  # fmt: skip
