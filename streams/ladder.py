"""Segments, levels and fast paths of a model made ready to ask: conditions are functions, words are said before."""

from functools import lru_cache

from schemas.lead_state import LeadState
from schemas.scoring_model import NO_LINE, Level
from streams.answering import Answer, answer_of
from streams.conditions import phrase
from streams.judge import Judge
from streams.scoring.fit import measures
from streams.scoring.known import reader


class Shortcut:
    """One condition of a fast path: enough for its level, whatever the score."""

    def __init__(self, level: str, words: str, hands_off: bool, rank: int, answer: Answer) -> None:
        self.level, self.words, self.hands_off, self.rank, self.answer = level, words, hands_off, rank, answer
        """`rank`: place of its level among all; that of one that is no level of the model is above them."""


class Rung:
    """A level, as far as it asks for lines, facts and deeds."""

    def __init__(self, level: Level, judge: Judge) -> None:
        self.name, self.why = level.name, _why(level)
        self._means, self._without = level.means, level.without
        self._engagement = NO_LINE if level.engagement is None else level.engagement
        self._fit = NO_LINE if level.fit is None else level.fit
        self._primary = [measures(judge)[one.name].answer for one in judge.model.primary] if level.primary else []
        frameworks = judge.model.frameworks
        self._frameworks = [(n, [reader(judge, fact) for fact in frameworks[f]]) for f, n in level.frameworks.items()]
        self._where = answer_of(level.where, judge) if level.where is not None else None

    def held(self, state: LeadState, at_ms: int, engagement: int, fit: int) -> bool:
        """Does a lead with these scores stand on it?"""
        if self._means:
            episode = state.episode
            return episode is not None and not episode.closed_ms and self._means in ("offered", episode.status)
        if engagement < self._engagement or fit < self._fit:
            return False
        if self._without and any(kind in state.did for kind in self._without):
            return False
        for met in self._primary:
            if not met(state, at_ms):
                return False
        for least, facts in self._frameworks:
            if sum(read(state) is not None for read in facts) < least:
                return False
        return self._where is None or bool(self._where(state, at_ms))


class Ladder:
    """Of one model."""

    def __init__(self, judge: Judge) -> None:
        model = judge.model
        names = [level.name for level in model.levels]
        self.segments = [(s.name, None if s.where is None else answer_of(s.where, judge)) for s in model.segments]
        self.rungs = [Rung(level, judge) for level in model.levels]
        self.shortcuts = [
            Shortcut(path.level, phrase(asked), path.hand_off, _rank(names, path.level), answer_of(asked, judge))
            for path in model.fast_paths
            for asked in path.any
        ]


@lru_cache(maxsize=64)
def ladder_of(judge: Judge) -> Ladder:
    """Made once per model."""
    return Ladder(judge)


def _rank(names: list[str], level: str) -> int:
    return names.index(level) if level in names else len(names)


def _why(level: Level) -> str:
    """What holds of a level that a lead has, in words."""
    if level.means:
        return f"handoff {level.means}"
    reasons = [word for word, asked in (("engagement", level.engagement), ("fit", level.fit)) if asked is not None]
    reasons += (["primary criteria"] if level.primary else []) + list(level.frameworks)
    reasons += [phrase(level.where)] if level.where is not None else []
    return " and ".join(reasons) or level.name
