"""What a worker remembers of the identity graph never sends a message elsewhere than Redis would, but for a hop."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from agents.people.asking import Changes, Pointer, Seen
from agents.people.links_known import LinksKnown
from streams.people.identity import Identity

A, B, C = "L000000000000000A", "L000000000000000B", "L000000000000000C"
SEEN = Seen(b"g", 1)


def known(*links: tuple[str, str], pointers: tuple[Pointer, ...] = ()) -> LinksKnown:
    memory = LinksKnown()
    for key, lead in links:
        memory.remember(key, lead)
    memory.learn(pointers)
    return memory


def named(*keys: str) -> list[Identity]:
    return [Identity(key.partition(":")[0], "", key, 1) for key in keys]


def told(memory: LinksKnown, *changes: str) -> None:
    memory.follow(Changes(SEEN, changes))


def test_links_known_keep_what_is_asked_for_and_stay_bounded() -> None:
    links = LinksKnown(most=10)
    for n in range(100):
        links.remember(f"user:{n}", A)
        assert A == links.lead_of("user:0")

    assert len(links) <= 10
    assert links.lead_of("user:1") is None


def test_a_message_is_of_the_lead_that_was_in_force_when_it_was_appended() -> None:
    links = known(pointers=(Pointer(C, B, 100), Pointer(B, A, 50)))

    assert [C, A, A, B, A] == [links.target(C, 99), links.target(C, 100), links.target(C, 101), links.target(B, 49),
                               links.target(B, 50)]  # fmt: skip


def test_a_merge_that_is_not_announced_is_asked_for_and_switches_nothing() -> None:
    links = known(pointers=(Pointer(B, A, 0),))

    assert (None, B, A) == (links.target(B, 10**13), links.target(B, 10**13, asked=True), links.root(B))


def test_identities_of_one_lead_need_no_question_and_those_of_two_do_until_they_are_known_to_stay_apart() -> None:
    links = known(("email:1", C), ("phone:1", C), ("anonymous:1", B), ("user:1", A))
    both = named("email:1", "anonymous:1")

    assert C == links.together(named("email:1", "phone:1"), 1)
    assert links.together(named("email:1", "vk:1"), 1) is None
    assert links.together(both, 1) is None
    links.learn([Pointer(C, B, 50)])
    assert (C, C) == (links.together(both, 1), links.together(both, 99))
    three = named("email:1", "anonymous:1", "user:1")
    assert links.together(three, 1) is None
    links.remember_apart({C, B, A})
    assert C == links.together(three, 1)
    assert C == links.together(named("email:1", "user:1"), 1)
    told(links, "parted LX")
    assert links.together(three, 1) is None, "what changed may tie them"


def test_homes_of_one_lead_are_not_remembered_as_apart() -> None:
    links = known(("email:1", C), ("phone:1", B), pointers=(Pointer(C, B, 50),))
    links.remember_apart({C, B})
    told(links, f"parted {C}")

    assert links.together(named("email:1", "phone:1"), 99) is None


def test_an_identity_that_is_nobodys_is_passed_over_from_then_on_and_asked_for_before() -> None:
    links = known(("email:1", B))
    links.remember_shared("phone:9", 100)

    assert (None, B) == (
        links.together(named("phone:9", "email:1"), 99),
        links.together(named("phone:9", "email:1"), 100),
    )
    assert links.together(named("phone:9"), 100) is None


def test_what_others_changed_is_followed() -> None:
    links = known(("email:1", C), ("phone:1", C))
    told(links, f"merged {C} {B} 0", f"merged {C} {B} 70", "forget email:1")

    assert (None, C) == (links.lead_of("email:1"), links.lead_of("phone:1"))
    assert (B, SEEN) == (links.target(C, 70), links.seen)
    told(links, f"parted {C}")
    assert C == links.target(C, 70)
    links.follow(Changes(SEEN, None))
    assert (0, {}) == (len(links), links.pointers)


ids = st.lists(st.sampled_from("ABCDEFGH"), min_size=2, max_size=8, unique=True).map(sorted)


@given(ids, st.lists(st.integers(1, 50), min_size=8, max_size=8), st.integers(0, 60), st.integers(0, 60))
def test_what_is_announced_after_a_message_was_appended_never_moves_it(
    leads: list[str], switches: list[int], append_ms: int, later_ms: int
) -> None:
    before = LinksKnown()
    chain = [Pointer(loser, survivor, switches[n]) for n, (survivor, loser) in enumerate(pairwise(leads))]
    before.learn(one for one in chain if one.switch_ms <= append_ms)
    after = LinksKnown()
    after.learn(one for one in chain if one.switch_ms <= max(append_ms, later_ms))

    assert {lead: before.target(lead, append_ms) for lead in leads} == {
        lead: after.target(lead, append_ms) for lead in leads
    }
