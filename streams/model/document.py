"""A model document as a whole: from its text to its compiled meaning, or everything that is wrong with it."""

from collections.abc import Collection

from msgspec import Struct

from schemas.scoring_model import Criterion, Label, Rule, ScoringModel
from streams.model.engagement import Engagement, EngagementReader
from streams.model.facts import read_facts
from streams.model.findings.codes import Code
from streams.model.findings.finding import Finding, Findings
from streams.model.fit import Fit, read_completeness, read_fit
from streams.model.handoff import Reach, read_handoff
from streams.model.heading import read_heading
from streams.model.labels import read_labels, tell_unreachable_labels
from streams.model.reach import most_engagement, most_fit
from streams.model.velocity import Velocity, read_velocity
from streams.model.words import later
from streams.model.words.names import Names
from streams.model.yaml.section import Section
from streams.model.yaml.text import read_tree

WORDS = (
    "model", "version", "starts", "time_zone", "agreed", "facts", "trust", "engagement", "fit", "completeness",
    "velocity", "labels", "handoff",
)  # fmt: skip


class Reading(Struct, frozen=True):
    """What came of reading a document."""

    model: ScoringModel | None
    """None when any finding is an error."""
    findings: tuple[Finding, ...]
    """Errors and warnings, by position."""


def review_model(text: str, keep_props: Collection[str] | None = None) -> Reading:
    """Read a document. `keep_props`: properties that reach the log; None: not checked. Never raises."""
    findings = Findings()
    root = read_tree(text.removeprefix("\ufeff"), findings)
    model = None if root is None else _read(Section(findings, root, "", WORDS, later.TOP), keep_props)
    return Reading(None if findings.refused else model, findings.in_order())


def _read(top: Section, keep_props: Collection[str] | None) -> ScoringModel:
    findings, names = top.findings, Names()
    heading = read_heading(top)
    facts = read_facts(findings, top.get("facts"))
    what_they_do = top.need("engagement", "Write `engagement:` and under it `rules:`: what counts, and for how much.")
    engagement = EngagementReader(findings, names, facts.lines, keep_props).read(what_they_do)
    fit = read_fit(findings, names, facts, top.get("fit"))
    completeness = read_completeness(findings, facts, top.get("completeness"))
    velocity = read_velocity(findings, names, top.get("velocity"))
    temperature, grade = read_labels(findings, top.get("labels"))
    # With something broken above, what the rules can give is not known: one fault is told once.
    reach = None if findings.refused else _reach(engagement, fit, velocity)
    if reach is not None:
        _tell_labels(top, reach, temperature, grade)
    handoff = read_handoff(findings, top.get("handoff"), reach)
    if "handoff" not in top:
        _tell_no_handoff(top, velocity)
    return ScoringModel(
        model=heading.model,
        version=heading.version,
        starts_ms=heading.starts_ms,
        time_zone=heading.time_zone,
        facts=tuple(sorted(facts.declared.values(), key=lambda fact: fact.name)),
        trust=heading.trust,
        limit=engagement.limit,
        groups=engagement.groups,
        rules=tuple(sorted(engagement.rules, key=_most_worth_first)),
        primary=tuple(sorted(fit.primary, key=_most_worth_first)),
        secondary=tuple(sorted(fit.secondary, key=_most_worth_first)),
        completeness=completeness,
        bursts=tuple(sorted(velocity.bursts, key=lambda burst: burst.name)),
        surges=tuple(sorted(velocity.surges, key=lambda surge: surge.name)),
        temperature=temperature,
        grade=grade,
        handoff=handoff,
    )


def _most_worth_first(counted: Rule | Criterion) -> tuple[int, str]:
    """The order of a document says nothing, so the compiled order is one: that in which people ask about points."""
    by_value = counted.by_value.values() if isinstance(counted, Criterion) else ()
    return -max(by_value, default=counted.points), counted.name


def _reach(engagement: Engagement, fit: Fit, velocity: Velocity) -> Reach:
    return Reach(
        most_engagement(engagement.limit, engagement.groups, engagement.rules, velocity.bursts),
        most_fit((*fit.primary, *fit.secondary)),
        engagement.limit,
        engagement.limit_line,
    )


def _tell_labels(top: Section, reach: Reach, temperature: tuple[Label, ...], grade: tuple[Label, ...]) -> None:
    if "labels" in top:
        node = top.block.entries["labels"][1]
        tell_unreachable_labels(top.findings, node, "temperature", temperature, reach.engagement)
        tell_unreachable_labels(top.findings, node, "grade", grade, reach.fit)


def _tell_no_handoff(top: Section, velocity: Velocity) -> None:
    for path, where in velocity.hands_off:
        top.findings.error(
            Code.HANDOFF_NONE, where, path,
            problem="a trigger without a hand-off",
            why="this model has no `handoff`, so nothing says which leads may go to sales.",
            remedy="Write `handoff: {when: {engagement: 40 or more, fit: 20 or more}}`, or remove this word.",
        )  # fmt: skip
