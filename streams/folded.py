"""What a batch of one partition came to: what is remembered, and what is said."""

from collections import Counter

import msgspec

from schemas.handoff import Ripe
from schemas.journal import StageChanged, Task
from schemas.ledger import LedgerEntry
from schemas.reject import Reject


class Folded(msgspec.Struct):
    """The outcome of a fold."""

    states: dict[bytes, bytes] = {}
    """The new record of each touched lead."""
    ripe: list[Ripe] = []
    ledger: list[LedgerEntry] = []
    stages: list[StageChanged] = []
    tasks: list[Task] = []
    refused: list[tuple[int, Reject]] = []
    """Index into the records, and why."""
    touches: Counter[tuple[str, str]] = msgspec.field(default_factory=Counter)
    """Touches by (channel, outcome): scored, unmatched, repeat, outbound, no_consent, flood."""
    new: Counter[str] = msgspec.field(default_factory=Counter)
    """Leads seen for the first time, by the model that judged them; not those that an import brought."""
    suppressed: Counter[str] = msgspec.field(default_factory=Counter)
    """Would-be handoffs by what held them back: fit, consent, cooling, deal, unqualified, model."""
    timers: Counter[str] = msgspec.field(default_factory=Counter)
    """Deadlines that passed, by what came of them: changed, early (nothing yet), stale (not the lead's any more)."""
