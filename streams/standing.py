"""Where a lead stands: its segment, its level (MQL, SAL, SQL) and why, and how far the frameworks are filled."""

from schemas.lead_state import LeadState, Override
from schemas.scoring_model import FastPath, Level
from streams.conditions import holds, phrase
from streams.judge import Judge
from streams.scoring.fit import met
from streams.scoring.known import value_of

AND = "; "
"""Between the words of fast paths that hold at once (`LeadState.fast`)."""


def segment_of(state: LeadState, judge: Judge, at_ms: int) -> str:
    """The first segment that matches; empty: none does, or the model has none."""
    for segment in judge.model.segments:
        if segment.where is None or holds(segment.where, state, judge, at_ms):
            return segment.name
    return ""


def fast_path(state: LeadState, judge: Judge, at_ms: int) -> tuple[FastPath, str] | None:
    """The fast path that holds and what holds of it, in words."""
    for path in judge.model.fast_paths:
        for condition in path.any:
            if holds(condition, state, judge, at_ms):
                return path, phrase(condition)
    return None


def at_once(state: LeadState, judge: Judge, at_ms: int) -> list[tuple[str, str]]:
    """All that holds of fast paths that hand off: the level, and what holds, in words."""
    return [
        (path.level, phrase(condition))
        for path in judge.model.fast_paths
        if path.hand_off
        for condition in path.any
        if holds(condition, state, judge, at_ms)
    ]


def untold(state: LeadState, holding: list[tuple[str, str]]) -> tuple[str, str] | None:
    """The first of what holds that was not handed off yet."""
    told = state.fast.split(AND)
    return next(((level, words) for level, words in holding if words not in told), None)


def in_force(state: LeadState, at_ms: int) -> Override | None:
    """A person's word on the level, while it lasts."""
    override = state.override
    return override if override is not None and (not override.until_ms or at_ms < override.until_ms) else None


def level_of(state: LeadState, judge: Judge, at_ms: int) -> tuple[str, str]:
    """The lead's level and why; empty: none. A person's word wins while it is in force."""
    override = in_force(state, at_ms)
    if override is not None:
        return override.level, f"said by {override.by}" if override.by else "said by a person"
    return level_at(state, judge, at_ms, state.engagement, state.fit)


def level_at(state: LeadState, judge: Judge, at_ms: int, engagement: int, fit: int) -> tuple[str, str]:
    """The last level in the model's order that holds with these scores, or to which a fast path leads; and why."""
    names = [level.name for level in judge.model.levels]
    fast = fast_path(state, judge, at_ms)
    for place in range(len(names) - 1, -1, -1):
        if fast is not None and (fast[0].level not in names or names.index(fast[0].level) >= place):
            return fast[0].level, fast[1]
        why = _held(judge.model.levels[place], state, judge, at_ms, engagement, fit)
        if why:
            return names[place], why
    return (fast[0].level, fast[1]) if fast is not None else ("", "")


def _held(level: Level, state: LeadState, judge: Judge, at_ms: int, engagement: int, fit: int) -> str:
    """What holds of a level, in words; empty: something it asks does not."""
    if level.means:
        episode = state.episode
        stands = episode is not None and not episode.closed_ms
        told = stands and (level.means == "offered" or (episode is not None and episode.status == "accepted"))
        return f"handoff {level.means}" if told else ""
    reasons = []
    if level.engagement is not None:
        if engagement < level.engagement:
            return ""
        reasons.append("engagement")
    if level.fit is not None:
        if fit < level.fit:
            return ""
        reasons.append("fit")
    if any(kind in state.did for kind in level.without):
        return ""
    if level.primary:
        if not all(met(criterion, state, judge, at_ms) for criterion in judge.model.primary):
            return ""
        reasons.append("primary criteria")
    for name, n in level.frameworks.items():
        if filled(state, judge, name) < n:
            return ""
        reasons.append(name)
    if level.where is not None:
        if not holds(level.where, state, judge, at_ms):
            return ""
        reasons.append(phrase(level.where))
    return " and ".join(reasons) or level.name


def filled(state: LeadState, judge: Judge, framework: str) -> int:
    """How many of its facts are known."""
    return sum(value_of(state, judge, fact) is not None for fact in judge.model.frameworks[framework])


def frameworks(state: LeadState, judge: Judge) -> dict[str, str]:
    """`3 of 4` by framework."""
    return {name: f"{filled(state, judge, name)} of {len(facts)}" for name, facts in judge.model.frameworks.items()}
