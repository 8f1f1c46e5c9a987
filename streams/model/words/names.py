"""Names of rules, bursts, surges and criteria: one line of a breakdown each, so no two may be the same."""

from streams.model.findings.codes import Code
from streams.model.findings.finding import Findings, Place
from streams.model.words.values import read_name
from streams.model.yaml.tree import Leaf

RESERVED = frozenset({"limit", "total", "decay", "window", "time", "cap"})
"""Lines that a breakdown or a ledger writes by itself."""


class Names:
    """Every name given so far, with its place."""

    def __init__(self) -> None:
        self._places: dict[str, Place] = {}

    def give(self, findings: Findings, key: Leaf, path: str) -> bool:
        """True when the name is good and new."""
        if not read_name(findings, key, path, RESERVED):
            return False
        if key.said not in self._places:
            self._places[key.said] = key.at
            return True
        findings.error(
            Code.NAME_TWICE, key, path,
            problem="a name used twice",
            why=f"it is on line {self._places[key.said].line} already; a breakdown could not tell the two apart.",
            remedy="Give one of them another name.",
        )  # fmt: skip
        return False
