"""What is known of a lead: each attribute settled by trust, then by the later word, in the type the model declares."""

from collections.abc import Callable
from functools import lru_cache
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


@lru_cache(maxsize=4_096)
def reader(judge: Judge, name: str) -> Callable[[LeadState], Any]:
    """Gives the settled value in the type the model declares; None: unknown or not of that type."""
    typed = _typed(judge, judge.fact_types.get(name, "text"))

    def read(state: LeadState) -> Any:
        known = state.facts.get(name)
        if not known:
            return None
        value = (known[0] if len(known) == 1 else settled(judge, known)).value
        return None if value is None or value == "" else typed(value)

    return read


def value_of(state: LeadState, judge: Judge, name: str) -> Any:
    """The settled value in the type the model declares; None: unknown or not of that type."""
    return reader(judge, name)(state)


def _typed(judge: Judge, kind: str) -> Callable[[Any], Any]:
    match kind:
        case "number":
            return number
        case "yes-no":
            return yes_no
        case "date":
            zone = judge.zone
            return lambda value: date_ms(value, zone)
        case _:
            return text
