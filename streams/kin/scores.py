"""The three numbers of a lead, read anew from all that it counts and knows."""

from schemas.lead_state import LeadState
from streams.judge import Judge
from streams.scoring.engagement import engagement
from streams.scoring.fit import completeness, fit_lines


def scores(state: LeadState, judge: Judge) -> tuple[int, int, int]:
    """Engagement, fit and completeness at the lead's clock, in micro-points."""
    fit = sum(points for _, points in fit_lines(state, judge, state.as_of_ms))
    return engagement(state, judge, state.as_of_ms), fit, completeness(state, judge)
