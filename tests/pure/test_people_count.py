"""The count of people whose truth is known notices what it is there for."""

from collections.abc import Callable

import pytest

from tests.bench.known_people import People
from tests.bench.people_count import Counted, Seen, compare

NOW_MS = 1_795_000_000_000
PEOPLE = People(40, 8, NOW_MS)


def seen() -> Seen:
    """Everybody is one lead, the first after a merge."""
    found = Seen(survivor={"L-other": "L0"}, leads={"L-other": {0}})
    for person in range(PEOPLE.people):
        made = PEOPLE.count(person)
        found.touches[person] = (1 << made) - 1
        found.leads[f"L{person}"] = {person}
        found.cards[f"L{person}"] = PEOPLE.score(person, NOW_MS), made, NOW_MS
    return found


def lose_a_touch(found: Seen) -> None:
    found.touches[3] &= ~1


def count_a_touch_twice(found: Seen) -> None:
    score, made, at_ms = found.cards["L3"]
    found.cards["L3"] = score + 1, made + 1, at_ms


def score_otherwise(found: Seen) -> None:
    score, made, at_ms = found.cards["L3"]
    found.cards["L3"] = score + 1, made, at_ms


def weld(found: Seen) -> None:
    found.survivor["L4"] = "L3"
    del found.cards["L4"]


def leave_apart(found: Seen) -> None:
    found.survivor.clear()
    found.cards["L-other"] = found.cards["L0"]


def lose_a_card(found: Seen) -> None:
    del found.cards["L3"]


def leave_the_card_of_a_loser(found: Seen) -> None:
    found.cards["L-other"] = found.cards["L0"]


def told(count: Counted) -> set[str]:
    names = ("lost", "twice", "wrongly_merged", "wrongly_apart", "scores_wrong", "cards_missing", "cards_left")
    return {name for name in names if getattr(count, name)}


def test_what_is_whole_is_exact() -> None:
    count = compare(seen(), PEOPLE)

    assert count.exact
    assert ([], 8, 1) == (count.told, count.leads, count.merged)


@pytest.mark.parametrize(
    ("damage", "expected"),
    [
        (lose_a_touch, {"lost"}), (count_a_touch_twice, {"twice", "scores_wrong"}), (score_otherwise, {"scores_wrong"}),
        (weld, {"wrongly_merged"}), (leave_apart, {"wrongly_apart"}), (lose_a_card, {"cards_missing"}),
        (leave_the_card_of_a_loser, {"cards_left"}),
    ],
)  # fmt: skip
def test_each_damage_is_told(damage: Callable[[Seen], None], expected: set[str]) -> None:
    found = seen()
    damage(found)
    count = compare(found, PEOPLE)

    assert expected <= told(count)
    assert not count.exact
    assert count.told
