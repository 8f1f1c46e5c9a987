"""What a batch of one partition came to: what is remembered, and what is said."""

from collections import Counter

import msgspec

from schemas.handoff import Ripe
from schemas.journal import LeadNews, StageChanged, Task
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
    onward: list[tuple[str, bytes]] = []
    """Events for other leads: the lead, and the record's value for the log."""
    news: list[LeadNews] = []
    kin: Counter[str] = msgspec.field(default_factory=Counter)
    """What came of events between leads that are one person: merged, merged_away, forwarded, repeat, healed, restated,
    stale (restated too late), erased (also what comes to a grave), doubt (merged, and the score is to be restated)."""


def add(whole: Folded, more: Folded) -> None:
    """What follows, put behind: the later state of a lead, all that was said, the sums."""
    for field in msgspec.structs.fields(whole):
        ours, theirs = getattr(whole, field.name), getattr(more, field.name)
        match ours:
            case Counter() | dict():
                ours.update(theirs)
            case list():
                ours.extend(theirs)


def take_back(whole: Folded, said: Folded, lead_id: str, indexes: frozenset[int]) -> None:
    """As if nothing had been said of a lead; `said`: all that was, `indexes`: of its records."""
    whole.ripe = [ripe for ripe in whole.ripe if ripe.lead_id != lead_id]
    whole.ledger = [entry for entry in whole.ledger if entry.lead_id != lead_id]
    whole.stages = [stage for stage in whole.stages if stage.lead_id != lead_id]
    whole.tasks = [task for task in whole.tasks if task.lead_id != lead_id]
    whole.refused = [(index, reject) for index, reject in whole.refused if index not in indexes]
    whole.news = [news for news in whole.news if news.lead_id != lead_id]
    for sent in said.onward:
        if sent in whole.onward:
            whole.onward.remove(sent)
    whole.kin.subtract(said.kin)
    whole.touches.subtract(said.touches)
    whole.new.subtract(said.new)
    whole.suppressed.subtract(said.suppressed)
    whole.timers.subtract(said.timers)
