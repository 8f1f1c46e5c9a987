"""One lead worked out anew from all that the log holds of it: each touch once, consent asked with every word known.

That mends what no single event can: a withdrawal that came after touches it forbids, a touch that two leads had counted
before they were found to be one person, an event that a faulty release could not apply.
"""

from collections.abc import Iterable, Iterator

from schemas.lead_event import CrmSaid, FactLearned, Forwarded, LeadEvent, MergedFrom, TouchSeen
from schemas.lead_state import LeadState
from streams.consent import SCORING, purpose_of, with_word
from streams.person.logs import Base, Log, Logs, event_of, innermost, is_mark, latest, without
from streams.person.native import Models
from streams.person.refold import Line, Refolded, in_order, refold
from streams.person.splitting import kept_open

Heard = TouchSeen | FactLearned | CrmSaid

NOTHING_SETTLED = 1 << 62


def restated(lead: str, logs: Logs, live: LeadState, models: Models) -> Refolded:
    """The lead as all its events make it. What it said to sales stays said."""
    lines, base = gathered(lead, logs)
    begun = base.state or LeadState()
    words = begun.consent.get(SCORING, [])
    for event in map(innermost, map(event_of, lines)):
        if isinstance(event, CrmSaid) and event.kind == "consent" and purpose_of(event.purpose) == SCORING:
            words = with_word(words, event.at_ms, bool(event.given))
    if words:
        begun.consent[SCORING] = words
    done = refold(lead, once(lines), models.first, models.judge_of, models.earlier, base=begun, until_ms=latest(logs))
    kept_open(done.state, live, done.judge)
    return done


def gathered(lead: str, logs: Logs) -> tuple[list[Line], Base]:
    """A lead's own log beyond its last split, and in place of each merge the events of who was merged."""
    log = logs[lead]
    base = Base(log, NOTHING_SETTLED)
    own: list[Line] = []
    others: dict[str, list[Line]] = {}
    for line in without(log, frozenset(), base):
        event = event_of(line)
        if isinstance(event, MergedFrom | Forwarded) and _loser(event) in logs:
            others.setdefault(_loser(event), [])
        else:
            own.append(line)
    for loser in others:
        others[loser] = list(_as_told(loser, logs))
    return list(in_order(own, *others.values())), base


def _loser(event: MergedFrom | Forwarded) -> str:
    return event.loser


def _as_told(loser: str, logs: Logs) -> Iterator[Line]:
    """What came in for a lead that is merged away, and for those merged into it."""
    lines, _ = gathered(loser, logs)
    for line in lines:
        if not is_mark(line) and isinstance(event_of(line), Heard):
            yield Line(line.logged_ms, line.key, line.value, False, line.offset)


def once(lines: Iterable[Line]) -> Iterator[Line]:
    """Each event one time, however long after the first it came again and to whichever lead."""
    known: set[tuple[type[LeadEvent], str]] = set()
    for line in lines:
        event = event_of(line)
        if isinstance(event, Heard):
            told = (type(event), event.id)
            if told in known:
                continue
            known.add(told)
        yield line


def settled(log: Log) -> bool:
    """Does a split say all that came before, so that the log need not go back to the beginning?"""
    return Base(log, NOTHING_SETTLED).state is not None
