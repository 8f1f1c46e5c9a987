"""Who came to a level at once and who later, counted by hand."""

import msgspec
import pytest

from schemas.journal import StageChanged
from schemas.lead_event import LeadEvent
from schemas.units import DAY_MS, HOUR_MS
from streams.qualified_later import QualifiedLater
from tests.pure.lives import T, said, touched


def heard(told: QualifiedLater, lead: str, at_ms: int, event: LeadEvent | None = None) -> None:
    told.met(lead.encode(), at_ms, msgspec.json.encode(event or touched("visit", at_ms)))


def level(lead: str, to: str, dimension: str = "level", cause: str = "") -> StageChanged:
    return msgspec.convert({"lead_id": lead, "at": "", "dimension": dimension, "to": to, "cause": cause}, StageChanged)


def test_leads_are_counted_by_how_long_they_were_known_and_whether_they_were_refused() -> None:
    told = QualifiedLater(T)
    for lead in ("quick", "slow", "slower", "refused", "moved"):
        heard(told, lead, T)
    heard(told, "refused", T + HOUR_MS, said("unqualified", T, cause="no_need"))
    heard(told, "quick", T + 9 * DAY_MS, said("unqualified", T, cause="no_need"))  # afterwards
    heard(told, "slow", T + HOUR_MS, said("note", T, reason="unqualified"))  # only speaks of it
    told.said(level("quick", "MQL"), T + HOUR_MS)
    told.said(level("slow", "MQL"), T + 4 * DAY_MS)
    told.said(level("slower", "MQL"), T + 8 * DAY_MS)
    told.said(level("refused", "MQL"), T + 2 * DAY_MS)
    told.said(level("refused", "SQL"), T + 3 * DAY_MS)
    told.said(level("moved", "MQL", cause="model"), T + 3 * DAY_MS)

    mql, sql = told.levels["MQL"], told.levels["SQL"]
    assert (1, 3, 1, 1, 4) == (mql.at_once, mql.later, mql.once_unqualified, mql.by_model, mql.leads)
    assert (0, 1, 1, 3.0) == (sql.at_once, sql.later, sql.once_unqualified, sql.median_days)
    assert 4.0 == mql.median_days


def test_a_level_left_and_reached_again_counts_once_and_what_was_before_the_time_not_at_all() -> None:
    told = QualifiedLater(T + 5 * DAY_MS)
    heard(told, "old", T)
    heard(told, "new", T)
    for at_ms in (T + DAY_MS, T + 6 * DAY_MS):
        told.said(level("old", "SQL"), at_ms)
    for at_ms in (T + 6 * DAY_MS, T + 6 * DAY_MS, T + 9 * DAY_MS):
        told.said(level("new", "SQL"), at_ms)

    assert {"SQL": 1} == {name: reached.leads for name, reached in told.levels.items()}


@pytest.mark.parametrize(("to", "dimension"), [("", "level"), ("hot", "temperature")])
def test_other_transitions_are_none(to: str, dimension: str) -> None:
    told = QualifiedLater(0)
    told.said(level("a", to, dimension), T)

    assert {} == told.levels
    told.said(level("unknown", "MQL"), T)
    assert (1, None) == (told.levels["MQL"].at_once, told.levels["MQL"].median_days)
