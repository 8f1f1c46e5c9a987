"""The horizon of repeats: ids are known for a day, and at most the last thousand of a lead."""

from schemas.lead_event import Origin, TouchSeen
from schemas.lead_state import LeadState
from schemas.units import DAY_MS, HOUR_MS, MINUTE_MS
from streams.scoring.repeats import KEEP_IDS, known_ids, seen_before
from tests.pure.lives import T


def touch(id: str, offset: int, append_ms: int) -> TouchSeen:
    return TouchSeen(
        id=id, at_ms=T, origin=Origin("touches.web", 0, offset, append_ms), kind="visit", channel="web"
    )  # fmt: skip


def test_an_id_is_a_repeat_for_a_day_and_something_new_after_it() -> None:
    for later_ms, repeat in ((1, True), (23 * HOUR_MS, True), (DAY_MS, True), (DAY_MS + MINUTE_MS, False)):
        state = LeadState()
        assert not seen_before(state, touch("a", 1, T))
        seen_before(state, touch("between", 2, T + later_ms))

        assert repeat == seen_before(state, touch("a", 3, T + later_ms))


def test_of_a_lead_the_last_thousand_ids_are_known() -> None:
    state = LeadState()
    for number in range(KEEP_IDS + 1):
        assert not seen_before(state, touch(f"t{number}", number, T + number))

    assert KEEP_IDS == known_ids(state)
    assert seen_before(state, touch("t1", 5_000, T + 5_000))
    assert not seen_before(state, touch("t0", 5_001, T + 5_001))
