"""Groups of leads: the first line that fits is a lead's segment."""

from schemas.scoring_model import Segment
from streams.model.conditions import About, ConditionReader
from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings
from streams.model.words.values import read_name
from streams.model.yaml.section import inside, named_entries, shape
from streams.model.yaml.tree import Block, Leaf, Node

EVERYONE = "everyone"
_EXAMPLE = "a block of segments: `{enterprise: {headcount: 500 or more}, others: everyone}`."


def read_segments(findings: Findings, conditions: ConditionReader, node: Node | None) -> tuple[Segment, ...]:
    """In the order of the document; nothing when the part is absent."""
    read: list[Segment] = []
    if node is None:
        return ()
    everyone: Leaf | None = None
    for name, key, value in named_entries(findings, node, "segments", _EXAMPLE):
        path = inside("segments", name)
        named = read_name(findings, key, path)
        if everyone is not None:
            findings.error(
                Code.HIDDEN, key, path,
                problem="nobody can be in this segment",
                why=f"the first that fits counts, and `{everyone.said}` on line {everyone.at.line} takes everyone.",
                remedy=f"Move it above `{everyone.said}`, or remove it.",
            )  # fmt: skip
        if isinstance(value, Leaf) and value.said == EVERYONE:
            everyone = everyone or key
            read.append(Segment(name=name, where=None))
            continue
        if not isinstance(value, Block) or not value.entries:
            findings.error(
                Code.SHAPE, value, path,
                problem="a segment needs conditions", why=f"this is {shape(value)}.",
                remedy="Write {headcount: 500 or more}, or `everyone` for all who are left.",
            )  # fmt: skip
            continue
        where = conditions.block(value, path, About.LEAD)
        if named and where is not None:
            before = next((segment for segment in read if segment.where == where), None)
            if before is not None:
                findings.error(
                    Code.HIDDEN, key, path,
                    problem="nobody can be in this segment",
                    why=f"the first that fits counts, and `{before.name}` asks the same.", remedy="Remove one of them.",
                )  # fmt: skip
            read.append(Segment(name=name, where=where))
    return tuple(read)
