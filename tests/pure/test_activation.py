"""Another model takes effect: cut at its mark, carried over by shape, and nobody handed off for the change alone."""

from collections.abc import Sequence

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.handoff import Ripe
from schemas.lead_event import LeadEvent
from schemas.log_mark import ModelActivated
from schemas.units import DAY_MS, HOUR_MS, MICRO
from streams.activation import UnknownModel, activated, activation_bytes, adopt, runs
from streams.batch import fold_batch
from streams.generations.log_marks import MODEL_KEY
from streams.judge import Judge
from streams.lead_codec import decode
from streams.model import read_model
from tests.pure.lives import Logged, T, Table, fit20, said, touched, with_coordinates

TEXT = """
model: m
version: 1
starts: 2026-01-01
engagement:
  rules:
    asked: {when: demo_request, points: 10, half_life: 14d}
    looked: {when: page_view, points: 1}
    left-us: {when: unsubscribe, points: -5}
velocity:
  visit-burst: {count: 3, of: page_view, within: 2d, points: 4, lasts: 2d}
fit:
  primary:
    big-enough: {headcount: 20 or more, points: 20}
facts: {headcount: number}
handoff:
  when: {engagement: 40 or more, fit: 20 or more}
  again: {after falling under: 30, and not within: 14d}
"""


def by(version: int, *changes: tuple[str, str]) -> Judge:
    text = TEXT.replace("version: 1", f"version: {version}")
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    model = read_model(text)
    assert not isinstance(model, list), model
    return Judge(model)


V1 = by(1)
RICHER = by(2, ("points: 10,", "points: 30,"))
OTHERWISE = by(3, ("half_life: 14d", "half_life: 7d"), ("count: 3", "count: 2"))
ALL = {judge.digest: judge for judge in (V1, RICHER, OTHERWISE)}
BY_KEY = {judge.key: judge for judge in ALL.values()}


def judge_of(digest: str) -> Judge:
    if digest not in ALL:
        raise UnknownModel(f"{digest} is nowhere")
    return ALL[digest]


def mark(judge: Judge, **more: object) -> bytes:
    told = {"model": judge.model.model, "version": judge.model.version, "digest": judge.digest, "at_ms": T}
    return activation_bytes(msgspec.convert(told | more, ModelActivated))


def log(life: Sequence[LeadEvent | bytes]) -> list[Logged]:
    """Events of lead L1, and activations where bytes stand."""
    events = iter(with_coordinates([one for one in life if not isinstance(one, bytes)]))
    return [
        Logged(i, MODEL_KEY, one) if isinstance(one, bytes) else Logged(i, b"L1", msgspec.json.encode(next(events)))
        for i, one in enumerate(life)
    ]


def live(life: Sequence[LeadEvent | bytes], *, batch: int = 1_000) -> tuple[Table, list[Ripe], list[str]]:
    """The table, the words on `ripe` and what was refused."""
    table, judge, records = Table(), V1, log(life)
    ripe: list[Ripe] = []
    refused: list[str] = []
    for i in range(0, len(records), batch):
        folded, judge = fold_batch(records[i : i + batch], table, judge, judge_of, BY_KEY)
        table.keep(folded)
        ripe += folded.ripe
        refused += [reject.detail for _, reject in folded.refused]
    return table, ripe, refused


moments = st.integers(min_value=T, max_value=T + 20 * DAY_MS)
kinds = st.sampled_from(["demo_request", "page_view", "unsubscribe"])
marks = st.sampled_from([mark(V1, rollback=True), mark(RICHER), mark(OTHERWISE), mark(RICHER, rollback=True), b"{"])
lives = st.lists(st.one_of(st.builds(touched, kinds, moments), marks), min_size=1, max_size=25)


@given(lives, st.integers(min_value=1, max_value=7))
def test_the_size_of_a_batch_changes_nothing_wherever_models_take_effect(
    life: list[LeadEvent | bytes], batch: int
) -> None:
    known: list[LeadEvent | bytes] = [fit20(), *life]
    whole, parts = live(known), live(known, batch=batch)

    assert whole[0].kept == parts[0].kept
    assert whole[1:] == parts[1:]


@given(lives)
def test_runs_leave_no_record_out_and_begin_at_the_marks_that_are_followed(life: list[LeadEvent | bytes]) -> None:
    records = log(life)
    found = list(runs(records, V1, judge_of))

    assert records == [record for run, _ in found for record in run]
    assert all(MODEL_KEY == run[0].key for run, _ in found[1:])


@given(st.lists(st.builds(touched, kinds, moments), min_size=1, max_size=20))
def test_what_counts_the_same_goes_on_and_new_points_are_read_from_it(life: list[LeadEvent]) -> None:
    """A lead that comes to a version with other points alone stands as if that version had always judged it."""
    table, _, _ = live([*life, mark(RICHER), touched("video_view", T + 21 * DAY_MS)])
    always = Table()
    records = log([*life, touched("video_view", T + 21 * DAY_MS)])
    always.keep(fold_batch(records, always, RICHER, judge_of, BY_KEY)[0])
    changed, alike = table.state(), always.state()

    assert (alike.rules, alike.bursts, alike.engagement) == (changed.rules, changed.bursts, changed.engagement)


def test_what_counts_otherwise_begins_anew() -> None:
    life = [touched("demo_request"), touched("page_view"), touched("page_view", T + 1), touched("page_view", T + 2)]
    table, _, _ = live([*life, mark(OTHERWISE), touched("video_view", T + 3)])

    assert {"looked"} == set(table.state().rules)
    assert {} == table.state().bursts
    assert 3 * MICRO == table.state().engagement


def test_nobody_is_handed_off_by_the_change_alone_until_they_have_fallen_under_the_line() -> None:
    jumped = [fit20(), touched("demo_request"), touched("demo_request", T + 1)]
    after = [touched("page_view", T + 2), touched("page_view", T + 3)]
    table, ripe, _ = live([*jumped, mark(RICHER), *after])
    later = [touched("page_view", T + 40 * DAY_MS), *(touched("demo_request", T + 40 * DAY_MS + i) for i in range(2))]

    assert [] == ripe
    assert "model" == table.state().held
    assert 1 == len(live([*jumped, mark(RICHER), *after, *later])[1])
    assert 1 == len(live([*jumped, mark(RICHER, rescore=True), *after])[1])
    assert 1 == len(live([*jumped, mark(RICHER), *after, mark(RICHER, rescore=True), touched("page_view", T + 4)])[1])


def test_a_lead_with_an_open_handoff_keeps_its_model_until_that_is_closed() -> None:
    handed = [fit20(), *(touched("demo_request", T + i) for i in range(5))]
    table, ripe, _ = live([*handed, mark(RICHER), touched("page_view", T + HOUR_MS)])
    assert ["requested", "updated"] == [word.type for word in ripe]
    assert V1.key == table.state().model
    handoff = table.state().episode
    assert handoff is not None

    lost = said("lost", T + 2 * HOUR_MS, handoff_id=handoff.handoff_id, reason="no_need")
    closed, _, _ = live([*handed, mark(RICHER), lost, touched("page_view", T + 3 * HOUR_MS)])
    assert RICHER.key == closed.state().model


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (b"{", "not an activation"),
        (None, "not an activation"),
        (mark(RICHER, digest="sha256:none"), "sha256:none is nowhere"),
        (mark(RICHER, version=7), "names m@7"),
        (mark(RICHER, at_ms=1), "starts at"),
    ],
)
def test_an_activation_that_cannot_be_followed_is_refused_and_says_who_judges_on(value: bytes, why: str) -> None:
    outcome = activated(value, V1, judge_of)

    assert not isinstance(outcome, Judge)
    assert why in outcome.detail
    assert outcome.detail.endswith("m@1 stays in force")


def test_what_is_refused_is_named_by_its_place_in_the_batch() -> None:
    records = log([touched("page_view"), b"{", mark(RICHER), touched("page_view", T + 1), b"["])
    folded, judge = fold_batch(records, Table(), V1, judge_of, BY_KEY)

    assert [1, 4] == [index for index, _ in folded.refused]
    assert RICHER is judge


def test_an_earlier_version_takes_effect_only_where_a_rollback_is_meant() -> None:
    assert RICHER is activated(mark(RICHER, rollback=True), OTHERWISE, judge_of)
    outcome = activated(mark(RICHER), OTHERWISE, judge_of)
    assert not isinstance(outcome, Judge)
    assert "version 2 is not above 3" in outcome.detail


def test_a_model_that_counts_alike_adopts_without_a_trace() -> None:
    table, _, _ = live([fit20(), touched("demo_request"), touched("page_view", T + 1)])
    state = decode(table.kept[b"L1"])
    adopt(state, V1, V1)

    assert table.state() == state
