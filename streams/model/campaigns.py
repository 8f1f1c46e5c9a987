"""What is different for one campaign: its end, its hand-off line, its points. Everything else is as everybody's."""

import re
from collections.abc import Collection

from msgspec import Struct

from schemas.scoring_model import Campaign, Rule
from schemas.units import Micro, Millis
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.handoff import Reach, tell_above_reach, tell_everybody
from streams.model.heading import Heading, read_moment
from streams.model.words.values import read_line, read_points
from streams.model.yaml.section import Section, inside, named_entries, nearest, open_section, shape
from streams.model.yaml.tree import Leaf, Node

WORDS = ("until", "handoff", "rules")
_NAME = re.compile(r"\S(?:[^*\n]{0,98}\S)?")
_EXAMPLE = "a block of campaigns: `ebook-spring: {until: 2027-01-31, rules: {presentation: {points: 8}}}`."


class Campaigns(Struct):
    """As read; where something was broken it is left out, and told."""

    campaigns: list[Campaign] = []
    lines: list[tuple[Section, str, Micro]] = []
    """Every hand-off line with its place."""
    hands_off: list[tuple[str, Leaf]] = []
    """Path and place of every `handoff`."""


class CampaignReader:
    """Reads the campaigns of one model, knowing its rules."""

    def __init__(
        self, findings: Findings, heading: Heading, rules: list[Rule], named: Collection[str], now_ms: Millis | None
    ) -> None:
        self._findings = findings
        self._heading = heading
        self._rules = {rule.name: rule for rule in rules}
        self._named = named
        self._now_ms = now_ms

    def read(self, node: Node | None) -> Campaigns:
        """All of them, by name; nothing when the part is absent."""
        read = Campaigns()
        if node is None:
            return read
        places: dict[str, Leaf] = {}
        for name, key, value in named_entries(self._findings, node, "campaigns", _EXAMPLE):
            path = inside("campaigns", name)
            named = self._name(key, path, places)
            campaign = self._read(read, key, value, path)
            if named and campaign is not None:
                read.campaigns.append(campaign)
        read.campaigns.sort(key=lambda campaign: campaign.name)
        return read

    def _name(self, key: Leaf, path: str, places: dict[str, Leaf]) -> bool:
        first = places.setdefault(key.said.casefold(), key)
        if first is not key:
            self._findings.error(
                Code.NAME_TWICE, key, path,
                problem="a name used twice",
                why=f"case is ignored in campaigns, and `{first.said}` is on line {first.at.line} already.",
                remedy="Keep one of them.",
            )  # fmt: skip
            return False
        if "*" not in key.said and _NAME.fullmatch(key.said):
            return True
        self._findings.error(
            Code.NAME, key, path,
            problem="a campaign is named in full", why=f"this is {shape(key)}, and a lead has one latest campaign.",
            remedy="Write the name that touches carry, without *: ebook-spring.",
        )  # fmt: skip
        return False

    def _read(self, read: Campaigns, key: Leaf, node: Node, path: str) -> Campaign | None:
        section = open_section(self._findings, node, path, WORDS)
        if section is None:
            return None
        until_ms = self._until(section)
        engagement, fit = self._lines(read, section)
        points: dict[str, Micro] = {}
        rules = section.get("rules")
        if rules is not None:
            example = "a block of rules: `presentation: {points: 8}`."
            for name, rule, value in named_entries(self._findings, rules, section.at("rules"), example):
                worth = self._points(key.said, rule, value, inside(section.at("rules"), name))
                if worth is not None:
                    points[name] = worth
        if rules is None and "handoff" not in section and "rules" not in section:
            self._findings.warning(
                Code.NO_EFFECT, key, path,
                problem="a campaign without differences", why="its leads are scored as everybody.",
                remedy="Write `rules:` or `handoff:` under it, or remove it.",
            )  # fmt: skip
        return Campaign(
            name=key.said, until_ms=until_ms, engagement=engagement, fit=fit, points=dict(sorted(points.items()))
        )

    def _until(self, section: Section) -> Millis | None:
        node = section.get("until")
        if node is None:
            return None
        until_ms = read_moment(self._findings, node, section.at("until"), self._heading.time_zone)
        starts_ms = self._heading.starts_ms
        over = self._now_ms is not None and 0 < until_ms <= self._now_ms
        if over or 0 < until_ms <= starts_ms:
            self._findings.warning(
                Code.OVER, node, section.at("until"),
                problem="a campaign that is over",
                why="its day has come: its leads are as everybody's now." if over
                else "it ends before the model starts, so it was never in force.",
                remedy="Give it a later day, or remove it.",
            )  # fmt: skip
        return until_ms

    def _lines(self, read: Campaigns, section: Section) -> tuple[Micro | None, Micro | None]:
        node = section.get("handoff")
        path = section.at("handoff")
        lines = None if node is None else open_section(self._findings, node, path, ("engagement", "fit"))
        if lines is None:
            return None, None
        read.hands_off.append((path, section.block.entries["handoff"][0]))
        found: dict[str, Micro] = {}
        for word in ("engagement", "fit"):
            said = lines.get(word)
            line = None if said is None else read_line(self._findings, said, lines.at(word))
            if said is None or line is None:
                continue
            found[word] = line
            read.lines.append((lines, word, line))
        return found.get("engagement"), found.get("fit")

    def _points(self, campaign: str, key: Leaf, node: Node, path: str) -> Micro | None:
        section = open_section(self._findings, node, path, ("points",))
        if key.said not in self._named:
            near = nearest(key.said, list(self._named))
            self._findings.error(
                Code.RULE, key, path,
                problem="a rule that is not there",
                why=f"nothing named `{key.said}` is under engagement.rules, so the campaign changes nothing.",
                remedy=f"Did you mean {near}?" if near else "A campaign changes points of rules: name one of them.",
            )  # fmt: skip
        elif key.said not in self._rules and any(name.startswith(f"{key.said}.") for name in self._rules):
            first = next(name for name in self._rules if name.startswith(f"{key.said}."))
            self._findings.error(
                Code.RULE, key, path,
                problem="a rule with points by value", why=f"`{key.said}` is one line per value.",
                remedy=f"Name the line: `{first}: {{points: 8}}`.",
            )  # fmt: skip
        elif self._never(campaign, key.said):
            self._findings.error(
                Code.UNREACHABLE, key, path,
                problem="a rule that this campaign never meets",
                why=f"`{key.said}` counts touches of {' or '.join(self._rules[key.said].campaign)} only.",
                remedy="Remove it, or remove `campaign` from the rule.",
            )  # fmt: skip
        said = section and section.need("points", "Write {points: 8}.")
        return None if not said else read_points(self._findings, said, inside(path, "points"))

    def _never(self, campaign: str, rule: str) -> bool:
        globs = self._rules[rule].campaign if rule in self._rules else ()
        patterns = (".*".join(map(re.escape, glob.split("*"))) for glob in globs)
        return bool(globs) and not any(re.fullmatch(pattern, campaign.casefold()) for pattern in patterns)


def tell_lines(read: Campaigns, reach: Reach | None) -> None:
    """Lines of campaigns that everybody is above, or nobody can reach."""
    for lines, word, line in read.lines:
        if word == "engagement" and line <= 0:
            tell_everybody(lines, word)
        elif reach is not None:
            tell_above_reach(lines, word, line, reach)
