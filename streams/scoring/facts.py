"""Facts taken in: what is now known changes fit and completeness, each change with its line and who said it."""

from schemas.lead_event import FactLearned
from schemas.lead_state import Known, LeadState
from schemas.ledger import Cause, Dimension
from streams.judge import Judge
from streams.scoring.fit import completeness, fit_lines, learn
from streams.scoring.ledger import Ledger


def take_in(state: LeadState, event: FactLearned, judge: Judge, book: Ledger | None) -> None:
    """Keep each attribute's latest word of its source, then judge fit and completeness anew."""
    before = dict(fit_lines(state, judge, state.as_of_ms)) if book is not None else {}
    for name, value in event.facts.items():
        learn(state, name, Known(value, event.at_ms, event.id, event.by))
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
