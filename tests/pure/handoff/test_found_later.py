"""Nobody was free when a lead was asked for, and somebody is by the time it is told: its owner is told too."""

from typing import Any

import msgspec
import pytest

from schemas.lead_event import Assigned
from streams.routing.assigning import Given, assignment
from streams.routing.choosing import Chooser
from streams.routing.handing_over import Office, encode, route
from tests.pure.handoff.lived import ASKED, Lived, assigned
from tests.pure.lives import T, said
from tests.pure.ripes import ripe
from tests.pure.routing.policies import POLICY

OFFICE = Office(chooser=Chooser(POLICY), source="touchline")
WAITS = {"owner": "", "queue": "sdr-desk", "waiting": True}


def given(**more: Any) -> Given:
    usual: dict[str, Any] = {"rule": "everyone else", "kind": "team", "target": "sdr-desk", "at_ms": T}
    return Given(**(usual | more))


def test_an_owner_found_before_the_request_was_answered_is_told_with_an_event() -> None:
    lived = Lived(ASKED)
    lived.hear(assigned(lived, waited=True), assigned(lived, **WAITS))

    assert [("requested", ""), ("assigned", "ann")] == [(word.type.value, word.owner) for word in lived.ripe]
    assert lived.state.episode is not None
    assert ("ann", "assigned") == (lived.state.episode.owner, lived.state.episode.status)


@pytest.mark.parametrize("repeats", [1, 2, 3])
def test_it_is_told_once_whatever_order_and_repeats_the_words_come_in(repeats: int) -> None:
    for first in (True, False):
        lived = Lived(ASKED)
        words: list[Assigned] = [assigned(lived, **WAITS), assigned(lived, waited=True)] * repeats
        lived.hear(*(words if first else reversed(words)))

        assert ["requested", "assigned"] == lived.said()


def test_who_had_an_owner_at_once_is_told_nothing_more() -> None:
    lived = Lived(ASKED)
    lived.hear(assigned(lived))

    assert ["requested"] == lived.said()


def test_who_was_faster_than_the_queue_keeps_the_lead() -> None:
    lived = Lived(ASKED)
    lived.hear(said("accepted", T + 1, by="eve"), assigned(lived, waited=True))

    assert ["requested", "accepted"] == lived.said()
    assert lived.state.episode is not None
    assert "eve" == lived.state.episode.owner


def test_a_repeated_request_says_the_queue_as_the_first_did_and_its_answer_names_the_owner() -> None:
    asked = ripe(touch_at_ms=T, received_ms=T, at_ms=T)
    first = route(asked, {}, OFFICE, given(waiting=True, waited="sdr-desk"))
    again = route(asked, {}, OFFICE, given(owner="ann", waited="sdr-desk", at_ms=T + 40))

    assert encode(first.handoff) == encode(again.handoff)
    assert again.assigned is not None
    assert ("ann", True) == (again.assigned.owner, again.assigned.waited)


def test_an_answer_says_that_it_waited_only_once_somebody_has_it() -> None:
    chooser = Chooser(POLICY)
    told = [
        assignment(ripe(), one, chooser).waited
        for one in (given(waiting=True, waited="sdr-desk"), given(owner="ann"), given(owner="ann", waited="sdr-desk"))
    ]

    assert [False, False, True] == told
    assert b"waited" not in msgspec.json.encode(assignment(ripe(), given(owner="ann"), chooser))


def test_what_was_said_before_the_owner_was_known_is_followed_by_a_word_that_names_the_owner() -> None:
    lived = Lived(ASKED)
    lived.hear(said("consent", T + 1, purpose="email", given=False), assigned(lived))

    assert [("requested", ""), ("updated", ""), ("assigned", "ann")] == [(w.type.value, w.owner) for w in lived.ripe]
