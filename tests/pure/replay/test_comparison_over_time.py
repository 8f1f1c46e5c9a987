"""A replay on the clock of the log: timers, models that take effect on it, batches that change nothing."""

from collections import Counter

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from schemas.lead_event import TimerFired
from schemas.log_mark import ModelActivated
from schemas.units import DAY_MS, HOUR_MS
from streams.activation import activation_bytes
from streams.fold import fold
from streams.generations.log_marks import MODEL_KEY
from streams.lead_codec import body_of, deadline_of
from streams.replay.comparison import Comparison, Terms
from streams.replay.record import LogRecord
from streams.replay.refolding import refold
from streams.replay.report import Change
from tests.pure.lives import T, fit20, touched
from tests.pure.replay.pasts import (
    LATE_MS,
    M1,
    Past,
    compared,
    demo,
    finished,
    in_order,
    lined,
    pasts,
    prices,
    records,
)

END = Terms(end_ms=T + 60 * DAY_MS)


@given(pasts())
def test_time_passes_for_a_model_on_the_past_as_it_does_live(past: Past) -> None:
    lived, table, ripe = records(past), dict[bytes, bytes](), Counter[str]()
    for record in lived:
        until(table, record.timestamp, [record.key or b""], ripe)
        take(table, [record], ripe)
    until(table, END.end_ms, list(table), ripe)
    comparison = Comparison(M1, M1, END)
    comparison.take(lived)

    report = comparison.finish()

    assert {key: body_of(value) for key, value in table.items()} == {
        key: body_of(value) for key, value in comparison.current.states.items()
    }
    assert (ripe["requested"], ripe["withdrawn"]) == (report.current.handoffs, report.current.withdrawn)


def until(table: dict[bytes, bytes], at_ms: int, keys: list[bytes], ripe: Counter[str]) -> None:
    """Timers of leads that came due by then, each as a record of its own."""
    for key in keys:
        while key in table and 0 < (due := deadline_of(table[key])) <= at_ms:
            timer = TimerFired(id=f"{key.decode()}/{due}", at_ms=due)
            take(table, [LogRecord(-1, due, key, msgspec.json.encode(timer))], ripe)


def take(table: dict[bytes, bytes], some: list[LogRecord], ripe: Counter[str]) -> None:
    """Fold, whatever the offsets are."""
    moved = {key: value[:1] + (-2).to_bytes(8, "big", signed=True) + value[9:] for key, value in table.items()}
    folded = fold(some, moved, M1, ledger=False)
    table.update(folded.states)
    ripe.update(word.type for word in folded.ripe)


def test_the_current_side_follows_the_models_that_the_log_puts_in_force() -> None:
    low = lined(30)
    mark = ModelActivated(model="b2b-services", version=7, digest=low.digest, at_ms=T + HOUR_MS, rollback=True)
    before, after = records(demo("a", T)), records(demo("b", T + DAY_MS))
    activation = LogRecord(2, T + HOUR_MS, MODEL_KEY, activation_bytes(mark))
    log = [*before, activation, *(msgspec.structs.replace(r, offset=r.offset + 3) for r in after)]
    judges = {low.digest: low, M1.digest: M1}

    follows = Comparison(M1, low, END, judges.__getitem__, {judge.key: judge for judge in judges.values()})
    follows.take(log)
    stays = finished(log, M1, low, 10_000, END)
    followed = follows.finish()

    assert (1, 1) == (followed.current.leads, followed.changes[Change.ADDITIONAL])
    assert (0, 2) == (stays.current.leads, stays.changes[Change.ADDITIONAL])


@given(pasts(), st.integers(1, 9))
def test_folding_again_in_other_batches_gives_the_same_bytes(past: Past, batch: int) -> None:
    log = records(past)
    one, other = dict[bytes, bytes](), dict[bytes, bytes]()

    first = [w for folded in refold([log], one, M1) for w in folded.ripe]
    second = [
        w
        for folded in refold((log[i : i + batch] for i in range(0, len(log), batch)), other, M1)
        for w in folded.ripe
    ]  # fmt: skip

    assert one == other
    assert sorted((w.handoff_id, w.revision) for w in first) == sorted((w.handoff_id, w.revision) for w in second)


def test_an_event_that_cannot_be_read_keeps_no_replay_from_its_end() -> None:
    log = records([("a", fit20()), ("a", touched("demo_request", T + 1))])
    broken = [*log, LogRecord(2, T + LATE_MS, b"a", b'{"type":"crm"'), LogRecord(3, T, None, b""), *log[2:]]

    report = finished(broken, M1, lined(30), 10_000, END)

    assert (3, 1) == (report.events, report.candidate.leads)


def test_a_handoff_that_cooled_makes_room_for_the_next_before_the_lead_comes_back() -> None:
    past = in_order(
        [*demo("a", T), *prices("a", T + 9), *demo("a", T + 40 * DAY_MS), *prices("a", T + 40 * DAY_MS + 9)]
    )

    report = compared(past, M1, M1, end_ms=past[-1][1].at_ms + HOUR_MS)

    assert (2, 1) == (report.current.handoffs, report.current.withdrawn)


def test_what_was_written_within_one_minute_is_folded_alike_in_any_batches() -> None:
    past = in_order(
        [*demo("a", T), *prices("a", T + 9), *demo("a", T + 40 * DAY_MS), *prices("a", T + 40 * DAY_MS + 9)]
    )
    written = [msgspec.structs.replace(record, timestamp=T + 50 * DAY_MS) for record in records(past)]

    whole, apart = (finished(written, M1, lined(30), batch, END) for batch in (100, 1))

    assert whole == apart
