"""Who came to a level at once, and who only later: after a time under the line, or after somebody had refused them."""

from statistics import median

import msgspec
from msgspec import Struct

from schemas.crm_update import CrmKind
from schemas.journal import StageChanged
from schemas.units import DAY_MS

AT_ONCE_MS = DAY_MS
"""Who reaches a level within this time of the first event was ready at once."""

UNQUALIFIED = b'"unqualified"'
"""In a report that a lead is none; what only speaks of such is decoded and told apart."""


class Report(Struct, frozen=True):
    """Of an event, what is looked at here."""

    type: str
    kind: str = ""
    cause: str = ""


class Reached(Struct, kw_only=True):
    """Leads that came to a level, each once."""

    at_once: int = 0
    later: int = 0
    """More than a day after their first event."""
    once_unqualified: int = 0
    """Of either: somebody had said before that they were no lead."""
    by_model: int = 0
    """Not counted above: another model alone put them there."""
    waited_ms: list[int] = []
    """Of the later ones: from the first event to the level."""

    @property
    def leads(self) -> int:
        """All that came there by what they did or what was learned."""
        return self.at_once + self.later

    @property
    def median_days(self) -> float | None:
        """Of the later ones; None: there were none."""
        return median(self.waited_ms) / DAY_MS if self.waited_ms else None


_REPORT = msgspec.json.Decoder(Report)


class QualifiedLater:
    """The log is heard first, all of it, and then what was said on `lead.stages`."""

    def __init__(self, since_ms: int) -> None:
        self._since_ms = since_ms
        self._first_ms: dict[bytes, int] = {}
        self._unqualified_ms: dict[bytes, int] = {}
        self._there: set[tuple[str, str]] = set()
        self.levels: dict[str, Reached] = {}
        """In the order in which they were first reached."""

    def met(self, lead: bytes, at_ms: int, value: bytes | None) -> None:
        """An event of a lead, and when Kafka got it."""
        self._first_ms.setdefault(lead, at_ms)
        if value is not None and UNQUALIFIED in value and lead not in self._unqualified_ms and _refuses(value):
            self._unqualified_ms[lead] = at_ms

    def said(self, word: StageChanged, at_ms: int) -> None:
        """A transition; only the first to each level of each lead counts."""
        if word.dimension != "level" or not word.to or (word.lead_id, word.to) in self._there:
            return
        self._there.add((word.lead_id, word.to))
        if at_ms < self._since_ms:
            return
        reached, lead = self.levels.setdefault(word.to, Reached()), word.lead_id.encode()
        if word.cause == "model":
            reached.by_model += 1
            return
        waited_ms = at_ms - self._first_ms.get(lead, at_ms)
        if waited_ms >= AT_ONCE_MS:
            reached.later += 1
            reached.waited_ms.append(waited_ms)
        else:
            reached.at_once += 1
        reached.once_unqualified += self._unqualified_ms.get(lead, at_ms) < at_ms


def _refuses(value: bytes) -> bool:
    try:
        told = _REPORT.decode(value)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return told.type == "crm" and told.kind == CrmKind.UNQUALIFIED and bool(told.cause)
