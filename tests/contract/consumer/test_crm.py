"""A CRM that reads handoffs in any order, with any repeats, ends with the truth."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from streams.handoff.episode import is_open
from streams.routing.handing_over import encode
from tests.contract.consumer.crm import Crm
from tests.pure.life_cycle.played import played
from tests.pure.life_cycle.world import LEADS, World


def truth(world: World) -> dict[str, tuple[str, int, str, str, int]]:
    """By lead, of the latest episode: status, revision, owner, queue, number."""
    found = {}
    for lead in LEADS:
        state = world.state(lead)
        if state is not None and state.episode is not None:
            one = state.episode
            queue = "" if one.owner else one.queue
            status = "requested" if one.status == "assigned" else one.status
            found[lead] = (status, one.revision, one.owner, queue, one.number)
    return found


def told(crm: Crm) -> dict[str, tuple[str, int, str, str, int]]:
    found = {}
    for lead in LEADS:
        row = crm.of_lead(lead)
        if row is not None:
            found[lead] = (row.status, row.revision, row.data["owner"], row.data["queue"], row.episode)
    return found


def streams_of(world: World) -> list[bytes]:
    return [encode(event) for event in world.handoffs]


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**9), times=st.integers(1, 3), data=st.data())
def test_in_any_order_with_any_repeats_it_ends_right(seed: int, times: int, data: st.DataObject) -> None:
    world = played(seed)
    messages = streams_of(world) * times
    Random(data.draw(st.integers(0, 10**9))).shuffle(messages)
    crm = Crm()
    for message in messages:
        crm.hear(message)

    assert truth(world) == told(crm)
    assert all(row.whole for row in crm.handoffs.values())
    for lead in LEADS:
        state = world.state(lead)
        open_ones = [row for row in crm.handoffs.values() if row.lead_id == lead and row.is_open]
        assert len(open_ones) == (state is not None and is_open(state))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**9))
def test_a_repeat_is_the_same_message_byte_for_byte(seed: int) -> None:
    by_id: dict[str, set[bytes]] = {}
    for event in played(seed).handoffs:
        by_id.setdefault(event.id, set()).add(encode(event))

    assert {1} >= {len(messages) for messages in by_id.values()}


def test_events_that_crossed_are_put_right() -> None:
    """By hand: closed comes before accepted and requested."""
    world = next(world for seed in range(1_000) if (world := played(seed)) and _closed_after_accepted(world))
    crm = Crm()
    for message in reversed(streams_of(world)):
        crm.hear(message)

    assert truth(world) == told(crm)


def _closed_after_accepted(world: World) -> bool:
    kinds = [[word.type.value for word in words] for words in world.said.values()]
    return any("accepted" in one and one[-1] == "closed" for one in kinds)
