"""What they do: the rules, groups and limit under `engagement`."""

from msgspec import Struct

from schemas.scoring_model import Rule
from schemas.units import DurationMs, Micro
from streams.model.conditions import ConditionReader
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.rules import each_value, open_rule, read_conditions, read_worth
from streams.model.touches import read_kinds
from streams.model.words import later
from streams.model.words.names import RESERVED, Names
from streams.model.words.values import read_duration, read_limit, read_name, read_text
from streams.model.yaml.section import Section, did_you_mean, inside, named_entries, open_section
from streams.model.yaml.tree import Leaf, Node

_GROUPS = "a block of groups: `reading: {limit: 25}`."
_RULES = "a block of rules: `saw-prices: {when: page_view, page: /pricing*, points: 4}`."


class Engagement(Struct):
    """As read; where something was broken it is left out, and told."""

    limit: Micro | None = None
    limit_line: int = 0
    groups: dict[str, Micro] = {}
    rules: list[Rule] = []
    named: list[str] = []
    """Every rule, the broken ones too: a word about them is not told twice."""


class EngagementReader:
    """Reads the rules of one model, knowing what they may refer to."""

    def __init__(self, findings: Findings, names: Names, conditions: ConditionReader) -> None:
        self._findings = findings
        self._names = names
        self._conditions = conditions
        self._groups: dict[str, Leaf] = {}
        self._used: set[str] = set()
        self._astray = False
        """Some rule names a group that is not declared: then which are unused is not known."""

    def read(self, node: Node | None) -> Engagement:
        """The whole part; nothing when it is absent."""
        read = Engagement()
        section = node and open_section(
            self._findings, node, "engagement", ("limit", "groups", "rules"), later.ENGAGEMENT
        )
        if not section:
            return read
        if (limit := section.get("limit")) is not None:
            read.limit = read_limit(self._findings, limit, section.at("limit"))
            read.limit_line = limit.at.line
        if (groups := section.get("groups")) is not None:
            read.groups = self._read_groups(groups)
        rules = section.need("rules", f"Write {_RULES}")
        if rules is not None:
            for _, key, value in named_entries(self._findings, rules, "engagement.rules", _RULES):
                found = self._read_rule(key, value)
                read.rules.extend(found)
                read.named.extend((key.said, *(rule.name for rule in found)))
        self._tell_unused()
        return read

    def _read_groups(self, node: Node) -> dict[str, Micro]:
        limits: dict[str, Micro] = {}
        for name, key, value in named_entries(self._findings, node, "engagement.groups", _GROUPS):
            path = inside("engagement.groups", name)
            # A broken group is declared nonetheless, or every rule in it would be told too.
            self._groups[name] = key
            section = open_section(self._findings, value, path, ("limit",))
            if not read_name(self._findings, key, path, RESERVED) or section is None:
                continue
            limit = section.need("limit", "Write {limit: 25}: what all its rules together may give.")
            micro = None if limit is None else read_limit(self._findings, limit, section.at("limit"))
            if micro is not None:
                limits[name] = micro
        return dict(sorted(limits.items()))

    def _read_rule(self, key: Leaf, node: Node) -> list[Rule]:
        """One rule; several where its points stand at values."""
        path = inside("engagement.rules", key.said)
        named = self._names.give(self._findings, key, path)
        section = open_rule(self._findings, self._conditions, node, path)
        if section is None:
            return []
        when = section.need("when", "Say which kind of touch counts: `when: page_view`.")
        kinds = None if when is None else read_kinds(self._findings, when, section.at("when"))
        worth = read_worth(section, self._conditions)
        repeat = self._conditions.repeat(section)
        asks = read_conditions(section, self._conditions)
        limit_node = section.get("limit")
        limit = None if limit_node is None else read_limit(self._findings, limit_node, section.at("limit"))
        group = self._group(section)
        window_ms, half_life_ms = self._length(section, "window"), self._length(section, "half_life")
        if not named or kinds is None or worth is None or repeat is None or asks is None or group is None:
            return []
        fields, where, gate = asks
        rule = Rule(
            name=key.said, when=kinds, points=worth if isinstance(worth, int) else 0, page=fields.get("page", ()),
            channel=fields.get("channel", ()), source=fields.get("source", ()), campaign=fields.get("campaign", ()),
            group=group, limit=limit, half_life_ms=half_life_ms, window_ms=window_ms, repeat=repeat,
            where=where, gate=gate,
        )  # fmt: skip
        return [rule] if isinstance(worth, int) else each_value(rule, worth)

    def _length(self, section: Section, word: str) -> DurationMs | None:
        node = section.get(word)
        return None if node is None else read_duration(self._findings, node, section.at(word))

    def _group(self, section: Section) -> str | None:
        """Empty when the rule stands alone, None when its group is broken."""
        if "group" not in section:
            return ""
        node = section.get("group")
        name = None if node is None else read_text(self._findings, node, section.at("group"))
        if name is None or node is None:
            return None
        self._used.add(name)
        if name in self._groups:
            return name
        self._astray = True
        self._findings.error(
            Code.GROUP, node, section.at("group"),
            problem="a group that is not declared",
            why=f"nothing named `{name}` is under engagement.groups, so it has no limit.",
            remedy=did_you_mean(name, list(self._groups)) if self._groups
            else f"Declare it: `groups: {{{name}: {{limit: 25}}}}`.",
        )  # fmt: skip
        return None

    def _tell_unused(self) -> None:
        for name, key in self._groups.items():
            if name not in self._used and not self._astray:
                self._findings.warning(
                    Code.GROUP_UNUSED, key, inside("engagement.groups", name),
                    problem="a group without rules", why="its limit holds nothing.",
                    remedy=f"Write `group: {name}` on a rule, or remove it.",
                )  # fmt: skip
