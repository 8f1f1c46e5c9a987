"""Facts taken in: what is now known changes fit, completeness and the gates of rules, each change with its line."""

from schemas.lead_event import FactLearned
from schemas.lead_state import Known, LeadState
from schemas.ledger import Cause, Dimension
from streams.judge import Judge
from streams.scoring.engagement import engagement, shut
from streams.scoring.fit import completeness, fit_lines
from streams.scoring.known import learn
from streams.scoring.ledger import Ledger


def take_in(state: LeadState, event: FactLearned, judge: Judge, book: Ledger | None) -> None:
    """Keep each attribute's latest word of its source, then judge what rests on it anew."""
    gates = bool(judge.gate_facts) and not judge.gate_facts.isdisjoint(event.facts)
    were_shut = _shut(state, judge) if gates else frozenset()
    before = dict(fit_lines(state, judge, state.as_of_ms)) if book is not None else {}
    for name, value in event.facts.items():
        learn(state, name, Known(value, event.at_ms, event.id, event.by))
    if gates:
        _open_gates(state, event, judge, book, were_shut)
    after = dict(fit_lines(state, judge, state.as_of_ms))
    if book is not None:
        score = state.fit
        for name in (*after, *(n for n in before if n not in after)):
            delta = after.get(name, 0) - before.get(name, 0)
            score += delta
            book.write(Dimension.FIT, name, delta, score, Cause.FACT, by=event.by)
    state.fit = sum(after.values())
    known = completeness(state, judge)
    if book is not None:
        book.write(Dimension.COMPLETENESS, "known", known - state.completeness, known, Cause.FACT, by=event.by)
    state.completeness = known


def _shut(state: LeadState, judge: Judge) -> frozenset[str]:
    """Rules with something counted that count nothing now."""
    return frozenset(name for name in judge.gated if name in state.rules and shut(name, state, judge, state.as_of_ms))


def _open_gates(
    state: LeadState, event: FactLearned, judge: Judge, book: Ledger | None, were_shut: frozenset[str]
) -> None:
    """Engagement with the gates as they stand now; a line for each rule that one opened or shut."""
    now_ms = state.as_of_ms
    now = engagement(state, judge, now_ms)
    if book is not None:
        running, are_shut = state.engagement, _shut(state, judge)
        for name in judge.rules:
            if (name in were_shut) != (name in are_shut):
                worth = judge.counters[name].worth(state.rules[name], now_ms)
                delta = worth if name in were_shut else -worth
                running += delta
                book.write(Dimension.ENGAGEMENT, name, delta, running, Cause.FACT, by=event.by)
        book.write(Dimension.ENGAGEMENT, "limit", now - running, now, Cause.CAP)
    state.engagement = now
