"""A split: both leads as their own events make them, as if they had never been merged."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from schemas.lead_event import TouchSeen
from schemas.units import DAY_MS, HOUR_MS, MINUTE_MS
from streams.handoff.ripeness import HISTORY
from streams.person.logs import homes_of, split_id
from streams.person.splitting import Apart, apart
from tests.pure.lives import T, judge, learned, origin, touched
from tests.pure.person.world import A, B, C, World, essence

M1 = judge()
CALM = judge(without="surge:")

kinds = st.sampled_from(["page_view", "video_view", "visit", "demo_request", "presentation_request", "unsubscribe"])
gaps = st.sampled_from([0, 1, 500, MINUTE_MS, HOUR_MS, DAY_MS, 9 * DAY_MS])
steps = st.tuples(st.sampled_from([A, B]), kinds, gaps, st.sampled_from([0, 0, 0, 3 * HOUR_MS, 20 * DAY_MS]))
lives = st.lists(steps, max_size=25).map(lambda told: [(A, "visit", 0, 0), (B, "visit", 0, 0), *told])


def happened(number: int, kind: str, at_ms: int, append_ms: int, **more: Any) -> TouchSeen:
    page = {"page": "/pricing"} if kind == "page_view" else {}
    event = touched(kind, at_ms, id=f"t{number}", props={"video": f"v{number % 3}"}, **page, **more)
    return TouchSeen(
        **{f: getattr(event, f) for f in event.__struct_fields__} | {"origin": origin(number, append_ms=append_ms)}
    )


def fit(world: World) -> None:
    """Both are whom sales wants, so that touches alone hand them off."""
    for number, lead in enumerate((A, B)):
        known = learned(T - 1, id=f"fit-{lead}", headcount=40, turnover_usd=500_000, founded="2019-01-01")
        world.put(lead, replace(known, origin=origin(number, topic="facts")), T - 1)


def lived(life: list[Any], merge_at: int, switch_at: int, *, merged: bool = True) -> World:
    """The same life: with both merged after `merge_at` steps, messages switching over later; or never merged."""
    world, clock_ms = World(M1), T
    fit(world)
    for number, (lead, kind, gap_ms, late_ms) in enumerate(life):
        clock_ms += gap_ms + 1
        if merged and number == merge_at and {A, B} <= set(world.lines):
            world.merge(B, A, clock_ms, switched=False)
        if merged and number >= merge_at + switch_at and world.state(B).kin is not None:
            world.switch(B, A)
        world.say(lead, happened(number, kind, clock_ms - late_ms, clock_ms), clock_ms)
    return world


def taken_apart(world: World, retired: str = B, survivor: str = A) -> Apart:
    logs = world.logs()
    homes = homes_of(retired, logs)
    return apart(survivor, retired, homes, logs, world.state(survivor), world.state(retired), world.models)


def handoff(world: World) -> str:
    """What the survivor has, or had last, and how it stands."""
    episode = world.state(A).episode
    return "" if episode is None else f"{episode.handoff_id} {episode.status}"


def is_merged(world: World) -> bool:
    kin = world.state(B).kin
    return kin is not None and kin.merged_into == A


@settings(max_examples=60, deadline=None)
@given(lives, st.integers(2, 12), st.integers(0, 6))
def test_two_leads_taken_apart_are_as_if_they_had_never_been_merged(life: list[Any], at: int, switch: int) -> None:
    world, never = lived(life, at, switch), lived(life, at, switch, merged=False)
    if not is_merged(world):
        return
    found = taken_apart(world)

    then_ms = world.now_ms + DAY_MS
    assert essence(never.state(A), M1, then_ms) == essence(found.survivor.state, M1, then_ms)
    assert essence(never.state(B), M1, then_ms) == essence(found.retired.state, M1, then_ms)
    assert (0, 0) == (found.survivor.refused, found.retired.refused)


@settings(max_examples=60, deadline=None)
@given(lives, st.integers(2, 12), st.integers(0, 6), st.lists(steps, max_size=8))
def test_a_split_on_the_log_hands_nobody_off_and_life_goes_on_apart(
    life: list[Any], at: int, switch: int, later: list[Any]
) -> None:
    world, never = lived(life, at, switch), lived(life, at, switch, merged=False)
    if not is_merged(world):
        return
    said_before, stood = len(world.folded.ripe), handoff(world)
    split(world)

    assert [] == [word.type for word in world.folded.ripe[said_before:] if word.type == "requested"]
    assert stood == handoff(world)
    clock_ms = max(world.now_ms, never.now_ms)
    for number, (lead, kind, gap_ms, late_ms) in enumerate(later, 1_000):
        clock_ms += gap_ms + 1
        for one in (world, never):
            one.say(lead, happened(number, kind, clock_ms - late_ms, clock_ms), clock_ms)
    then_ms = clock_ms + DAY_MS
    assert essence(never.state(A), M1, then_ms) == essence(world.state(A), M1, then_ms)
    assert essence(never.state(B), M1, then_ms) == essence(world.state(B), M1, then_ms)


def split(world: World, retired: str = B, survivor: str = A) -> None:
    """As the command does it: the retired one first."""
    homes = homes_of(retired, world.logs())
    world.restate(retired, taken_apart(world, retired, survivor).retired.state, split_id(retired, 1), "split")
    world.restate(survivor, taken_apart(world, retired, survivor).survivor.state, split_id(survivor, 1, homes), "split")
    for home in homes:
        world.homes.pop(home, None)


def test_who_is_ripe_by_the_split_alone_is_handed_off_when_something_new_happens() -> None:
    world = World(CALM)
    fit(world)
    for number, lead in enumerate((A, A, B)):
        world.say(lead, happened(number, "demo_request", T + number, T + number), T + number)
    world.merge(B, A, T + 5, switched=True)
    world.say(B, happened(5, "demo_request", T + 6, T + 6), T + 6)
    asked = handoff(world)
    split(world)

    assert 60 == round(world.state(B).engagement / 1e6)
    assert (HISTORY, None) == (world.state(B).held, world.state(B).episode)
    world.put(A, touched("visit", T + HOUR_MS, id="t6"), T + HOUR_MS)
    assert [A] == requested(world)
    world.put(B, touched("visit", T + HOUR_MS, id="t7"), T + HOUR_MS)
    assert [A, B] == requested(world)
    assert asked == handoff(world)


def test_a_surge_that_held_for_both_hands_nobody_off_by_the_split() -> None:
    world = World(M1)
    fit(world)
    for number, (lead, kind) in enumerate(((A, "visit"), (B, "visit"))):
        world.say(lead, happened(number, kind, T + number, T + number), T + number)
    world.merge(B, A, T + 5, switched=True)
    for number, kind in enumerate(("demo_request", "unsubscribe"), 5):
        world.say(B, happened(number, kind, T + number, T + number), T + number)
    split(world)

    # 25 points are under the re-arm line, and the surge of 30 still holds.
    assert (25, HISTORY) == (round(world.state(B).engagement / 1e6), world.state(B).held)
    assert [A] == requested(world)


def requested(world: World) -> list[str]:
    """Whom sales was asked to call, in order."""
    return [word.lead_id for word in world.folded.ripe if word.type == "requested"]


def test_an_open_handoff_outlives_the_split_that_leaves_its_lead_cold() -> None:
    world = World(CALM)
    fit(world)
    for number, lead in enumerate((A, B)):
        world.say(lead, happened(number, "presentation_request", T + number, T + number), T + number)
    world.merge(B, A, T + 4, switched=True)
    for number in range(5, 7):
        world.say(B, happened(number, "demo_request", T + number, T + number), T + number)
    asked = handoff(world)
    split(world)
    world.say(A, happened(8, "visit", T + HOUR_MS, T + HOUR_MS), T + HOUR_MS)

    assert 5 == round(world.state(A).engagement / 1e6)
    assert asked.endswith(" requested")
    assert asked == handoff(world)


def test_a_lead_that_had_taken_over_another_leaves_with_it_and_may_be_merged_and_split_again() -> None:
    world = World(M1)
    for number, lead in enumerate((A, B, C)):
        world.say(lead, happened(number, "presentation_request", T + number, T + number), T + number)
    world.merge(C, B, T + 5, switched=True)
    world.merge(B, A, T + 6, switched=True)
    for number, lead in enumerate((A, B, C), 10):
        world.say(lead, happened(number, "presentation_request", T + number, T + number), T + number)
    assert 6 == world.state(A).touches
    split(world)
    world.homes[C] = B
    assert [2, 4] == [world.state(lead).touches for lead in (A, B)]
    world.say(C, happened(20, "presentation_request", T + 20, T + 20), T + 20)
    world.merge(B, A, T + 30, switched=True)
    assert 7 == world.state(A).touches
    split(world)

    assert [2, 5] == [world.state(lead).touches for lead in (A, B)]


def test_the_last_one_merged_leaves_from_the_middle_of_a_chain() -> None:
    world = World(M1)
    for number, lead in enumerate((A, B, C)):
        world.say(lead, happened(number, "presentation_request", T + number, T + number), T + number)
    world.merge(C, B, T + 5, switched=True)
    world.merge(B, A, T + 6, switched=True)
    world.say(C, happened(10, "presentation_request", T + 10, T + 10), T + 10)
    split(world, C, A)

    assert [2, 2] == [world.state(lead).touches for lead in (A, C)]


def test_a_merge_that_is_announced_once_more_takes_no_touch_from_who_leaves() -> None:
    world = World(M1)
    for number, lead in enumerate((A, B)):
        world.say(lead, happened(number, "presentation_request", T + number, T + number), T + number)
    world.merge(B, A, T + 5, switched=False)
    world.say(B, happened(10, "presentation_request", T + 10, T + 10), T + 10)
    world.merge(B, A, T + 20, switched=False)
    world.say(B, happened(30, "presentation_request", T + 30, T + 30), T + 30)
    assert 4 == world.state(A).touches
    split(world)

    assert [1, 3] == [world.state(lead).touches for lead in (A, B)]
