"""Which rule decides, and who may take the lead."""

from typing import Any

import msgspec
import pytest

from streams.routing.choosing import Chooser, Situation, situation_of
from tests.pure.ripes import ripe
from tests.pure.routing.policies import POLICY, almaty

CHOOSER = Chooser(POLICY)
NOON = almaty("2026-12-01 12:30")


def situation(at_ms: int = NOON, **said: Any) -> Situation:
    """A lead that nothing is known of but this."""
    return Situation(at_ms=at_ms, **said)


@pytest.mark.parametrize(
    ("said", "rule", "target"),
    [
        ({"fields": {"page": ("/pricing/team",)}, "facts": {"city": "almaty"}}, "price page", "sdr-desk"),
        ({"facts": {"product": "SEO", "headcount": 800}}, "big deal", "enterprise"),
        ({"facts": {"headcount": 8}}, "too small", "incubator"),
        ({"fields": {"campaign": ("ebook-spring",)}}, "spring e-book", "sdr"),
        ({}, "everyone else", "sdr-desk"),
    ],
)
def test_the_first_rule_that_holds_decides(said: dict[str, Any], rule: str, target: str) -> None:
    (option,) = CHOOSER.choose(situation(**said), NOON).options
    assert (rule, target) == (option.rule, option.target)


def test_a_call_at_night_waits_for_a_call_back() -> None:
    night = almaty("2026-12-01 23:00")
    (option,) = CHOOSER.choose(situation(night, fields={"channel": ("call",)}), night).options
    assert ("queue", "voicemail") == (option.kind, option.target)
    assert option.call_back is not None
    assert option.call_back.note == "call back at opening"


def test_the_rules_passed_over_say_why() -> None:
    chosen = CHOOSER.choose(situation(facts={"headcount": 800, "product": "smm"}), NOON)
    told = {passed.rule: passed.why for passed in chosen.passed}
    assert told == {
        "known owner": "the lead has no owner yet",
        "too small": "headcount is 800",
        "big deal": "product is smm",
        "call at night": "channel is not known, not call",
        "price page": "page is not known, not /pricing*",
        "spring e-book": "campaign is not known, not ebook-spring",
    }


def test_only_people_at_work_may_take_a_lead() -> None:
    def names(at_ms: int) -> list[str]:
        (option,) = CHOOSER.choose(situation(at_ms), at_ms).options
        return [member.name for member in option.members]

    assert ["ann", "eve"] == names(almaty("2026-12-03 10:00"))  # bob begins at noon
    assert ["ann", "bob"] == names(almaty("2026-12-03 14:30"))  # eve is away
    assert ["ann", "bob", "eve"] == names(almaty("2026-12-03 16:01"))
    assert ["bob"] == names(almaty("2026-12-03 20:00"))
    assert [] == names(almaty("2026-12-05 12:30"))  # Saturday


def test_who_is_reported_away_or_had_it_already_does_not_get_it() -> None:
    (option,) = CHOOSER.choose(situation(), NOON, frozenset({"ann"}), frozenset({"bob"})).options
    assert ["eve"] == [member.name for member in option.members]


def test_a_known_owner_comes_first_and_others_follow_in_case_there_is_no_room() -> None:
    options = CHOOSER.choose(situation(owner="bob", owner_seen_ms=NOON), NOON).options
    assert [("known owner", "bob"), ("everyone else", "sdr-desk")] == [(o.rule, o.target) for o in options]


def test_an_owner_of_long_ago_is_forgotten() -> None:
    long_ago = almaty("2026-06-01 12:00")
    chosen = CHOOSER.choose(situation(owner="bob", owner_seen_ms=long_ago), NOON)
    assert ["everyone else"] == [option.rule for option in chosen.options]


def test_a_lead_for_partners_only_never_reaches_our_own_people() -> None:
    assert () == CHOOSER.choose(situation(partner_only=True), NOON).options
    (option,) = CHOOSER.choose(situation(partner_only=True, facts={"headcount": 8}), NOON).options
    assert "incubator" == option.target


def test_skills_that_a_rule_needs_are_asked_of_people() -> None:
    speaks = msgspec.structs.replace(POLICY.people["eve"], skills=("english",))
    rule = msgspec.structs.replace(POLICY.rules[-1], needs=("english",))
    policy = msgspec.structs.replace(POLICY, people=POLICY.people | {"eve": speaks}, rules=(rule,))
    (option,) = Chooser(policy).choose(situation(), NOON).options
    assert ["eve"] == [member.name for member in option.members]


def test_a_lead_to_be_given_to_somebody_else_does_not_wait_for_its_owner() -> None:
    asked = ripe(owner="ann", touch_at_ms=NOON)
    again = msgspec.structs.replace(asked, reassign=True)

    rules = [[one.rule for one in CHOOSER.choose(situation_of(said), NOON).options] for said in (asked, again)]
    assert [["known owner", "everyone else"], ["everyone else"]] == rules
