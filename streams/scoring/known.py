"""What is known of a lead: each attribute settled by trust, then by the later word, in the type the model declares."""

from typing import Any

from schemas.lead_state import Known, LeadState
from streams.asked import date_ms, number, text, yes_no
from streams.judge import Judge


def learn(state: LeadState, name: str, word: Known) -> bool:
    """Keep the latest word of each source; False when we had a later one from it."""
    known = state.facts.setdefault(name, [])
    for i, old in enumerate(known):
        if old.by == word.by:
            if (old.at_ms, old.id) >= (word.at_ms, word.id):
                return False
            known[i] = word
            return True
    known.append(word)
    return True


def settled(judge: Judge, known: list[Known]) -> Known:
    """Of several sources the most trusted; among equals the later word, then the greater id."""
    trust = judge.model.trust
    if len(known) == 1:
        return known[0]
    return max(known, key=lambda k: (-trust.index(k.by) if k.by in trust else -len(trust), k.at_ms, k.id))


def value_of(state: LeadState, judge: Judge, name: str) -> Any:
    """The settled value in the type the model declares; None: unknown or not of that type."""
    known = state.facts.get(name)
    return _typed(judge, judge.fact_types.get(name, "text"), settled(judge, known).value) if known else None


def _typed(judge: Judge, kind: str, value: Any) -> Any:
    if value is None or value == "":
        return None
    match kind:
        case "number":
            return number(value)
        case "yes-no":
            return yes_no(value)
        case "date":
            return date_ms(value, judge.zone)
        case _:
            return text(value)
