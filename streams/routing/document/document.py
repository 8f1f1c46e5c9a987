"""A routing policy as a whole: from its text to its compiled meaning, or everything that is wrong with it."""

from msgspec import Struct

from schemas.routing_policy import Hours, RoutingPolicy
from streams.model.findings.codes import Code
from streams.model.findings.finding import Finding, Findings
from streams.model.findings.kind import Kind
from streams.model.heading import read_zone
from streams.model.words.values import read_name, read_whole
from streams.model.yaml.section import Section
from streams.model.yaml.text import read_tree
from streams.model.yaml.tree import Leaf
from streams.routing.document.people import read_department
from streams.routing.document.promise import DEFAULT, read_follow_up, read_hold, read_promise
from streams.routing.document.rules import read_rules
from streams.routing.document.times import read_holidays, read_hours
from streams.routing.document.working import tell_never_open

POLICY = Kind(
    "routing policy", "routing policies",
    "Begin with `routing: my-policy` and `version: 1`; a complete one is deploy/routing/b2b-sales.yaml.",
)  # fmt: skip

WORDS = (
    "routing", "version", "time_zone", "hours", "holidays", "people", "teams", "partners", "rules",
    "when nobody is free", "respond", "follow up",
)  # fmt: skip


class Reading(Struct, frozen=True):
    """What came of reading a document."""

    policy: RoutingPolicy | None
    """None when any finding is an error."""
    findings: tuple[Finding, ...]
    """Errors and warnings, by position."""


def review_policy(text: str) -> Reading:
    """Read a document. Never raises."""
    findings = Findings(POLICY)
    root = read_tree(text.removeprefix("\ufeff"), findings)
    policy = None if root is None else _read(Section(findings, root, "", WORDS, {}))
    return Reading(None if findings.refused else policy, findings.in_order())


def read_policy(text: str) -> RoutingPolicy | list[Finding]:
    """The policy, or all findings of a document that has errors. Never raises."""
    reading = review_policy(text)
    return list(reading.findings) if reading.policy is None else reading.policy


def _read(top: Section) -> RoutingPolicy | None:
    findings = top.findings
    named = top.need("routing", "Write `routing: my-policy`: its name on every decision.")
    if isinstance(named, Leaf):
        read_name(findings, named, "routing")
    version = top.need("version", "Write `version: 1`, and a greater number for every change.")
    zone = read_zone(findings, top.get("time_zone"))
    hours = read_hours(findings, top.get("hours"), "hours")
    department = read_department(findings, top.get("people"), top.get("teams"), top.get("partners"), zone)
    rules = read_rules(findings, top.need("rules", "Write `rules:`: who gets which leads."), department)
    policy = RoutingPolicy(
        policy=named.said if isinstance(named, Leaf) else "",
        version=(version and read_whole(findings, version, "version", least=1, most=10**9)) or 0,
        time_zone=zone,
        hours=hours or Hours(always=True),
        holidays=read_holidays(findings, top.get("holidays"), "holidays"),
        people=department.people,
        teams=department.teams,
        partners=department.partners,
        rules=rules,
        hold=read_hold(findings, top.get("when nobody is free"), department),
        promise=read_promise(findings, top.get("respond"), department),
        follow_up=read_follow_up(findings, top.get("follow up")),
    )
    if policy.promise is not DEFAULT and policy.promise.working and "hours" not in top:
        findings.warning(
            Code.NO_EFFECT, top.block.entries["respond"][0], "respond", problem="business hours that nobody said",
            why="this policy has no `hours`, so every hour is one.", remedy="Write `hours: {mon-fri: 09:00-18:00}`.",
        )  # fmt: skip
    if not findings.refused:
        tell_never_open(findings, top.block, policy)
    return None if findings.refused else policy
