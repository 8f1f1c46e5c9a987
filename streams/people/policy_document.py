"""An identity policy as people write it: from its text to the policy, or everything that is wrong with it."""

import msgspec
from msgspec import Struct

from streams.model.findings.codes import Code
from streams.model.findings.finding import Finding, Findings
from streams.model.findings.kind import Kind
from streams.model.words.values import read_whole, read_yes_no
from streams.model.yaml.section import Section, inside, named_entries, nearest, open_section, shape
from streams.model.yaml.text import read_tree
from streams.model.yaml.tree import Leaf, Node, each
from streams.people.identity import STRENGTH
from streams.people.normal_forms import namespace_form
from streams.people.policy import OTHERS, RULES, IdentityPolicy, Rule
from streams.people.policy_patterns import read_pattern

POLICY = Kind(
    "identity policy", "identity policies",
    "Begin with `namespaces:`; a complete one, with what holds by default, is deploy/identity.yaml.",
)  # fmt: skip

WORDS = ("namespaces", "most_identities", "plus_tags", "shared", "blocked")
RULE_WORDS = ("strong", "shared", "most_per_lead", "shared_after")
KNOWN = ("crm:*", *STRENGTH, OTHERS)

MOST_PER_LEAD = 1_000
MOST_IDENTITIES = 10_000
MOST_REFUSALS = 1_000_000
MOST_PATTERNS = 500
"""Of one namespace: each new identity is compared with all."""


class PolicyReading(Struct, frozen=True):
    """What came of reading a document."""

    policy: IdentityPolicy | None
    """None when any finding is an error."""
    findings: tuple[Finding, ...]
    """Errors and warnings, by position."""


def read_policy(text: str) -> IdentityPolicy | list[Finding]:
    """The policy, or all findings of a document that has errors. Never raises."""
    reading = review_policy(text)
    return list(reading.findings) if reading.policy is None else reading.policy


def review_policy(text: str) -> PolicyReading:
    """Read a document; what it does not say is as by default. Never raises."""
    findings = Findings(POLICY)
    root = read_tree(text.removeprefix("\ufeff"), findings)
    policy = None if root is None else _read(Section(findings, root, "", WORDS, {}))
    return PolicyReading(None if findings.refused else policy, findings.in_order())


def _read(top: Section) -> IdentityPolicy:
    findings, usual = top.findings, IdentityPolicy()
    total = top.get("most_identities")
    most = None if total is None else read_whole(findings, total, "most_identities", least=2, most=MOST_IDENTITIES)
    most = usual.most_identities if most is None else most
    tags = top.get("plus_tags")
    shared, blocked = top.get("shared"), top.get("blocked")
    namespaces = top.get("namespaces")
    return IdentityPolicy(
        rules=RULES | (_rules(findings, namespaces, most) if namespaces is not None else {}),
        most_identities=most,
        blocked=usual.blocked | (_patterns(findings, blocked, "blocked") if blocked is not None else {}),
        shared=usual.shared | (_patterns(findings, shared, "shared") if shared is not None else {}),
        fold_plus=usual.fold_plus if tags is None else _folds(findings, tags),
    )


def _folds(findings: Findings, node: Node) -> bool:
    said = node.value if isinstance(node, Leaf) else None
    if said not in ("apart", "fold"):
        findings.error(
            Code.SHAPE, node, "plus_tags", problem="apart or fold expected", why=f"this is {shape(node)}.",
            remedy="Write `apart`: ann+shop@x.com and ann@x.com are two; or `fold`: they are one.",
        )  # fmt: skip
    return said == "fold"


def _rules(findings: Findings, node: Node, most: int) -> dict[str, Rule]:
    rules = {}
    for name, key, said in named_entries(findings, node, "namespaces", "`email: {strong: true, most_per_lead: 5}`."):
        path = inside("namespaces", name)
        if not _is_namespace(findings, key, path):
            continue
        section = open_section(findings, said, path, RULE_WORDS)
        if section is not None:
            rules[name] = _rule(section, RULES.get("crm:*" if name.startswith("crm:") else name, Rule()), most)
    return rules


def _rule(section: Section, usual: Rule, most: int) -> Rule:
    """One line; words it leaves out are as by default for that namespace."""
    findings, said = section.findings, usual
    strong, shared = section.get("strong"), section.get("shared")
    per_lead, after = section.get("most_per_lead"), section.get("shared_after")
    if strong is not None and (yes := read_yes_no(findings, strong, section.at("strong"))) is not None:
        said = msgspec.structs.replace(said, strong=yes, shared_after=0 if yes else said.shared_after)
    if shared is not None and (yes := read_yes_no(findings, shared, section.at("shared"))) is not None:
        said = msgspec.structs.replace(said, shared=yes, strong=said.strong and (strong is not None or not yes))
        if said.shared and said.strong:
            findings.error(
                Code.BOTH, shared, section.at("shared"),
                problem="strong and shared at once",
                why="what several people use cannot tell two people apart.",
                remedy="Remove `strong: true`, or write `shared: false`.",
            )  # fmt: skip
    if per_lead is not None:
        path = section.at("most_per_lead")
        count = read_whole(findings, per_lead, path, least=1, most=MOST_PER_LEAD)
        said = msgspec.structs.replace(said, most_per_lead=said.most_per_lead if count is None else count)
        if count is not None and count > most:
            findings.warning(
                Code.NO_EFFECT, per_lead, path,
                problem="a limit that nobody reaches",
                why=f"a lead has at most {most} identities of all namespaces together.",
                remedy="Lower this number, or raise `most_identities`.",
            )  # fmt: skip
    if after is not None:
        path = section.at("shared_after")
        count = read_whole(findings, after, path, least=0, most=MOST_REFUSALS)
        said = msgspec.structs.replace(said, shared_after=said.shared_after if count is None else count)
        if count and (said.strong or said.shared):
            findings.warning(
                Code.NO_EFFECT, after, path,
                problem="a word without effect",
                why=f"only a weak identity is refused and, in the end, taken for shared; this one is "
                f"{'strong' if said.strong else 'shared already'}.",
                remedy="Remove `shared_after`.",
            )  # fmt: skip
    return said


def _is_namespace(findings: Findings, key: Leaf, path: str) -> bool:
    name = key.said
    if name in KNOWN:
        return True
    if namespace_form(name) != name or name == "lead":
        why = "a lead is named outright, and is nobody's identity." if name == "lead" else f"this is {shape(key)}."
        near = nearest(name, KNOWN)
        findings.error(
            Code.NAMESPACE, key, path,
            problem="not a namespace", why=why,
            remedy=f"Did you mean {near}?" if near else "Write it as producers do: lower case, letters and digits; "
            "`crm:bitrix` for one CRM, `crm:*` for all, `others` for all that have no line.",
        )  # fmt: skip
        return False
    if not name.startswith("crm:") and (near := nearest(name, KNOWN)):
        findings.warning(
            Code.NEAR_NAMESPACE, key, path,
            problem=f"a namespace nearly called {near}",
            why=f"producers who write `{near}` are not meant by this line.",
            remedy=f"Did you mean {near}?",
        )  # fmt: skip
    return True


def _patterns(findings: Findings, node: Node, word: str) -> dict[str, tuple[str, ...]]:
    patterns = {}
    for name, key, said in named_entries(findings, node, word, "`email: [info@*, sales@*]`."):
        path = inside(word, name)
        if not _is_namespace(findings, key, path):
            continue
        if name in ("crm:*", OTHERS):
            findings.error(
                Code.NAMESPACE, key, path,
                problem="one namespace expected", why=f"`{name}` stands for many, whose values are unlike.",
                remedy="Write one line for each namespace: crm:bitrix, anonymous.",
            )  # fmt: skip
            continue
        items = each(said)
        if len(items) > MOST_PATTERNS:
            findings.error(
                Code.COUNT, said, path,
                problem="too many patterns", why=f"{len(items)}; each new identity is compared with all of them.",
                remedy=f"Write at most {MOST_PATTERNS}; `*` stands for any text.",
            )  # fmt: skip
            continue
        read = [read_pattern(findings, item, name, path) for item in items]
        patterns[name] = tuple(dict.fromkeys(pattern for pattern in read if pattern is not None))
    return patterns
