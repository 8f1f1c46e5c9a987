"""A policy played over the past: shares and limits hold, who waits is served when somebody is free, nobody is lost."""

from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.routing_policy import Person, Promise, RoutingPolicy, RoutingRule, Target, Team
from schemas.units import MINUTE_MS
from streams.routing.choosing import Chooser, Situation
from streams.routing.simulating import Past, simulate
from tests.pure.ripes import T_MS

POLICY = RoutingPolicy(
    policy="p", version=1,
    people={"ann": Person(name="ann", weight=2, capacity=2), "bob": Person(name="bob", capacity=1)},
    teams={"desk": Team(name="desk", members=("ann", "bob"))},
    rules=(RoutingRule(name="all", to=Target(kind="team", name="desk")),), promise=Promise(within_ms=MINUTE_MS),
)  # fmt: skip


def past(number: int, minute: int, ended: int | None = None) -> Past:
    return Past(
        handoff_id=f"h{number}", situation=Situation(at_ms=T_MS + minute * MINUTE_MS),
        ended_ms=None if ended is None else T_MS + ended * MINUTE_MS, owner="eve",
    )  # fmt: skip


def test_who_waits_gets_the_place_that_becomes_free() -> None:
    played = simulate(Chooser(POLICY), [past(0, 0, 10), past(1, 0), past(2, 0), past(3, 1), past(4, 2)])

    assert (5, 2, 2, 1, 540.0) == (
        played.handoffs, played.waited, played.most_waiting, played.still_waiting, played.longest_wait_s
    )  # fmt: skip
    assert {"ann": (3, 2, 0), "bob": (1, 1, 0), "eve": (0, 0, 5)} == {
        name: (one.given, one.most_open, one.really) for name, one in played.people.items()
    }
    assert {"all": 4} == played.rules


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 60), st.none() | st.integers(0, 90)), max_size=25))
def test_nobody_has_more_than_room_for_and_everybody_is_somewhere(times: list[tuple[int, int | None]]) -> None:
    handoffs = [
        past(number, begin, None if length is None else begin + length)
        for number, (begin, length) in enumerate(times)
    ]  # fmt: skip
    played = simulate(Chooser(POLICY), handoffs)

    assert played == simulate(Chooser(POLICY), reversed(handoffs))
    assert played.people["ann"].most_open <= 2
    assert played.people["bob"].most_open <= 1
    served = played.people["ann"].given + played.people["bob"].given
    assert served + played.still_waiting <= len(times)
    assert served >= len(times) - played.waited
