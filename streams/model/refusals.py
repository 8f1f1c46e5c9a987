"""For which causes leads refuse us and we refuse leads: the part under `refusals`, by side."""

from streams.model.findings.finding import Findings
from streams.model.words.values import read_texts
from streams.model.yaml.section import open_section
from streams.model.yaml.tree import Node

SIDES = ("us", "client")


def read_refusals(findings: Findings, node: Node | None) -> dict[str, tuple[str, ...]]:
    """Causes in their order; a side that is left out keeps the usual ones, `streams.handoff.refusals.CAUSES`."""
    section = None if node is None else open_section(findings, node, "refusals", SIDES)
    if section is None:
        return {}
    said = {side: section.get(side) for side in SIDES}
    return {
        side: causes
        for side, causes in ((s, n and read_texts(findings, n, section.at(s))) for s, n in said.items())
        if causes
    }
