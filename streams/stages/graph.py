"""A model's stages made ready to move leads along: by name, by what enters them, with their gates as functions."""

from functools import lru_cache

from schemas.lead_state import LeadState
from schemas.stage import Enters, Stage
from streams.answering import Answer, answer_of
from streams.conditions import phrase
from streams.judge import Judge
from streams.stages.presets import USUAL


class Graph:
    """Of one model."""

    def __init__(self, judge: Judge) -> None:
        stages = judge.model.stages or USUAL
        self.names = [stage.name for stage in stages]
        """In the document's order."""
        self.start = next((stage for stage in stages if stage.start), stages[0])
        self.start_ends = bool(self.start.stuck_after_ms or self.start.idle_after_ms)
        """Has it limits of time?"""
        self._by_name = {stage.name: stage for stage in stages}
        self.known: list[str] = []
        """All names by which a stage may be reported, those of the document first."""
        self._called: dict[str, Stage] = {}
        reported = [(one.name, one) for one in stages] + [(name, one) for one in stages for name in one.also]
        reported += [(one.of, one) for one in stages if one.of]
        for name, meant in reported:
            if self._called.setdefault(name.casefold(), meant) is meant:
                self.known.append(name)
        self.entered_by: dict[Enters, list[Stage]] = {}
        for stage in stages:
            for what in stage.by:
                self.entered_by.setdefault(what, []).append(stage)
        self._gates: dict[str, Answer] = {s.name: answer_of(s.when, judge) for s in stages if s.when is not None}

    def named(self, said: str) -> Stage | None:
        """The stage somebody means."""
        return self._called.get(said.strip().casefold())

    def here(self, state: LeadState) -> Stage:
        """Where a lead stands; who stands nowhere yet stands at the start."""
        return self._by_name.get(state.stage, self.start)

    def lets_in(self, stage: Stage, state: LeadState) -> bool:
        """Does its gate open? What is not known opens none."""
        gate = self._gates.get(stage.name)
        return gate is None or gate(state, state.as_of_ms) is True

    def may_follow(self, state: LeadState) -> list[Stage]:
        """Stages that may come next, in the document's order."""
        here = self.here(state)
        return [stage for name, stage in self._by_name.items() if name in here.to]


@lru_cache(maxsize=64)
def graph_of(judge: Judge) -> Graph:
    """Made once per model."""
    return Graph(judge)


def asked_of(stage: Stage) -> str:
    """What its gate asks, in words."""
    return "" if stage.when is None else phrase(stage.when)
