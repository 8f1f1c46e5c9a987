"""How far a lead has come: MQL, SAL, SQL, each with what it asks, and the fast paths to them."""

from typing import Literal

from msgspec import Struct

from schemas.condition import Condition
from schemas.scoring_model import FastPath, Level
from schemas.units import Micro
from streams.model.combining import every, ways_of
from streams.model.conditions import About, ConditionReader
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.frameworks import LEVEL_WORDS, Frameworks, is_so_many, read_so_many
from streams.model.handoff import Reach
from streams.model.level_reach import asks_nothing, tell_hidden, tell_unreachable
from streams.model.touches import read_kinds
from streams.model.words.values import read_line, read_name, read_yes_no
from streams.model.yaml.section import Section, did_you_mean, inside, named_entries, nearest, open_section, shape
from streams.model.yaml.tree import Leaf, Node

AT_ONCE = " at once"
MEANS: dict[str, Literal["accepted", "offered"]] = {"handoff accepted": "accepted", "handoff offered": "offered"}
_EXAMPLE = "a block of levels, lowest first: `MQL: {engagement: 15 or more}`."


class Levels(Struct):
    """As read; where something was broken it is left out, and told."""

    levels: list[Level] = []
    fast_paths: list[FastPath] = []
    hands_off: list[tuple[str, Leaf]] = []
    """Path and place of every `hand_off: true`."""


class LevelReader:
    """Reads the levels of one model, knowing what they may refer to."""

    def __init__(
        self,
        findings: Findings,
        conditions: ConditionReader,
        frameworks: tuple[Frameworks, frozenset[str]],
        *,
        primary: bool,
        reach: Reach | None,
    ) -> None:
        self._findings = findings
        self._conditions = conditions
        self._frameworks, self._declared = frameworks
        self._primary = primary
        self._reach = reach

    def read(self, node: Node | None) -> Levels:
        """All of them, in the order of the document."""
        read = Levels()
        if node is None:
            return read
        entries = list(named_entries(self._findings, node, "levels", _EXAMPLE))
        names = [name for name, _, _ in entries if not name.endswith(AT_ONCE)]
        keys: list[Leaf] = []
        for name, key, value in entries:
            path = inside("levels", name)
            if name.endswith(AT_ONCE):
                self._read_fast_path(read, key, value, path, names)
            elif read_name(self._findings, key, path):
                level = self._read_level(key, value, path)
                if level is not None:
                    read.levels.append(level)
                    keys.append(key)
        tell_hidden(self._findings, read.levels, keys)
        read.fast_paths.sort(key=lambda fast: fast.level)
        return read

    def _read_level(self, key: Leaf, node: Node, path: str) -> Level | None:
        words = (*LEVEL_WORDS, *sorted(self._declared))
        section = self._open(node, path, words)
        if section is None:
            return None
        if "means" in section:
            return self._read_meaning(key, section)
        engagement, fit = self._line(section, "engagement"), self._line(section, "fit")
        without_node, primary = section.get("without"), self._read_primary(section)
        without = () if without_node is None else read_kinds(self._findings, without_node, section.at("without"))
        frameworks = self._read_frameworks(section)
        good, where = self._read_where(section, words)
        if without is None or primary is None or frameworks is None or not good:
            return None
        if (engagement is None and "engagement" in section) or (fit is None and "fit" in section):
            return None
        level = Level(
            name=key.said, engagement=engagement, fit=fit, without=without, primary=primary, frameworks=frameworks,
            where=where,
        )  # fmt: skip
        if asks_nothing(level):
            self._findings.error(
                Code.LEVEL, node, path,
                problem="a level that everybody holds", why="it asks for nothing that a lead must have or do.",
                remedy="Write what it asks: {engagement: 15 or more, fit: 20 or more}.",
            )  # fmt: skip
            return None
        tell_unreachable(section, level, self._reach)
        return level

    def _open(self, node: Node, path: str, words: tuple[str, ...]) -> Section | None:
        """Words that are no word of a level are facts; the conditions tell the unknown ones."""
        others = getattr(node, "entries", {})
        return open_section(self._findings, node, path, (*words, *others))

    def _line(self, section: Section, word: str) -> Micro | None:
        node = section.get(word)
        return None if node is None else read_line(self._findings, node, section.at(word))

    def _read_where(self, section: Section, words: tuple[str, ...]) -> tuple[bool, Condition | None]:
        asked = [w for w in section.block.entries if w not in words or w in ("did", "all", "any", "not")]
        held = [
            None if self._slip(section, word, words) else self._conditions.word(*said, section.path, About.LEAD)
            for word, said in ((word, section.block.entries[word]) for word in asked)
        ]
        good = [one for one in held if one is not None]
        return len(good) == len(held), every(good) if good else None

    def _slip(self, section: Section, word: str, words: tuple[str, ...]) -> bool:
        """A word nearly that of a level, or a framework that nobody declared; told here."""
        facts, (key, node) = self._conditions.facts, section.block.entries[word]
        near = nearest(word, words)
        counts = isinstance(node, Leaf) and is_so_many(node.said)
        if word in words or facts.knows(word) or not (counts or (near and not nearest(word, facts.known()))):
            return False
        self._findings.error(
            Code.UNKNOWN_WORD, key, section.at(word),
            problem="a framework that is not declared" if counts else "unknown word",
            why=f"nothing named `{word}` is under frameworks." if counts
            else f"`{word}` says nothing in {section.path}.",
            remedy=f"Did you mean {near}?" if near
            else f"Declare it: `frameworks: {{{word}: [budget_ok, job_title]}}`.",
        )  # fmt: skip
        return True

    def _read_primary(self, section: Section) -> bool | None:
        node = section.get("primary")
        if node is None:
            return None if "primary" in section else False
        said = isinstance(node, Leaf) and node.said == "all true"
        if said and self._primary:
            return True
        self._findings.error(
            Code.LEVEL, node, section.at("primary"),
            problem="no primary criteria" if said else "not a word about primary criteria",
            why="fit.primary has none, so nobody could fail." if said else f"this is {shape(node)}.",
            remedy="Move criteria to fit.primary, or remove this word." if said
            else "Write `primary: all true`: each of them known and met.",
        )  # fmt: skip
        return None

    def _read_frameworks(self, section: Section) -> dict[str, int] | None:
        asked: dict[str, int] = {}
        good = True
        for name in section.block.entries:
            if name not in self._declared:
                continue
            node = section.get(name)
            of = self._frameworks.get(name)
            if of is None:
                continue
            count = None if node is None else read_so_many(self._findings, name, of, node, section.at(name))
            good = good and count is not None
            if count is not None:
                asked[name] = count
        return dict(sorted(asked.items())) if good else None

    def _read_meaning(self, key: Leaf, section: Section) -> Level | None:
        node = section.get("means")
        said = node.said if isinstance(node, Leaf) else ""
        for word, (other, _) in section.block.entries.items():
            if word != "means":
                self._findings.error(
                    Code.LEVEL, other, section.at(word),
                    problem="a level by its meaning asks nothing else",
                    why=f"it is held while the hand-off stands, so `{word}` would say nothing.",
                    remedy="Remove it, or remove `means`.",
                )  # fmt: skip
        if node is not None and said not in MEANS:
            self._findings.error(
                Code.LEVEL, node, section.at("means"),
                problem="unknown meaning", why=f"this is {shape(node)}.",
                remedy=did_you_mean(said, tuple(MEANS)),
            )  # fmt: skip
        return Level(name=key.said, means=MEANS[said]) if said in MEANS and len(section.block.entries) == 1 else None

    def _read_fast_path(self, read: Levels, key: Leaf, node: Node, path: str, names: list[str]) -> None:
        level = key.said.removesuffix(AT_ONCE)
        if level not in names:
            self._findings.error(
                Code.LEVEL_NAME, key, path,
                problem="a fast path to a level that is not declared",
                why=f"nothing named `{level}` is under levels, so it has no place among them.",
                remedy=did_you_mean(level, names) if names else f"Declare it: `{level}: {{engagement: 40 or more}}`.",
            )  # fmt: skip
        words = ("hand_off", "did", "any", "all", "not")
        section = self._open(node, path, words)
        if section is None:
            return
        hand_off_node = section.get("hand_off")
        hand_off = hand_off_node is not None and read_yes_no(self._findings, hand_off_node, section.at("hand_off"))
        if hand_off and isinstance(hand_off_node, Leaf):
            read.hands_off.append((section.at("hand_off"), hand_off_node))
        good, where = self._read_where(section, words)
        if where is None and good:
            self._findings.error(
                Code.LEVEL, node, path,
                problem="a fast path that everybody takes", why="it names no condition.",
                remedy="Write `any: [purchase_by: within 14d, did: invoice_request]`.",
            )  # fmt: skip
        if where is not None and good and level in names:
            read.fast_paths.append(FastPath(level=level, hand_off=bool(hand_off), any=ways_of(where)))
