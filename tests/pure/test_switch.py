"""A model takes effect and nothing else happens: what that changes is said, and time goes on under the new model."""

from math import log2

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.journal import StageChanged
from schemas.lead_event import LeadEvent, TimerFired
from schemas.lead_state import LeadState
from schemas.units import DAY_MS, HOUR_MS, MINUTE_MS
from streams.batch import fold_batch
from streams.folded import Folded, add
from streams.generations.log_marks import MODEL_KEY
from streams.judge import Judge
from tests.pure.lives import Logged, T, Table, fit20, said, touched, with_coordinates
from tests.pure.test_activation import RICHER, TEXT, V1, mark
from tests.pure.test_activation import by as version

LABELS = """
labels: {temperature: {hot: 40, warm: 5, cold: 0}, grade: {A: 10, B: 5, C: 0}}
levels: {MQL: {engagement: 15 or more}}
"""
HANDOFF = TEXT[TEXT.index("handoff:") :]


def by(number: int, *changes: tuple[str, str]) -> Judge:
    """With labels and a level, and no handoff: what is said here is said of labels."""
    return version(number, (HANDOFF, LABELS), *changes)


OLD, EARLY, LATE = by(1), by(2, ("hot: 40", "hot: 50")), by(3, ("hot: 40", "hot: 20"))
POORER = by(4, ("hot: 40", "hot: 70"), ("{A: 10,", "{A: 30,"), ("15 or more", "90 or more"))
HIGH, LOWER = by(5, ("warm: 5", "warm: 12")), by(6)
ALL = {judge.digest: judge for judge in (OLD, EARLY, LATE, POORER, HIGH, LOWER, V1, RICHER)}
BY_KEY = {judge.key: judge for judge in ALL.values()}


def under(judge: Judge, at_ms: int) -> TimerFired:
    return TimerFired(id=f"L1/model/{judge.key}", at_ms=at_ms, model=judge.key)


def live(life: list[LeadEvent | bytes], first: Judge = OLD, batch: int = 1_000) -> tuple[Table, Folded]:
    table, judge, whole = Table(), first, Folded()
    events = iter(with_coordinates([one for one in life if not isinstance(one, bytes)]))
    records = [
        Logged(i, MODEL_KEY, one) if isinstance(one, bytes) else Logged(i, b"L1", msgspec.json.encode(next(events)))
        for i, one in enumerate(life)
    ]
    for i in range(0, len(records), batch):
        folded, judge = fold_batch(records[i : i + batch], table, judge, ALL.__getitem__, BY_KEY)
        table.keep(folded)
        add(whole, folded)
    return table, whole


def told(stages: list[StageChanged]) -> list[tuple[str, str, str, str]]:
    return [(s.dimension, s.previous, s.to, s.cause) for s in stages]


SIX = [touched("demo_request", T) for _ in range(6)]  # 60 points, halved every 14 days


@pytest.mark.parametrize("found_by", [touched("note", T + HOUR_MS), under(POORER, T + HOUR_MS)])
def test_labels_and_levels_that_the_model_alone_changes_are_said_once_with_that_cause(found_by: LeadEvent) -> None:
    _, whole = live([fit20(), *SIX, mark(POORER), found_by, touched("note", T + 2 * HOUR_MS)])

    by_model = [s for s in whole.stages if s.cause]
    assert [
        ("temperature", "hot", "warm", "model"),
        ("grade", "A", "B", "model"),
        ("level", "MQL", "", "model"),
    ] == told(by_model)
    assert {"m@4 took effect, before it m@1"} == {s.why for s in by_model}
    assert [
        ("grade", "C", "A", ""),
        ("temperature", "cold", "warm", ""),
        ("level", "", "MQL", ""),
        ("temperature", "warm", "hot", ""),
    ] == told([s for s in whole.stages if not s.cause])


def until_it_cools(judge: Judge, *, asked: bool) -> tuple[int, LeadState]:
    """An idle lead after another model took effect on the first day: when it is told not to be hot any more."""
    life: list[LeadEvent | bytes] = [*SIX, mark(judge)]
    if asked:
        life.append(under(judge, T + DAY_MS))
    for _ in range(50):
        table, whole = live(life)
        cooled = [s for s in whole.stages if s.previous == "hot"]
        state = table.state()
        if cooled or not state.deadline_ms:
            return state.temperature_ms, state
        life.append(TimerFired(id="t", at_ms=state.deadline_ms))
    raise AssertionError("it never cools")


@pytest.mark.parametrize(("judge", "line"), [(EARLY, 50), (LATE, 20)])
def test_an_idle_lead_changes_its_label_at_the_moment_at_which_the_new_model_says_so(judge: Judge, line: int) -> None:
    at_ms, state = until_it_cools(judge, asked=True)

    assert T + 14 * DAY_MS * log2(60 / line) == pytest.approx(at_ms, abs=MINUTE_MS)
    assert judge.key == state.model


def test_a_lead_that_had_nothing_to_fall_from_falls_under_the_new_model() -> None:
    """Without the event it has no deadline, and nothing would ever happen."""
    life: list[LeadEvent | bytes] = [touched("demo_request", T), mark(LOWER), under(LOWER, T + DAY_MS)]
    idle, table = live(life[:2], HIGH)[0].state(), live(life, HIGH)[0]
    while (deadline_ms := table.state().deadline_ms) and len(life) < 20:
        life.append(TimerFired(id="t", at_ms=deadline_ms))
        table, whole = live(life, HIGH)

    assert 0 == idle.deadline_ms
    assert [("cold", "warm", "model"), ("warm", "cold", "")] == [
        (s.previous, s.to, s.cause) for s in whole.stages if s.dimension == "temperature"
    ]
    assert T + 14 * DAY_MS == pytest.approx(table.state().temperature_ms, abs=MINUTE_MS)


@pytest.mark.parametrize("rescore", [False, True])
def test_nobody_is_handed_off_by_coming_under_a_model_and_rescored_leads_are_by_what_comes_next(rescore: bool) -> None:
    life: list[LeadEvent | bytes] = [fit20(), touched("demo_request"), touched("demo_request")]
    life += [mark(RICHER, rescore=rescore), under(RICHER, T + HOUR_MS)]
    table, whole = live(life, V1)
    _, later = live([*life, touched("page_view", T + 2 * HOUR_MS)], V1)

    assert ([], RICHER.key) == (whole.ripe, table.state().model)
    assert rescore == bool(later.ripe)


def test_a_lead_handed_off_comes_under_the_model_when_that_is_over_and_not_before() -> None:
    ripe = [fit20(), *(touched("demo_request", T) for _ in range(5))]
    life: list[LeadEvent | bytes] = [*ripe, mark(RICHER), under(RICHER, T + HOUR_MS)]
    before, over = live(life, V1)[0], live([*life, said("returned", T + 2 * HOUR_MS, reason="no")], V1)[0]

    assert (V1.key, RICHER.key) == (before.state().model, over.state().model)


def test_an_event_that_names_another_model_than_the_one_in_force_changes_nothing() -> None:
    table, whole = live([*SIX, mark(LATE), under(EARLY, T + DAY_MS)])

    assert (OLD.key, 1) == (table.state().model, whole.timers["stale"])


def test_a_deadline_that_comes_first_is_left_to_its_own_timer() -> None:
    deadline_ms = live([*SIX])[0].state().deadline_ms
    table, _ = live([*SIX, mark(LATE), under(LATE, deadline_ms)])
    after, _ = live([*SIX, mark(LATE), under(LATE, deadline_ms), TimerFired(id="t", at_ms=deadline_ms)])

    assert (OLD.key, LATE.key) == (table.state().model, after.state().model)


moments = st.integers(min_value=T, max_value=T + 20 * DAY_MS)
steps = st.one_of(
    st.builds(touched, st.sampled_from(["demo_request", "page_view"]), moments),
    st.builds(mark, st.sampled_from([OLD, EARLY, LATE, POORER]), rollback=st.just(True)),
    st.builds(under, st.sampled_from([OLD, EARLY, LATE, POORER]), moments),
)


@given(st.lists(steps, min_size=1, max_size=25), st.integers(1, 7))
def test_the_size_of_a_batch_changes_nothing(life: list[LeadEvent | bytes], batch: int) -> None:
    begun: list[LeadEvent | bytes] = [fit20(), *life]
    (whole, all_of_it), (parts, piecewise) = live(begun), live(begun, batch=batch)

    assert whole.kept == parts.kept
    assert all_of_it.stages == piecewise.stages
    assert sum(e.delta for e in all_of_it.ledger if e.dimension == "engagement") == pytest.approx(
        whole.state().engagement / 1e6
    )
