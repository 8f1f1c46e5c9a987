"""A YAML document as words with their places. Strict: no tags, no anchors, no repeated keys, no surprises of YAML 1.1.

Values are resolved here and not by a YAML library's constructors, so `NO` is Norway, `9:30` is a text, and nothing in
a document can build an object or grow when it is read.
"""

import re
from decimal import Decimal
from typing import Any, NoReturn

from msgspec import Struct
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings, Place

DEEPEST = 12
"""Levels of nesting; the language needs five."""

_NUMBER = re.compile(r"[-+]?(?:[0-9]{1,15}(?:\.[0-9]{0,12})?|\.[0-9]{1,12})(?:[eE][-+]?[0-9]{1,2})?")
_PLAIN: dict[str, bool | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
}
_HIDDEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


class Leaf(Struct, frozen=True):
    """A text, number, yes-no or nothing."""

    value: str | bool | Decimal | None
    said: str
    """As written, without quotes."""
    at: Place
    excerpt: str


class Row(Struct):
    """A list."""

    items: list["Node"]
    at: Place
    excerpt: str


class Block(Struct):
    """Words and what they say, in the order of the document, each word once."""

    entries: dict[str, tuple[Leaf, "Node"]]
    at: Place
    excerpt: str


Node = Leaf | Row | Block


def each(node: "Node | None") -> list["Node"]:
    """Of a list, its items; what stands alone is one; nothing is none."""
    if node is None:
        return []
    return node.items if isinstance(node, Row) else [node]


class Refused(Exception):
    """Reading stops here; the reason is among the findings."""


class TreeBuilder:
    """Builds the tree from parser events, without recursion: depth costs a finding and not the stack."""

    def __init__(self, lines: list[str], findings: Findings) -> None:
        self._lines = lines
        self._findings = findings
        self._open: list[Row | Block] = []
        self._keys: list[Leaf | None] = []
        """Of each open block the key whose value comes next."""
        self.root: Node | None = None
        self._documents = 0

    def take(self, event: Any) -> None:
        """One more event. Raises Refused where nothing sensible can follow."""
        match event:
            case AliasEvent():
                self._refuse_alias(event)
            case DocumentStartEvent():
                self._document(event)
            case ScalarEvent():
                self._plainly_written(event)
                self._put(self._leaf(event))
            case MappingStartEvent() | SequenceStartEvent():
                self._plainly_written(event)
                self._begin(event)
            case MappingEndEvent() | SequenceEndEvent():
                self._end(event)

    def _begin(self, event: Any) -> None:
        at, excerpt = self._place(event)
        node: Row | Block = Block({}, at, excerpt) if isinstance(event, MappingStartEvent) else Row([], at, excerpt)
        if len(self._open) >= DEEPEST:
            self._refuse(
                Code.TOO_DEEP, node, "nested too deeply", f"this is more than {DEEPEST} levels deep.",
                f"{self._findings.kind.one.capitalize()} needs five. Look for a bracket that is never closed.",
            )  # fmt: skip
        self._put(node)
        self._open.append(node)
        self._keys.append(None)

    def _end(self, event: Any) -> None:
        node, end = self._open.pop(), event.end_mark
        self._keys.pop()
        if end.line + 1 == node.at.line and end.column >= node.at.column:
            node.excerpt = self._lines[end.line][node.at.column - 1 : end.column]

    def _put(self, node: Node) -> None:
        if not self._open:
            self.root = node
            return
        holder = self._open[-1]
        if isinstance(holder, Row):
            holder.items.append(node)
        elif (key := self._keys[-1]) is None:
            self._keys[-1] = self._as_key(node)
        else:
            self._keys[-1] = None
            self._enter(holder, key, node)

    def _as_key(self, node: Node) -> Leaf:
        if not isinstance(node, Leaf):
            why, remedy = "a list or a block cannot stand before a colon.", "Write `word: value`."
            self._refuse(Code.SHAPE, node, "a word expected", why, remedy)
        return node

    def _enter(self, holder: Block, key: Leaf, node: Node) -> None:
        if key.said not in holder.entries:
            holder.entries[key.said] = (key, node)
            return
        first = holder.entries[key.said][0].at.line
        self._findings.error(
            Code.TWICE, key, key.said,
            problem="the same word twice",
            why=f"`{key.said}` is on line {first} already; one of the two would be lost.",
            remedy="Keep one of them, or give the second another name.",
        )  # fmt: skip

    def _leaf(self, event: Any) -> Leaf:
        at, excerpt = self._place(event)
        said = str(event.value)
        if _HIDDEN.search(said):
            self._refuse(
                Code.UNPRINTABLE, Leaf(None, "", at, excerpt), "a character that cannot be shown",
                "an escape here stands for a control character.", "Write the text plainly, without the escape.",
            )  # fmt: skip
        return Leaf(_resolved(said) if event.style is None else said, said, at, excerpt)

    def _place(self, event: Any) -> tuple[Place, str]:
        start, end = event.start_mark, event.end_mark
        line = self._lines[start.line] if start.line < len(self._lines) else ""
        same = end.line == start.line and end.column > start.column
        until = end.column if same and not isinstance(event, MappingStartEvent | SequenceStartEvent) else len(line)
        return Place(start.line + 1, start.column + 1), line[start.column : until].split(" #")[0].rstrip()

    def _plainly_written(self, event: Any) -> None:
        at, excerpt = self._place(event)
        where = Leaf(None, "", at, excerpt)
        if event.anchor is not None:
            self._refuse(
                Code.ANCHOR, where, "anchors are not part of the language",
                "`&` names a piece so that it can be repeated.",
                "Write the piece out where it is needed; put a text that begins with `&` in quotes.",
            )  # fmt: skip
        tag = getattr(event, "tag", None)
        if tag is not None and str(tag):
            self._refuse(
                Code.TAG, where, "tags are not part of the language", "`!` asks for a special type.",
                "Remove it; put a text that begins with `!` in quotes.",
            )  # fmt: skip

    def _refuse_alias(self, event: Any) -> None:
        at, excerpt = self._place(event)
        self._refuse(
            Code.ANCHOR, Leaf(None, "", at, excerpt), "a text that begins with * needs quotes",
            "without them YAML takes it for a reference to another place.", f"Write '{excerpt}' with the quotes.",
        )  # fmt: skip

    def _document(self, event: Any) -> None:
        at, excerpt = self._place(event)
        self._documents += 1
        if self._documents > 1:
            self._refuse(
                Code.SECOND_DOCUMENT, Leaf(None, "", at, excerpt), "a second document",
                f"one file holds one {self._findings.kind.noun}.",
                f"Put the second {self._findings.kind.noun} in a file of its own, or remove the `---`.",
            )  # fmt: skip
        if event.version is not None or event.tags:
            self._refuse(
                Code.TAG, Leaf(None, "", Place(1, 1), self._lines[0]), "directives are not part of the language",
                "a line that begins with `%` changes how YAML is read.",
                f"Remove it: {self._findings.kind.plural} are YAML 1.2.",
            )  # fmt: skip

    def _refuse(self, code: Code, where: Node, problem: str, why: str, remedy: str) -> NoReturn:
        self._findings.error(code, where, "", problem=problem, why=why, remedy=remedy)
        raise Refused


def _resolved(said: str) -> str | bool | Decimal | None:
    if said in _PLAIN:
        return _PLAIN[said]
    return Decimal(said) if _NUMBER.fullmatch(said) else said
