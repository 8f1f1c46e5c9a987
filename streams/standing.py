"""Where a lead stands: its segment, its level (MQL, SAL, SQL) and why, and how far the frameworks are filled."""

from schemas.lead_state import LeadState, Override
from streams.judge import Judge
from streams.ladder import Shortcut, ladder_of
from streams.scoring.known import value_of

AND = "; "
"""Between the words of fast paths that hold at once (`LeadState.fast`)."""


def segment_of(state: LeadState, judge: Judge, at_ms: int) -> str:
    """The first segment that matches; empty: none does, or the model has none."""
    for name, answer in ladder_of(judge).segments:
        if answer is None or answer(state, at_ms):
            return name
    return ""


def holding(state: LeadState, judge: Judge, at_ms: int) -> list[Shortcut]:
    """All that holds of fast paths, in the model's order."""
    return [shortcut for shortcut in ladder_of(judge).shortcuts if shortcut.answer(state, at_ms)]


def untold(state: LeadState, shortcuts: list[Shortcut]) -> Shortcut | None:
    """The first of what holds that hands off and did not yet."""
    told = state.fast.split(AND)
    return next((shortcut for shortcut in shortcuts if shortcut.hands_off and shortcut.words not in told), None)


def in_force(state: LeadState, at_ms: int) -> Override | None:
    """A person's word on the level, while it lasts."""
    override = state.override
    return override if override is not None and (not override.until_ms or at_ms < override.until_ms) else None


def level_of(state: LeadState, judge: Judge, at_ms: int, shortcuts: list[Shortcut] | None = None) -> tuple[str, str]:
    """The lead's level and why; empty: none. A person's word wins while it is in force. `shortcuts`: all that hold."""
    override = in_force(state, at_ms)
    if override is not None:
        return override.level, f"said by {override.by}" if override.by else "said by a person"
    fast = holding(state, judge, at_ms) if shortcuts is None else shortcuts
    return level_at(state, judge, at_ms, state.engagement, state.fit, fast)


def level_at(
    state: LeadState, judge: Judge, at_ms: int, engagement: int, fit: int, shortcuts: list[Shortcut]
) -> tuple[str, str]:
    """The last level in the model's order that holds with these scores, or to which a fast path leads; and why."""
    rungs = ladder_of(judge).rungs
    lowest = shortcuts[0].rank if shortcuts else -1
    for place in range(len(rungs) - 1, lowest, -1):
        rung = rungs[place]
        if rung.held(state, at_ms, engagement, fit):
            return rung.name, rung.why
    return (shortcuts[0].level, shortcuts[0].words) if shortcuts else ("", "")


def filled(state: LeadState, judge: Judge, framework: str) -> int:
    """How many of its facts are known."""
    return sum(value_of(state, judge, fact) is not None for fact in judge.model.frameworks[framework])


def frameworks(state: LeadState, judge: Judge) -> dict[str, str]:
    """`3 of 4` by framework."""
    return {name: f"{filled(state, judge, name)} of {len(facts)}" for name, facts in judge.model.frameworks.items()}
