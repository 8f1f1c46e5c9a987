"""A block of the document read word by word; words that nobody knows are told with the nearest known one."""

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches

from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.yaml.tree import Block, Leaf, Node, Row

NOTHING: Mapping[str, str] = {}


MOST_COMPARED = 300
"""Known words among which the nearest is looked for: a thousand slips among thousands of words would take minutes."""

MOST_LISTED = 20


def nearest(word: str, known: Collection[str], most: int = MOST_COMPARED) -> str:
    """The known word a person probably meant; empty: none is near."""
    if len(word) > 64 or len(known) > most:
        return ""
    folded = {one.casefold(): one for one in known}
    return next((folded[near] for near in get_close_matches(word.casefold(), folded, n=1, cutoff=0.6)), "")


def did_you_mean(word: str, known: Collection[str]) -> str:
    """`Did you mean x?`, or all that is known when nothing is near."""
    near = nearest(word, known)
    if near or not known:
        return f"Did you mean {near}?" if near else "Remove it."
    more = f" and {len(known) - MOST_LISTED} more" if len(known) > MOST_LISTED else ""
    return f"Known here: {', '.join(list(known)[:MOST_LISTED])}{more}."


def inside(path: str, word: str) -> str:
    """The path of a word."""
    return f"{path}.{word}" if path else word


def shape(node: Node) -> str:
    """What a piece is, in words."""
    if isinstance(node, Row):
        return "a list"
    if isinstance(node, Block):
        return "a block of words" if node.entries else "an empty block"
    match node.value:
        case None:
            return "nothing"
        case bool():
            return f"{node.said} (yes or no)"
        case str():
            return f"the text '{node.said}'" if len(node.said) <= 40 else "a text"
        case _:
            return f"the number {node.said}"


class Section:
    """Known words of one block. Unknown ones are told when it is opened."""

    def __init__(
        self, findings: Findings, block: Block, path: str, words: Collection[str], later: Mapping[str, str]
    ) -> None:
        self.findings = findings
        self.block = block
        self.path = path
        for word, (key, _) in block.entries.items():
            if word in words:
                continue
            if word in later:
                findings.error(
                    Code.NOT_YET, key, inside(path, word),
                    problem=f"not supported yet: {word}, line {key.at.line}",
                    why="this part of the language is not in force in this release.",
                    remedy=later[word],
                )  # fmt: skip
            else:
                findings.error(
                    Code.UNKNOWN_WORD, key, inside(path, word),
                    problem="unknown word",
                    why=f"`{word}` says nothing {f'in {path}' if path else f'at the top of {findings.kind.one}'}.",
                    remedy=did_you_mean(word, words),
                )  # fmt: skip

    def at(self, word: str) -> str:
        """The path of a word in this block."""
        return inside(self.path, word)

    def get(self, word: str) -> Node | None:
        """What a word says; None when it is absent, or told when it says nothing."""
        if word not in self.block.entries:
            return None
        key, node = self.block.entries[word]
        if isinstance(node, Leaf) and node.value is None:
            self.findings.error(
                Code.EMPTY, key, self.at(word),
                problem="a word that says nothing",
                why=f"`{word}` has no value.",
                remedy="Write a value after the colon, or remove the word.",
            )  # fmt: skip
            return None
        return node

    def need(self, word: str, remedy: str) -> Node | None:
        """As `get`, and an absent word is told."""
        if word not in self.block.entries:
            self.findings.error(
                Code.MISSING, self.block, self.path,
                problem=f"`{word}` is missing",
                why=f"{self.path or self.findings.kind.one} needs it.",
                remedy=remedy,
            )  # fmt: skip
        return self.get(word)

    def __contains__(self, word: str) -> bool:
        return word in self.block.entries


def open_section(
    findings: Findings, node: Node, path: str, words: Collection[str], later: Mapping[str, str] = NOTHING
) -> Section | None:
    """A block with these words; anything else is told."""
    if isinstance(node, Block):
        return Section(findings, node, path, words, later)
    findings.error(
        Code.SHAPE, node, path,
        problem="a block of words expected",
        why=f"this is {shape(node)}.",
        remedy=f"Write `word: value` under {path}; known here: {', '.join(words)}.",
    )  # fmt: skip
    return None


def named_entries(findings: Findings, node: Node, path: str, example: str) -> Iterator[tuple[str, Leaf, Node]]:
    """`(name, key, what it says)` of a block whose words are names of the writer's own."""
    if not isinstance(node, Block):
        findings.error(
            Code.SHAPE, node, path, problem="names expected", why=f"this is {shape(node)}.", remedy=f"Write {example}"
        )
        return
    for name, (key, value) in node.entries.items():
        yield name, key, value
