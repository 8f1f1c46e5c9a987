"""When a score meets a line on its way down: the instant itself, whichever way it is found."""

from random import Random

import pytest

from schemas.scoring_model import ScoringModel
from schemas.units import DAY_MS, MICRO
from streams.judge import Judge
from streams.model import read_model
from streams.scoring import forecast
from streams.scoring.forecast import HORIZON_MS, Stretch, falls_to
from tests.pure.lives import T, live, touched

FREE = """
model: falling
version: 1
starts: 2026-01-01
time_zone: UTC
engagement:
  groups: {buying: {limit: 1000}}
  rules:
    day:    {when: day, points: 7, half_life: 1d}
    week:   {when: week, points: 5, half_life: 7d, group: buying}
    month:  {when: month, points: 3, half_life: 30d, group: buying}
    stands: {when: stands, points: 2}
labels:
  temperature: {hot: 40, warm: 15, cold: 0}
"""
KINDS = ("day", "week", "month", "stands")


def judge_of(text: str) -> Judge:
    model = read_model(text)
    assert isinstance(model, ScoringModel), model
    return Judge.of(model)


@pytest.mark.parametrize("seed", range(60))
@pytest.mark.parametrize("limit", [1000, 12], ids=["no limit is met", "a limit is met"])
def test_a_score_is_over_the_line_until_the_instant_and_not_after_it(seed: int, limit: int) -> None:
    draw = Random(seed)
    judge = judge_of(FREE.replace("limit: 1000", f"limit: {limit}"))
    state, _ = live([touched(draw.choice(KINDS), T + n * DAY_MS // 3) for n in range(draw.randint(1, 30))], judge)
    stretch = Stretch(state, judge, state.as_of_ms)
    for share in (0.999, 0.9, 0.5, 0.1, 0.01):
        line = round(state.engagement * share)
        met_ms = falls_to(state, judge, line)
        if met_ms is None:
            assert stretch.score(state.as_of_ms + HORIZON_MS) > line
        else:
            assert stretch.score(met_ms - 2) > line >= stretch.score(met_ms + 2)


def test_both_ways_to_find_the_instant_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = judge_of(FREE)
    state, _ = live([touched(kind, T + n * DAY_MS) for n, kind in enumerate(KINDS * 4)], judge)
    lines = range(MICRO * 9, state.engagement, MICRO)
    by_tangents = [falls_to(state, judge, line) for line in lines]
    monkeypatch.setattr(forecast, "MOST_TANGENTS", 0)
    by_false_position = [falls_to(state, judge, line) for line in lines]

    assert Stretch(state, judge, state.as_of_ms).free
    assert len(by_tangents) > 20
    assert None not in by_tangents
    assert all(abs((one or 0) - (other or 0)) <= 1 for one, other in zip(by_tangents, by_false_position, strict=True))
