"""Which touches a rule counts and how often: kinds, pages, channels, sources, campaigns, repeats."""

import re
from collections.abc import Collection

from schemas.scoring_model import Repeat
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings, Placed
from streams.model.words.kinds import KNOWN_KINDS
from streams.model.words.values import read_texts
from streams.model.yaml.section import Section, inside, nearest, shape
from streams.model.yaml.tree import Leaf, Node, each

MOST_KEPT = 100
"""Times of touches a rule may ask a lead to remember: per day, or in a burst."""

_PER_PROP = re.compile(r"once per (\w[\w.-]*)")
_PERIODS = frozenset(f"once per {period}" for period in ("hour", "week", "month", "quarter", "year"))
_PER_DAY = re.compile(r"([0-9]{1,9}) per day")


def read_kinds(findings: Findings, node: Node, path: str) -> tuple[str, ...] | None:
    """One kind of touch or several; a kind nobody sends as we know is asked about."""
    kinds = read_texts(findings, node, path)
    if kinds is None:
        return None
    places = {item.said: item for item in each(node) if isinstance(item, Leaf)}
    for kind in kinds:
        if "*" in kind:
            findings.error(
                Code.KIND, places[kind], path,
                problem="a kind is named in full", why="* stands for any characters in pages and texts only.",
                remedy="List the kinds: [email_open, email_click].",
            )  # fmt: skip
            return None
        if kind not in KNOWN_KINDS:
            near = nearest(kind, KNOWN_KINDS)
            findings.warning(
                Code.UNKNOWN_KIND, places[kind], path,
                problem="unknown kind of touch",
                why=f"no preset or adapter sends it.{f' Did you mean {near}?' if near else ''}",
                remedy="" if near else "It counts as soon as a producer sends touches of exactly this kind.",
            )  # fmt: skip
    return tuple(sorted(kinds))


def read_globs(findings: Findings, node: Node, path: str) -> tuple[str, ...] | None:
    """Texts with `*`, one or a list; None when broken. Case is ignored."""
    texts = read_texts(findings, node, path)
    return None if texts is None else tuple(sorted({text.casefold() for text in texts}))


def read_pages(findings: Findings, node: Node, path: str) -> tuple[str, ...] | None:
    """As `read_globs`; a page is a path."""
    pages = read_globs(findings, node, path)
    wrong = next((page for page in pages or () if not page.startswith(("/", "*")) or "?" in page), None)
    if wrong is None:
        return pages
    items = each(node)
    where = next(item for item in items if isinstance(item, Leaf) and item.said.casefold() == wrong)
    question = "?" in wrong
    page = "/" + wrong.partition("//")[2].partition("/")[2] if "//" in wrong else "/" + wrong.lstrip("/")
    findings.error(
        Code.PAGE, where, path,
        problem="a page is a path",
        why="what follows a ? is cut before a touch is scored." if question else "no path begins like this.",
        remedy=f"Write {page.partition('?')[0]}{'*' if question else ''}",
    )  # fmt: skip
    return None


def read_repeat(section: Section, keep_props: Collection[str] | None) -> Repeat | None:
    """How often a rule counts; every time when the word is absent, None when it is broken."""
    if "repeat" not in section:
        return Repeat()
    findings, node, path = section.findings, section.get("repeat"), inside(section.path, "repeat")
    if node is None:
        return None
    said = node.said if isinstance(node, Leaf) else ""
    if said in ("once", "every time"):
        return Repeat(once=said == "once")
    if said == "once per day":
        return Repeat(per_day=1)
    if said in _PERIODS:
        findings.error(
            Code.REPEAT, node, path,
            problem="not a way to repeat", why="times are counted by the day.",
            remedy="Write `once per day`, and `limit:` with `window:` for the rest: {limit: 5, window: 7d}.",
        )  # fmt: skip
        return None
    if per_prop := _PER_PROP.fullmatch(said):
        kept = keeps_prop(findings, node, path, per_prop[1], keep_props)
        return Repeat(per_prop=per_prop[1]) if kept else None
    per_day = _PER_DAY.fullmatch(said)
    if per_day and 1 <= int(per_day[1]) <= MOST_KEPT:
        return Repeat(per_day=int(per_day[1]))
    findings.error(
        Code.REPEAT, node, path,
        problem="not a way to repeat",
        why=f"{per_day[1]} a day cannot be kept." if per_day else f"this is {shape(node)}.",
        remedy=f"Write from 1 to {MOST_KEPT} per day." if per_day
        else "Write `once`, `once per video` (any property), `3 per day` or `every time`.",
    )  # fmt: skip
    return None


def keeps_prop(findings: Findings, where: Placed, path: str, prop: str, keep_props: Collection[str] | None) -> bool:
    """Does the property reach the log? If not, that is told."""
    if keep_props is None or prop in keep_props:
        return True
    near = nearest(prop, sorted(keep_props))
    findings.error(
        Code.PROPERTY, where, path,
        problem="a property that is cut off before scoring",
        why=f"`{prop}` is not among the properties that are kept.",
        remedy=f"{f'Did you mean {near}? Or ask' if near else 'Ask'} the operator to add `{prop}` "
        "to the setting keep_props (TOUCHLINE_KEEP_PROPS).",
        part=prop,
    )  # fmt: skip
    return False
