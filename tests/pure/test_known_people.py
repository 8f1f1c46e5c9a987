"""People whose truth is known are what the measurement says of them: shown as one, and never two."""

import json
from collections import Counter, defaultdict

from tests.bench.known_people import DAY_MS, OFFICE, POINTS, People, person_of

NOW_MS = 1_795_000_000_000


def test_all_that_somebody_is_known_by_is_shown_to_be_one() -> None:
    people = People(3_000, 400, NOW_MS)
    for person in range(people.people):
        acts = people.acts(person)
        groups: list[set[tuple[str, str]]] = []
        for act in acts:
            own = {identity for identity in act.who if not identity[1].startswith(OFFICE)}
            touched = [group for group in groups if group & own]
            groups = [group for group in groups if not group & own] + [own.union(*touched)]

        assert 1 == len(groups), acts


def test_nobody_shares_anything_but_a_phone_of_an_office_and_who_calls_from_there_has_an_address() -> None:
    people = People(3_000, 400, NOW_MS)
    owners = defaultdict(set)
    for person in range(people.people):
        for act in people.acts(person):
            for identity in act.who:
                owners[identity].add(person)
            if any(value.startswith(OFFICE) for _, value in act.who):
                assert "email" == act.who[0][0]
    shared = {identity for identity, who in owners.items() if len(who) > 1}

    assert shared
    assert [] == [identity for identity in shared if not identity[1].startswith(OFFICE)]
    assert 5 < max(len(owners[identity]) for identity in shared), "more strangers than a phone may have"


def test_every_touch_is_said_and_some_are_said_again() -> None:
    people = People(3_000, 400, NOW_MS)
    said = Counter(read["touch_id"] for each in people.messages() if "touch_id" in (read := json.loads(each.value)))

    assert 3_000 == len(said)
    assert {1, 2} == set(said.values())
    assert 400 == len({person_of(touch_id)[0] for touch_id in said})
    assert {"touches.web", "touches.email", "touches.call", "touches.messenger", "facts"} == {
        each.door for each in people.messages()
    }


def test_the_score_by_hand_is_the_sum_of_touches_days_prices_and_what_is_in_the_window() -> None:
    people = People(300, 3, NOW_MS)
    acts = people.acts(1)
    on = Counter(act.page for act in acts)
    days = {act.at_ms // DAY_MS for act in acts if act.page == "/daily"}
    always = len(acts) + 9 + len(days) * POINTS["/daily"]

    assert on["/pricing"] > 3
    assert always + 2 * on["/lately"] == people.score(1, NOW_MS - 31 * DAY_MS) + 2 * sum(
        act.at_ms > NOW_MS - 31 * DAY_MS for act in acts if act.page == "/lately"
    )
    assert always == people.score(1, NOW_MS + 31 * DAY_MS)
