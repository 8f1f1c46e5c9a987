"""The demo's checker: says exactly what is wrong, and says nothing where nothing is."""

from collections import Counter
from collections.abc import Callable

import pytest

from agents.demo.checker import Count, Seen, compare
from agents.demo.receipts import Receipts
from schemas.lead_state import Kin, LeadState


def receipts() -> Receipts:
    book = Receipts()
    for touch in ("t1", "t2", "t3", "t3"):
        book.acknowledge(touch)
    return book


def seen() -> Seen:
    """Two leads, three touches, one of them our own mail; one handoff, said twice after a kill."""
    return Seen(
        inputs={"t1", "t2", "t3", "p"},
        log={"L1": {"t1", "t2"}, "L2": {"t3"}},
        states={"L1": LeadState(touches=1, attempts=1, episodes=1), "L2": LeadState(touches=1)},
        ripe={"h1"},
        requested=Counter({("h1/1", "h1"): 2}),
    )


def test_what_is_whole_is_told_as_whole() -> None:
    count = compare(receipts(), seen(), quiet=True)

    assert "sent 3 · counted 3 · lost 0 · twice 0 · handoffs 1, ids 1 · leads 2, merged 0" == count.line
    assert (1, 0) == (count.handoff_repeats, count.handoffs_missing)
    assert count.exact


def lose_at_the_door(found: Seen) -> None:
    found.inputs.remove("t3")


def lose_on_the_log(found: Seen) -> None:
    found.log["L2"].remove("t3")
    found.states["L2"].touches = 0


def lose_in_the_table(found: Seen) -> None:
    found.states["L1"].attempts = 0


def lose_a_lead(found: Seen) -> None:
    del found.states["L2"]


def count_twice(found: Seen) -> None:
    found.states["L1"].touches = 2


def count_for_two_leads(found: Seen) -> None:
    found.log["L2"].add("t1")
    found.states["L2"].touches = 2


def count_a_stranger(found: Seen) -> None:
    found.log["L3"] = {"t9"}
    found.states["L3"] = LeadState(touches=1)


def lose_a_handoff(found: Seen) -> None:
    found.requested.clear()


def hand_off_twice_under_one_message(found: Seen) -> None:
    found.requested[("h1/2", "h1")] += 1


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lose_at_the_door, (1, 0)), (lose_on_the_log, (1, 0)), (lose_in_the_table, (1, 0)), (lose_a_lead, (1, 0)),
        (count_twice, (0, 1)), (count_for_two_leads, (0, 1)), (count_a_stranger, (0, 1)),
        (lose_a_handoff, (0, 0)), (hand_off_twice_under_one_message, (0, 0)),
    ],
)  # fmt: skip
def test_each_damage_is_told(damage: Callable[[Seen], None], expected: tuple[int, int]) -> None:
    found = seen()
    damage(found)
    count: Count = compare(receipts(), found, quiet=True)

    assert expected == (count.lost, count.twice)
    assert not count.exact


def test_what_was_written_to_a_lead_that_was_merged_is_counted_at_its_survivor() -> None:
    found = seen()
    found.states = {
        "L1": LeadState(touches=2, attempts=1, episodes=1, kin=Kin(heard={"L2": 1})),
        "L2": LeadState(kin=Kin(merged_into="L1", sent=1)),
    }
    count = compare(receipts(), found, quiet=True)

    assert count.exact
    assert (1, 1) == (count.leads, count.merged)


def test_an_unanswered_touch_counts_as_sent_only_if_kafka_has_it() -> None:
    book, found = receipts(), seen()
    book.doubt("t4")
    book.doubt("t5")
    found.inputs.add("t4")

    assert (4, 1) == ((count := compare(book, found, quiet=True)).sent, count.lost)


def test_a_count_before_all_was_processed_is_not_exact() -> None:
    assert not compare(receipts(), seen(), quiet=False).exact
