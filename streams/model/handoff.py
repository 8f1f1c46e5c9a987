"""When a lead is handed to sales, and when it may be again: the part under `handoff`."""

from msgspec import Struct

from schemas.scoring_model import NO_LINE, HandoffLine
from schemas.units import DAY_MS, Micro
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.words import later
from streams.model.words.values import read_duration, read_line, read_points, read_texts, read_yes_no, said_points
from streams.model.yaml.section import Section, did_you_mean, open_section
from streams.model.yaml.tree import Leaf, Node, each

NOT_WITHIN_MS = 14 * DAY_MS
"""Where a model does not say how long a lead rests."""

KNOWN_NEVER = ("in a deal", "no consent", "unqualified")


class Reach(Struct, frozen=True):
    """The most that the rest of the model can give."""

    engagement: Micro | None
    fit: Micro
    limit: Micro | None
    limit_line: int


def read_handoff(findings: Findings, node: Node | None, reach: Reach | None) -> HandoffLine | None:
    """The lines; None when there are none, or they are broken. Without a reach it is not compared."""
    section = node and open_section(findings, node, "handoff", ("when", "again", "never", "partners"), later.HANDOFF)
    if not section:
        return None
    when = section.need("when", "Write `when: {engagement: 40 or more, fit: 20 or more}`.")
    never = _read_never(section)
    said = section.get("partners")
    partners = False if said is None else read_yes_no(findings, said, section.at("partners"))
    path = section.at("when")
    lines = None if when is None else open_section(findings, when, path, ("engagement", "fit"), later.HANDOFF_WHEN)
    if lines is None:
        return None
    engagement = _read_engagement(lines, reach)
    fit = _read_fit(lines, reach)
    rearm_under, not_within_ms = _read_again(section, engagement, lines)
    if engagement is None or fit is None or rearm_under is None or not_within_ms is None:
        return None
    if never is None or partners is None:
        return None
    return HandoffLine(
        engagement=engagement,
        fit=fit,
        rearm_under=rearm_under,
        not_within_ms=not_within_ms,
        never=never,
        partners=partners,
    )


def _read_engagement(lines: Section, reach: Reach | None) -> Micro | None:
    findings, path = lines.findings, lines.at("engagement")
    if "engagement" not in lines:
        findings.error(
            Code.HANDOFF_ENGAGEMENT, lines.block, lines.path,
            problem="a hand-off needs an engagement line", why="facts alone do not show that a lead wants something.",
            remedy="Write {engagement: 40 or more, fit: 20 or more}.",
        )  # fmt: skip
        return None
    node = lines.get("engagement")
    line = None if node is None else read_line(findings, node, path)
    if node is None or line is None:
        return None
    if line <= 0:
        tell_everybody(lines, "engagement")
    elif reach is not None:
        tell_above_reach(lines, "engagement", line, reach)
    return line


def _read_fit(lines: Section, reach: Reach | None) -> Micro | None:
    if "fit" not in lines:
        return NO_LINE
    node = lines.get("fit")
    line = None if node is None else read_line(lines.findings, node, lines.at("fit"))
    if line is not None and reach is not None:
        tell_above_reach(lines, "fit", line, reach)
    return line


def tell_everybody(lines: Section, word: str) -> None:
    """A line of 0 or less."""
    lines.findings.error(
        Code.HANDOFF_ENGAGEMENT, lines.block.entries[word][1], lines.at(word),
        problem="a line that everybody is above", why="every lead would be handed off at its first touch.",
        remedy="Write a number above 0: 40 or more.",
    )  # fmt: skip


def tell_above_reach(lines: Section, word: str, line: Micro, reach: Reach) -> None:
    """A line above the most that rules or criteria give; nothing is told of one that can be met."""
    most = reach.engagement if word == "engagement" else reach.fit
    if most is None or line <= most:
        return
    counted = "rules" if word == "engagement" else "criteria"
    limited = word == "engagement" and reach.limit is not None and line > reach.limit
    limit = f"engagement is limited to {said_points(reach.limit or 0)} (line {reach.limit_line}); " if limited else ""
    node = lines.block.entries[word][1]
    lines.findings.error(
        Code.UNREACHABLE, node, lines.at(word),
        problem="nobody can reach this line",
        why=f"{limit}the {counted} in force can give at most {said_points(most)}.",
        remedy="Raise the limit or lower the line." if limited else "Add rules or lower the line.",
        part=node.said.split(" ")[0] if isinstance(node, Leaf) else "",
    )  # fmt: skip


def _read_again(section: Section, line: Micro | None, lines: Section) -> tuple[Micro | None, int | None]:
    """Re-arm line and rest; usual ones where nothing is said."""
    usual = None if line is None else line - line // 4
    node = section.get("again")
    again = None
    if node is not None:
        words = ("after falling under", "and not within")
        again = open_section(section.findings, node, section.at("again"), words)
    if again is None:
        return (usual, NOT_WITHIN_MS) if "again" not in section else (None, None)
    rearm_under, not_within_ms = usual, NOT_WITHIN_MS
    findings = section.findings
    if "after falling under" in again:
        said = again.get("after falling under")
        path = again.at("after falling under")
        rearm_under = None if said is None else read_points(findings, said, path)
        if said is not None and rearm_under is not None and line is not None and usual is not None:
            _check_rearm(findings, said, path, rearm_under, line, lines.block.entries["engagement"][0].at.line)
    if "and not within" in again:
        said = again.get("and not within")
        rest_ms = None if said is None else read_duration(findings, said, again.at("and not within"))
        if rest_ms is None:
            return None, None
        not_within_ms = rest_ms
    return rearm_under, not_within_ms


def _check_rearm(findings: Findings, node: Node, path: str, rearm: Micro, line: Micro, line_no: int) -> None:
    usual = said_points(line - line // 4)
    if rearm >= line:
        findings.error(
            Code.REARM, node, path,
            problem="this hand-off can never re-arm safely",
            why=f"must be under the line in `when` ({said_points(line)}, line {line_no}).",
            remedy=f"A lead at the line would be handed off again by every touch. Usual: 25 % under, here {usual}.",
        )  # fmt: skip
    elif rearm <= 0:
        findings.error(
            Code.REARM, node, path,
            problem="this hand-off can never re-arm",
            why=f"a score that fades never falls under {said_points(rearm)}.",
            remedy=f"Usual: 25 % under the line, here {usual}.",
        )  # fmt: skip


def _read_never(section: Section) -> tuple[str, ...] | None:
    """What holds a hand-off back; () when nothing does."""
    if "never" not in section:
        return ()
    findings, path, node = section.findings, section.at("never"), section.get("never")
    said = None if node is None else read_texts(findings, node, path)
    if said is None or node is None:
        return None
    good = True
    for item in each(node):
        if not isinstance(item, Leaf) or item.said in KNOWN_NEVER:
            continue
        good = False
        findings.error(
            Code.UNKNOWN_WORD, item, path,
            problem="unknown reason", why=f"nothing known as `{item.said}` holds a hand-off back.",
            remedy=did_you_mean(item.said, KNOWN_NEVER),
        )  # fmt: skip
    return tuple(sorted(said)) if good else None
