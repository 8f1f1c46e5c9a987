"""A model document as a whole: from its text to its compiled meaning, or everything that is wrong with it."""

from collections.abc import Collection

import msgspec
from msgspec import Struct

from schemas.scoring_model import Criterion, Label, Rule, ScoringModel
from schemas.units import Millis
from streams.model.campaigns import CampaignReader, Campaigns, tell_lines
from streams.model.conditions import ConditionReader
from streams.model.consent import read_consent
from streams.model.engagement import Engagement, EngagementReader
from streams.model.facts import read_facts
from streams.model.findings.codes import Code
from streams.model.findings.finding import Finding, Findings
from streams.model.fit import Fit, read_completeness, read_fit
from streams.model.frameworks import read_frameworks
from streams.model.handoff import Reach, read_handoff
from streams.model.heading import read_heading
from streams.model.labels import read_labels, tell_unreachable_labels
from streams.model.levels import LevelReader
from streams.model.reach import most_engagement, most_fit
from streams.model.refusals import read_refusals
from streams.model.segments import read_segments
from streams.model.stages import StageReader
from streams.model.velocity import Velocity, read_velocity
from streams.model.words import later
from streams.model.words.names import Names
from streams.model.yaml.section import Section
from streams.model.yaml.text import read_tree
from streams.model.yaml.tree import Leaf

WORDS = (
    "model", "version", "starts", "time_zone", "agreed", "facts", "trust", "engagement", "fit", "completeness",
    "velocity", "labels", "handoff", "allow_sensitive", "frameworks", "segments", "levels", "campaigns",
    "consent", "refusals", "stages",
)  # fmt: skip


class Reading(Struct, frozen=True):
    """What came of reading a document."""

    model: ScoringModel | None
    """None when any finding is an error."""
    findings: tuple[Finding, ...]
    """Errors and warnings, by position."""


def review_model(text: str, keep_props: Collection[str] | None = None, now_ms: Millis | None = None) -> Reading:
    """Read a document. `keep_props`: properties that reach the log; `now_ms`: what is over by then is told.

    None: not checked. Never raises.
    """
    findings = Findings()
    root = read_tree(text.removeprefix("\ufeff"), findings)
    model = None if root is None else _read(Section(findings, root, "", WORDS, later.TOP), keep_props, now_ms)
    return Reading(None if findings.refused else model, findings.in_order())


def _read(top: Section, keep_props: Collection[str] | None, now_ms: Millis | None) -> ScoringModel:
    findings, names = top.findings, Names()
    heading = read_heading(top)
    facts = read_facts(findings, top.get("facts"), top.get("allow_sensitive"))
    conditions = ConditionReader(findings, facts, keep_props)
    what_they_do = top.need("engagement", "Write `engagement:` and under it `rules:`: what counts, and for how much.")
    engagement = EngagementReader(findings, names, conditions).read(what_they_do)
    fit = read_fit(findings, names, conditions, top.get("fit"))
    completeness = read_completeness(findings, facts, top.get("completeness"))
    velocity = read_velocity(findings, names, top.get("velocity"))
    temperature, grade, grid = read_labels(findings, top.get("labels"))
    frameworks = read_frameworks(findings, facts, top.get("frameworks"))
    segments = read_segments(findings, conditions, top.get("segments"))
    campaigns = CampaignReader(findings, heading, engagement.rules, engagement.named, now_ms).read(top.get("campaigns"))
    # With something broken above, what the rules can give is not known: one fault is told once.
    reach = None if findings.refused else _reach(engagement, fit, velocity, campaigns)
    if reach is not None:
        _tell_labels(top, reach, temperature, grade)
    handoff = read_handoff(findings, top.get("handoff"), reach)
    tell_lines(campaigns, reach)
    levels = LevelReader(findings, conditions, frameworks, primary=bool(fit.primary), reach=reach).read(
        top.get("levels")
    )
    consent = read_consent(findings, top.get("consent"))
    refusals = read_refusals(findings, top.get("refusals"))
    stages = StageReader(findings, conditions).read(top.get("stages"))
    if "handoff" not in top:
        _tell_no_handoff(top, [*velocity.hands_off, *campaigns.hands_off, *levels.hands_off])
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
        frameworks=frameworks[0],
        segments=segments,
        levels=tuple(levels.levels),
        fast_paths=tuple(levels.fast_paths),
        campaigns=tuple(campaigns.campaigns),
        grid=grid,
        consent=consent,
        refusals=refusals,
        stages=stages,
    )


def _most_worth_first(counted: Rule | Criterion) -> tuple[int, str]:
    """The order of a document says nothing, so the compiled order is one: that in which people ask about points."""
    by_value = counted.by_value.values() if isinstance(counted, Criterion) else ()
    return -max(by_value, default=counted.points), counted.name


def _reach(engagement: Engagement, fit: Fit, velocity: Velocity, campaigns: Campaigns) -> Reach:
    # Touches of a campaign are lines of their own, beside everybody's.
    variants = [
        msgspec.structs.replace(rule, points=campaign.points[rule.name])
        for campaign in campaigns.campaigns
        for rule in engagement.rules
        if rule.name in campaign.points
    ]
    return Reach(
        most_engagement(engagement.limit, engagement.groups, (*engagement.rules, *variants), velocity.bursts),
        most_fit((*fit.primary, *fit.secondary)),
        engagement.limit,
        engagement.limit_line,
    )


def _tell_labels(top: Section, reach: Reach, temperature: tuple[Label, ...], grade: tuple[Label, ...]) -> None:
    if "labels" in top:
        node = top.block.entries["labels"][1]
        tell_unreachable_labels(top.findings, node, "temperature", temperature, reach.engagement)
        tell_unreachable_labels(top.findings, node, "grade", grade, reach.fit)


def _tell_no_handoff(top: Section, hands_off: list[tuple[str, Leaf]]) -> None:
    for path, where in hands_off:
        top.findings.error(
            Code.HANDOFF_NONE, where, path,
            problem="a trigger without a hand-off",
            why="this model has no `handoff`, so nothing says which leads may go to sales.",
            remedy="Write `handoff: {when: {engagement: 40 or more, fit: 20 or more}}`, or remove this word.",
        )  # fmt: skip
