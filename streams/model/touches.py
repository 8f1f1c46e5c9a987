"""Which touches a rule counts and how often: kinds, pages, channels, sources, campaigns, repeats."""

import re
from collections.abc import Collection

from schemas.scoring_model import Repeat
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.words.kinds import KNOWN_KINDS
from streams.model.words.values import read_texts
from streams.model.yaml.section import Section, inside, nearest, shape
from streams.model.yaml.tree import Leaf, Node, Row

MOST_KEPT = 100
"""Times of touches a rule may ask a lead to remember: per day, or in a burst."""

_PER_PROP = re.compile(r"once per (\w[\w.-]*)")
_PER_DAY = re.compile(r"([0-9]{1,9}) per day")


def read_kinds(findings: Findings, node: Node, path: str) -> tuple[str, ...] | None:
    """One kind of touch or several; a kind nobody sends as we know is asked about."""
    kinds = read_texts(findings, node, path)
    if kinds is None:
        return None
    places = {item.said: item for item in (node.items if isinstance(node, Row) else [node]) if isinstance(item, Leaf)}
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


def read_globs(section: Section, word: str) -> tuple[str, ...] | None:
    """Texts with `*`, one or a list; () when the word is absent, None when it is broken. Case is ignored."""
    if word not in section:
        return ()
    node = section.get(word)
    texts = None if node is None else read_texts(section.findings, node, section.at(word))
    return None if texts is None else tuple(sorted({text.casefold() for text in texts}))


def read_pages(section: Section) -> tuple[str, ...] | None:
    """As `read_globs`; a page is a path."""
    pages = read_globs(section, "page")
    wrong = next((page for page in pages or () if not page.startswith(("/", "*")) or "?" in page), None)
    if wrong is None:
        return pages
    node = section.block.entries["page"][1]
    items = node.items if isinstance(node, Row) else [node]
    where = next(item for item in items if isinstance(item, Leaf) and item.said.casefold() == wrong)
    question = "?" in wrong
    path = "/" + wrong.partition("//")[2].partition("/")[2] if "//" in wrong else "/" + wrong.lstrip("/")
    section.findings.error(
        Code.PAGE, where, section.at("page"),
        problem="a page is a path",
        why="what follows a ? is cut before a touch is scored." if question else "no path begins like this.",
        remedy=f"Write {path.partition('?')[0]}{'*' if question else ''}",
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
    if per_prop := _PER_PROP.fullmatch(said):
        return _per_prop(findings, node, path, per_prop[1], keep_props)
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


def _per_prop(
    findings: Findings, node: Node, path: str, prop: str, keep_props: Collection[str] | None
) -> Repeat | None:
    if keep_props is None or prop in keep_props:
        return Repeat(per_prop=prop)
    near = nearest(prop, sorted(keep_props))
    findings.error(
        Code.PROPERTY, node, path,
        problem="a property that is cut off before scoring",
        why=f"`{prop}` is not among the properties that are kept.",
        remedy=f"{f'Did you mean {near}? Or ask' if near else 'Ask'} the operator to add `{prop}` "
        "to the setting keep_props (TOUCHLINE_KEEP_PROPS).",
        part=prop,
    )  # fmt: skip
    return None
