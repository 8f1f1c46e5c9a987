"""The stages of a lead: a graph by its name, or written out; each stage with what may follow and what enters it."""

import re
from collections.abc import Collection

from msgspec import Struct
from msgspec.structs import replace

from schemas.condition import Condition
from schemas.stage import Enters, Stage
from schemas.units import DurationMs
from streams.model.conditions import About, ConditionReader
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.stage_paths import tell_paths
from streams.model.words.values import read_duration, read_text, read_texts, read_yes_no
from streams.model.yaml.section import Section, did_you_mean, inside, named_entries, open_section, shape
from streams.model.yaml.tree import Block, Leaf, Node, each
from streams.stages.presets import IN_A_DEAL, PRESETS

ANY = "any"
"""Under `to`: every other stage."""

WORDS = (
    "start", "by", "to", "goes on to", "also", "of", "deal", "role", "task", "stuck after", "idle after", "when",
)  # fmt: skip
"""Of a stage."""

EVENTS = tuple(what.value for what in Enters)
_NAME = re.compile(r"\w(?:[\w &/'-]{0,62}\w)?")
_EXAMPLE = "`short`, `eight`, `agency`, or stages by name: `Open: {start: true, by: handed off, to: [Contacted]}`."


class _Said(Struct):
    """A stage as written, its references not looked up yet."""

    key: Leaf
    section: Section


class StageReader:
    """Reads the graph of one model."""

    def __init__(self, findings: Findings, conditions: ConditionReader) -> None:
        self._findings = findings
        self._conditions = conditions

    def read(self, node: Node | None) -> tuple[Stage, ...]:
        """In the order of the document; nothing when the part is absent: the usual graph."""
        if node is None:
            return ()
        if isinstance(node, Leaf):
            return self._preset(node)
        said: dict[str, _Said] = {}
        called: dict[str, Leaf] = {}
        for name, key, value in named_entries(self._findings, node, "stages", _EXAMPLE):
            path = inside("stages", name)
            if isinstance(value, Leaf) and value.value is None:
                self._findings.error(
                    Code.EMPTY, key, path, problem="a word that says nothing", why=f"`{name}` has no value.",
                    remedy=f"Write `{name}: {{to: ...}}`, or `{name}: {{}}` where nothing follows.",
                )  # fmt: skip
                continue
            section = open_section(self._findings, value, path, WORDS)
            if self._named(key, path, called) and section is not None:
                said[name] = _Said(key, section)
        if isinstance(node, Block) and not node.entries:
            self._findings.error(
                Code.EMPTY, node, "stages", problem="no stages", why="a lead is in one of them always.",
                remedy=f"Write {_EXAMPLE}",
            )  # fmt: skip
        read = [self._stage(name, one, tuple(said), called) for name, one in said.items()]
        stages = [stage for stage in read if stage is not None]
        if stages and len(stages) == len(node.entries if isinstance(node, Block) else ()):
            if not any(stage.start for stage in stages):
                stages[0] = replace(stages[0], start=True)  # where none is marked, a lead begins in the first
            sections, keys = {n: one.section for n, one in said.items()}, {n: one.key for n, one in said.items()}
            tell_paths(self._findings, stages, sections, keys)
        return tuple(stages)

    def _preset(self, node: Leaf) -> tuple[Stage, ...]:
        if node.said in PRESETS:
            return PRESETS[node.said]
        self._findings.error(
            Code.STAGE_NAME, node, "stages", problem="stages that nobody knows", why=f"this is {shape(node)}.",
            remedy=f"{did_you_mean(node.said, tuple(PRESETS))} Or write them out by name.",
        )  # fmt: skip
        return ()

    def _named(self, key: Leaf, path: str, called: dict[str, Leaf]) -> bool:
        if not _NAME.fullmatch(key.said):
            self._findings.error(
                Code.NAME, key, path, problem="not a name of a stage", why=f"this is {shape(key)}.",
                remedy="Write letters, digits, spaces, - and /, at most 64 of them: first contact.",
            )  # fmt: skip
            return False
        return self._once(key, key.said, path, called)

    def _once(self, where: Leaf, name: str, path: str, called: dict[str, Leaf]) -> bool:
        """Each name means one stage, however it is capitalised."""
        first = called.setdefault(name.casefold(), where)
        if first is where:
            return True
        self._findings.error(
            Code.NAME_TWICE, where, path, problem="a name used twice",
            why=f"it is on line {first.at.line} already; a report could mean either stage.",
            remedy="Give one of them another name.",
        )  # fmt: skip
        return False

    def _stage(self, name: str, said: _Said, names: tuple[str, ...], called: dict[str, Leaf]) -> Stage | None:
        section, broken = said.section, len(self._findings.in_order())
        to, onward = self._followers(section, name, names), self._onward(section, name, names)
        also = self._also(section, called)
        deal_said = self._yes(section, "deal")
        stage = Stage(
            name=name,
            to=tuple(dict.fromkeys((*to, *([onward] if onward else ())))),
            by=self._events(section),
            start=bool(self._yes(section, "start")),
            goes_on_to=onward,
            also=also,
            of=self._text(section, "of"),
            deal=not IN_A_DEAL.isdisjoint(one.casefold() for one in (name, *also)) if deal_said is None else deal_said,
            role=self._text(section, "role"),
            task=self._text(section, "task"),
            stuck_after_ms=self._length(section, "stuck after"),
            idle_after_ms=self._length(section, "idle after"),
            when=self._gate(section),
        )
        return stage if len(self._findings.in_order()) == broken else None

    def _followers(self, section: Section, name: str, names: tuple[str, ...]) -> tuple[str, ...]:
        node = section.get("to")
        if node is None:
            return ()
        if isinstance(node, Leaf) and node.said == ANY:
            return tuple(one for one in names if one != name)
        items = each(node)
        if read_texts(self._findings, node, section.at("to")) is None:
            return ()
        return tuple(
            item.said for item in items if isinstance(item, Leaf) and self._known(item, section.at("to"), name, names)
        )

    def _onward(self, section: Section, name: str, names: tuple[str, ...]) -> str:
        node = section.get("goes on to")
        if node is None or read_text(self._findings, node, section.at("goes on to")) is None:
            return ""
        known = isinstance(node, Leaf) and self._known(node, section.at("goes on to"), name, names)
        return node.said if known and isinstance(node, Leaf) else ""

    def _known(self, item: Leaf, path: str, name: str, names: Collection[str]) -> bool:
        if item.said in names and item.said != name:
            return True
        itself = item.said == name
        self._findings.error(
            Code.STAGE_NAME, item, path,
            problem="a stage that follows itself" if itself else "a stage that is not declared",
            why="a lead that stays where it is moves nowhere." if itself
            else f"nothing named `{item.said}` is under stages.",
            remedy="Remove it." if itself else did_you_mean(item.said, names),
        )  # fmt: skip
        return False

    def _events(self, section: Section) -> tuple[Enters, ...]:
        node = section.get("by")
        if node is None or read_texts(self._findings, node, section.at("by")) is None:
            return ()
        items = each(node)
        for item in items:
            if isinstance(item, Leaf) and item.said not in EVENTS:
                self._findings.error(
                    Code.STAGE, item, section.at("by"), problem="an event that enters no stage",
                    why=f"this is {shape(item)}.", remedy=did_you_mean(item.said, EVENTS),
                )  # fmt: skip
        said = [item.said for item in items if isinstance(item, Leaf)]
        return tuple(dict.fromkeys(Enters(one) for one in said if one in EVENTS))

    def _also(self, section: Section, called: dict[str, Leaf]) -> tuple[str, ...]:
        node = section.get("also")
        names = None if node is None else read_texts(self._findings, node, section.at("also"))
        if node is None or names is None:
            return ()
        for item in each(node):
            if isinstance(item, Leaf):
                self._once(item, item.said, section.at("also"), called)
        return names

    def _gate(self, section: Section) -> Condition | None:
        node = section.get("when")
        if node is None:
            return None
        if isinstance(node, Block) and node.entries:
            return self._conditions.block(node, section.at("when"), About.LEAD)
        self._findings.error(
            Code.SHAPE, node, section.at("when"), problem="a stage is entered on conditions",
            why=f"this is {shape(node)}.", remedy="Write {budget_ok: true, did: meeting}.",
        )  # fmt: skip
        return None

    def _yes(self, section: Section, word: str) -> bool | None:
        node = section.get(word)
        return None if node is None else read_yes_no(self._findings, node, section.at(word))

    def _text(self, section: Section, word: str) -> str:
        node = section.get(word)
        return (None if node is None else read_text(self._findings, node, section.at(word))) or ""

    def _length(self, section: Section, word: str) -> DurationMs | None:
        node = section.get(word)
        return None if node is None else read_duration(self._findings, node, section.at(word))
