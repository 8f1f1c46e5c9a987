"""The model in force with another handoff line."""

import pytest

from schemas.units import MICRO
from streams.model import read_model
from streams.replay.moved_line import NoLine, with_line
from tests.pure.replay.pasts import M1


@pytest.mark.parametrize(("points", "line", "rearm"), [(45.0, 45.0, 30.0), (30.5, 30.5, 30.0), (30.0, 30.0, 22.5)])
def test_the_line_moves_and_the_re_arm_line_stays_under_it(points: float, line: float, rearm: float) -> None:
    moved = with_line(M1.model, points).handoff

    assert moved is not None
    assert (line, rearm) == (moved.engagement / MICRO, moved.rearm_under / MICRO)


def test_a_model_that_hands_nothing_off_has_no_line_to_move() -> None:
    model = read_model("model: quiet\nversion: 1\nstarts: 2026-01-01\nengagement: {rules: {a: {when: b, points: 1}}}\n")

    assert not isinstance(model, list)
    with pytest.raises(NoLine, match="quiet@1 has no handoff section"):
        with_line(model, 30)
