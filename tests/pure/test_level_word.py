"""A word on a level that the model does not know is a dead letter, and nothing of it stays."""

import pytest

from schemas.lead_event import LeadEvent
from schemas.reject import Reason
from schemas.units import HOUR_MS
from streams.judge import Judge
from tests.pure.lives import T, judge, live, said, touched
from tests.pure.test_standing import LEVELS

NO_LEVELS = judge()


@pytest.mark.parametrize(
    ("level", "by", "remedy"),
    [
        ("SLQ", LEVELS, "knows no level of this name. Did you mean SQL?"),
        ("sql", LEVELS, "knows no level of this name. Did you mean SQL?"),
        ("champion", LEVELS, "knows no level of this name. Known here: MQL, SAL, SQL."),
        ("SQL", NO_LEVELS, "has no levels, so nobody can be put on one: declare them under `levels`"),
    ],
)
def test_a_level_nobody_declared_is_refused_with_the_nearest_known_one(level: str, by: Judge, remedy: str) -> None:
    visit, word = touched("visit", T), said("override", T + HOUR_MS, by="ann", level=level)
    state, told = live([visit, word], by)

    assert [(1, Reason.UNKNOWN_LEVEL, f"level: {by.name} {remedy}")] == [
        (at, reject.reason, reject.detail) for at, reject in told.refused
    ]
    assert (state, [], []) == (live([visit], by)[0], told.stages, told.ripe)


def test_the_same_word_counts_once_a_model_knows_the_level() -> None:
    word: LeadEvent = said("override", T + HOUR_MS, id="w", by="ann", level="SQL")

    assert "" == live([touched("visit", T), word], NO_LEVELS)[0].level
    assert "SQL" == live([touched("visit", T), word], LEVELS)[0].level


def test_a_word_is_taken_back_under_any_model() -> None:
    assert [] == live([said("override_released", T, by="ann")], NO_LEVELS)[1].refused
