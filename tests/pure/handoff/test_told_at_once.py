"""What others wait to hear is said when it happens: the first contact; and who was last seen with the lead."""

from typing import Any

import msgspec
import pytest

from schemas.handoff import Ripe
from schemas.units import DAY_MS, MINUTE_MS
from streams.card import card
from streams.reports.measured import measured
from streams.routing.choosing import Chooser, situation_of
from tests.pure.handoff.lived import ASKED, M1T, Lived, assigned, promised
from tests.pure.lives import T, said, touched
from tests.pure.routing.policies import POLICY


def test_a_first_contact_is_said_once_and_measured_as_it_happens() -> None:
    lived = Lived(ASKED)
    lived.hear(promised(lived))
    for minute in (7, 9, 11):
        lived.hear(said("attempt", T + minute * MINUTE_MS, handoff_id=lived.handoff, channel="call", by="ann"))
    told = [word for word in lived.ripe if word.first_contact]

    assert [("updated", T + 7 * MINUTE_MS)] == [(word.type.value, word.contacted_ms) for word in told]
    assert told[0].why.startswith("First contact: attempt of ann by call, not answered")
    assert [7 * 60.0] == measured([(word, None) for word in lived.ripe], T + DAY_MS).contact_s


def test_an_attempt_after_the_handoff_has_ended_is_no_first_contact() -> None:
    lived = Lived(ASKED)
    lived.hear(promised(lived), said("lost", T + 1, by="ann"), said("attempt", T + 2, channel="call", by="ann"))

    assert [] == [word for word in lived.ripe if word.first_contact]


def again(lived: Lived, at_ms: int) -> Ripe:
    """The lead comes back."""
    lived.pass_time(at_ms)
    lived.hear(*(touched("demo_request", at_ms + n, id=f"again {n}") for n in range(2)))
    return [word for word in lived.ripe if word.type == "requested"][-1]


@pytest.mark.parametrize(
    ("heard", "seen_ms"),
    [
        ([], T + MINUTE_MS),
        ([("attempt", 10, {"by": "ann", "channel": "call"})], T + 10 * DAY_MS),
        ([("attempt", 10, {"by": "crm:hubspot", "channel": "call"})], T + MINUTE_MS),
        ([("owner", 20, {"owner": "bob"})], T + 20 * DAY_MS),
        ([("owner", 20, {"owner": "bob"}), ("note", 30, {"by": "ann"})], T + 20 * DAY_MS),
    ],
)
def test_when_the_owner_was_last_heard_of_is_known_to_the_policy(
    heard: list[tuple[str, int, dict[str, Any]]], seen_ms: int
) -> None:
    lived = Lived(ASKED)
    lived.hear(assigned(lived), said("lost", T + MINUTE_MS, by="ann"))
    lived.hear(*(said(kind, T + days * DAY_MS, **more) for kind, days, more in heard))

    assert seen_ms == situation_of(again(lived, T + 60 * DAY_MS)).owner_seen_ms
    assert card("L1", lived.state, M1T).owner_seen is not None


def test_who_was_with_the_owner_lately_comes_back_to_the_owner_and_others_do_not() -> None:
    chooser = Chooser(msgspec.structs.replace(POLICY, holidays=()))
    rules = []
    for days in (60, 100):
        lived = Lived(ASKED)
        lived.hear(assigned(lived), said("lost", T + MINUTE_MS, by="ann"))
        word = again(lived, T + days * DAY_MS)
        rules.append([option.rule for option in chooser.choose(situation_of(word), word.at_ms).options])

    assert ["known owner" in names for names in rules] == [True, False]
