"""From characters to a tree: what is not YAML at all is told in words, with its place."""

import re

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError

from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings, Place
from streams.model.findings.rendering import LINE_BREAKS
from streams.model.yaml.tree import Block, Leaf, Refused, TreeBuilder

MOST_CHARACTERS = 100_000
"""Twenty times a large model; reading stays a matter of a second or two."""

_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

_CAUSES = (
    ("mapping values are not allowed", "a second `: ` in one value.", "Put the value in quotes, or begin a new line."),
    ("could not find expected ':'", "a word without its colon.", "Write `word: value`, with a space after the colon."),
    ("while scanning a quoted scalar", "a quote that is never closed.", "Close it, or double a quote inside: ''."),
    ("while parsing a flow", "a bracket that is never closed, or a missing comma.", "Close it where its list ends."),
    ("unknown escape character", "a `\\` in double quotes begins an escape.", "Use single quotes."),
)
_OTHERWISE = (
    "the text cannot be read from here on.",
    "Usual causes: an unclosed bracket or quote, no space after a colon, an indentation unlike the line above.",
)


def read_tree(text: str, findings: Findings) -> Block | None:
    """The document as a tree; None when the findings say why there is none. Never raises."""
    if len(text) > MOST_CHARACTERS:
        _tell(
            findings, Code.TOO_LARGE, Place(1, 1), text[:1], f"too large for {findings.kind.one}",
            f"{len(text):,} characters; at most {MOST_CHARACTERS:,} are read.",
            f"Split it: one {findings.kind.noun} per file.",
        )  # fmt: skip
        return None
    lines = LINE_BREAKS.split(text)
    if hidden := _UNPRINTABLE.search(text):
        before = LINE_BREAKS.split(text[: hidden.start()])
        _tell(
            findings, Code.UNPRINTABLE, Place(len(before), len(before[-1]) + 1), "?",
            "a character that cannot be shown",
            f"character number {ord(hidden.group())} cannot stand in a document.", "Remove it; save the file as UTF-8.",
        )  # fmt: skip
        return None
    builder = TreeBuilder(lines, findings)
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            builder.take(event)
    except Refused:
        return None
    except MarkedYAMLError as fault:
        _tell_fault(findings, lines, fault)
        return None
    except (YAMLError, ValueError, OverflowError):
        # ruamel lets a ValueError out of escapes past the last character of Unicode.
        _tell(findings, Code.NOT_YAML, Place(1, 1), "", "this is not YAML", *_OTHERWISE)
        return None
    return _root(builder, findings)


def _root(builder: TreeBuilder, findings: Findings) -> Block | None:
    root = builder.root
    if isinstance(root, Block):
        return root
    empty = root is None or (isinstance(root, Leaf) and root.value is None)
    _tell(
        findings, Code.NOT_WORDS, root.at if root else Place(1, 1), root.excerpt if root else "",
        "an empty document" if empty else f"not {findings.kind.one}",
        "nothing is here." if empty else f"{findings.kind.one} is a list of words, each with a colon and what it says.",
        findings.kind.begin,
    )  # fmt: skip
    return None


def _tell_fault(findings: Findings, lines: list[str], fault: MarkedYAMLError) -> None:
    mark = fault.problem_mark or fault.context_mark
    line, column = (mark.line, mark.column) if mark else (0, 0)
    if line >= len(lines) or (line == len(lines) - 1 and not lines[line].strip()):
        # The end of the text is where it was noticed; a reader looks at the last line that says something.
        line = max((i for i, content in enumerate(lines) if content.strip()), default=0)
        column = len(lines[line].rstrip())
    at = Place(line + 1, column + 1)
    if lines[line][column : column + 1] == "\t":
        _tell(
            findings, Code.TAB, at, "\t", "a tab cannot indent", "editors show tabs in different widths.", "Use spaces."
        )
        return
    said = f"{fault.context or ''} {fault.problem or ''}"
    why, remedy = next(((w, r) for sign, w, r in _CAUSES if sign in said), _OTHERWISE)
    if "undefined alias" in said or "expected alphabetic or numeric" in said:
        why, remedy = "`*` and `&` have a meaning of their own in YAML.", "Put a text that begins with them in quotes."
    if "tag" in said or "directive" in said:
        why, remedy = "`!` and `%` have a meaning of their own in YAML.", "Put a text that begins with them in quotes."
    _tell(findings, Code.NOT_YAML, at, "", "this is not YAML", why, remedy)


def _tell(findings: Findings, code: Code, at: Place, excerpt: str, problem: str, why: str, remedy: str) -> None:
    findings.error(code, Leaf(None, "", at, excerpt), "", problem=problem, why=why, remedy=remedy)
