"""Marketing is asked to leave out of its campaigns who is not our client: once for each lead and reason."""

from typing import Any

import msgspec
import pytest

from schemas.condition import AtLeast, Did, NotOf, OneOf
from schemas.journal import Task
from schemas.lead_event import LeadEvent
from schemas.scoring_model import Criterion
from schemas.units import HOUR_MS, MICRO
from streams.judge import Judge
from streams.model import read_model
from streams.model.digest import _meaning
from tests.pure.lives import T, judge, learned, live, touched
from tests.pure.model.documents import ROOT

AIRPORT = Criterion(
    name="not-our-area", fact="district", test=OneOf(("airport",)), points=-30 * MICRO, redirect=True
)  # fmt: skip


def by(**more: Any) -> Judge:
    model = judge().model
    primary = (Criterion(name="big-enough", fact="headcount", test=AtLeast(20), points=20 * MICRO),)
    return Judge.of(msgspec.structs.replace(model, **({"primary": primary, "secondary": (AIRPORT,)} | more)))


BOTH = by()


def asked(events: list[LeadEvent], judge: Judge = BOTH, batch: int = 1_000) -> list[Task]:
    return [task for task in live(events, judge, batch=batch)[1].tasks if task.kind == "redirect"]


def test_a_district_where_nothing_is_built_is_left_out_of_the_campaign_that_showed_it() -> None:
    (task,) = asked([touched("visit", T, campaign="spring"), learned(T + 1, id="f1", district="Airport")])

    assert "not-our-area: district is Airport; leave such people out of the campaign spring" == task.note
    assert ("L1/f1/redirect/not-our-area", "marketing") == (task.task_id, task.role)


def test_a_primary_criterion_known_to_be_false_says_what_is_known_and_what_was_asked() -> None:
    (task,) = asked([touched("visit", T, source="ads"), learned(T + 1, headcount=8)])

    assert "big-enough: headcount is 8, asked is headcount 20 or more; leave such people out of what ads shows" == (
        task.note
    )


@pytest.mark.parametrize("batch", [1, 1_000])
def test_each_reason_is_told_once_however_often_it_comes_and_goes(batch: int) -> None:
    events: list[LeadEvent] = [
        learned(T + hour * HOUR_MS, district=district)
        for hour, district in enumerate(["Airport", "Centre", "Airport", "airport"])
    ]
    tasks = asked([*events, learned(T + 9 * HOUR_MS, headcount=8), touched("visit", T + 10 * HOUR_MS)], batch=batch)

    assert ["not-our-area", "big-enough"] == [task.task_id.rsplit("/", 1)[1] for task in tasks]


def test_nobody_is_sent_away_for_what_is_not_known_or_asks_no_redirect() -> None:
    silent = by(primary=(), secondary=(msgspec.structs.replace(AIRPORT, redirect=False),))

    assert [] == asked([touched("visit"), learned(district="Centre", headcount=20)])
    assert [] == asked([learned(district="Airport")], silent)


def test_a_touch_that_a_criterion_asks_about_redirects_and_one_of_the_past_does_not() -> None:
    student = Criterion(name="no-student", fact="", where=NotOf(Did(("student_offer",))), points=0)
    both = by(primary=(student,), secondary=())
    live_one, past = touched("student_offer", T), touched("student_offer", T, history=True)

    assert [
        ("redirect", "no-student: asked is not did student_offer; leave such people out of what unknown shows")
    ] == [(task.kind, task.note) for task in asked([live_one], both)]
    assert [] == asked([past], both)


def test_the_preset_for_developers_leaves_out_where_they_build_nothing() -> None:
    model = read_model((ROOT / "deploy/models/property-developer.yaml").read_text())
    assert not isinstance(model, list)

    (task,) = asked([learned(district="Airport")], Judge.of(model))

    assert task.note.startswith("not-our-area: district is Airport")


def test_an_older_model_keeps_its_digest_though_criteria_may_redirect_now() -> None:
    plain = msgspec.structs.replace(AIRPORT, redirect=False)

    assert by(secondary=(plain,)).digest != by(secondary=(AIRPORT,)).digest
    assert "redirect" not in str(_meaning(plain))
