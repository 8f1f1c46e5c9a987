"""Levels that nobody can hold, or that nobody is ever shown at: they would promise what never comes."""

from schemas.condition import Did
from schemas.scoring_model import Level
from streams.model.combining import parts_of
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.handoff import Reach
from streams.model.words.values import said_points
from streams.model.yaml.section import Section, inside
from streams.model.yaml.tree import Leaf


def asks_nothing(level: Level) -> bool:
    """Does everybody hold it who did nothing?"""
    return level == Level(name=level.name, without=level.without)


def tell_unreachable(section: Section, level: Level, reach: Reach | None) -> None:
    """Lines above what the rules give, and touches both asked for and ruled out."""
    if reach is not None:
        for word, line, most in (
            ("engagement", level.engagement, reach.engagement),
            ("fit", level.fit, reach.fit),
        ):
            if line is not None and most is not None and line > most:
                counted = "rules" if word == "engagement" else "criteria"
                section.findings.error(
                    Code.UNREACHABLE, section.block.entries[word][1], section.at(word),
                    problem="nobody can reach this level",
                    why=f"the {counted} in force can give at most {said_points(most)}.",
                    remedy="Raise the limit or lower the line." if reach.limit == most else "Add "
                    f"{counted} or lower the line.",
                )  # fmt: skip
    if level.where is None:
        return
    for part in parts_of(level.where):
        if isinstance(part, Did) and set(part.kinds) <= set(level.without):
            section.findings.error(
                Code.UNREACHABLE, section.block.entries["without"][1], section.at("without"),
                problem="nobody can reach this level",
                why=f"whoever did {' or '.join(part.kinds)} is in it, and is out of it for the same.",
                remedy="Keep one of `did` and `without`.",
            )  # fmt: skip


def tell_hidden(findings: Findings, levels: list[Level], keys: list[Leaf]) -> None:
    """The last level that holds is a lead's: one that asks no less than a later one is never anybody's."""
    for at, level in enumerate(levels):
        later = next((other for other in levels[at + 1 :] if _implies(level, other)), None)
        if later is not None:
            findings.error(
                Code.HIDDEN, keys[at], inside("levels", level.name),
                problem="nobody can be at this level",
                why=f"the last one that holds counts, and `{later.name}` further down asks no more than this.",
                remedy="Write levels lowest first, or let the later one ask for more.",
            )  # fmt: skip


def _implies(level: Level, other: Level) -> bool:
    """Does whoever holds the one hold the other?"""
    if level.means or other.means:
        return level.means == other.means or (level.means, other.means) == ("accepted", "offered")
    return (
        (other.engagement is None or (level.engagement is not None and level.engagement >= other.engagement))
        and (other.fit is None or (level.fit is not None and level.fit >= other.fit))
        and set(other.without) <= set(level.without)
        and (level.primary or not other.primary)
        and all(level.frameworks.get(name, 0) >= count for name, count in other.frameworks.items())
        and (
            other.where is None
            or (level.where is not None and set(parts_of(other.where)) <= set(parts_of(level.where)))
        )
    )
