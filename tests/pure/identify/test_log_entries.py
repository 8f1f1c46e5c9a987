"""Log entries: what the model may score is said, who somebody is is not."""

import msgspec

from schemas.crm_update import CrmKind, CrmUpdate
from schemas.fact import Fact
from schemas.lead_event import CrmSaid, FactLearned, Origin, TouchSeen, Value
from schemas.profile import Detail
from schemas.scoring_model import FactDeclared, ScoringModel
from schemas.touch import Touch
from streams.people.identity import Hider
from streams.people.log_entries import Scribe
from streams.people.redaction import Redactor

HIDER = Hider("secret", "KZ")
FACTS = (
    FactDeclared(name="headcount", type="number"), FactDeclared(name="job_title", type="text"),
    FactDeclared(name="birth_date", type="date", sensitive=True), FactDeclared(name="phone", type="text"),
)  # fmt: skip
MODEL = ScoringModel(
    model="m", version=1, starts_ms=0, time_zone="UTC", facts=FACTS, trust=(), limit=None, groups={}, rules=(),
    primary=(), secondary=(), completeness={}, bursts=(), surges=(), temperature=(), grade=(), handoff=None,
)  # fmt: skip
SCRIBE = Scribe(HIDER, Redactor(("form",), "KZ"), MODEL)
ORIGIN = Origin("touches.call", 3, 42, 1_000)


def test_a_touch_is_said_with_the_channel_of_its_door_unless_it_names_one() -> None:
    seen = Touch(touch_id="t", kind="call", at=5, who={"user": "u"}, props={"form": "x", "note": "y"}, cost=2.5)
    ids = {"crm:bitrix": "42"}

    said = TouchSeen(
        id="t", at_ms=5, origin=ORIGIN, kind="call", channel="call", props={"form": "x"}, cost=2.5, ids=ids
    )
    assert said == SCRIBE.touch(seen, ORIGIN, ids, "")
    assert "sms" == SCRIBE.touch(msgspec.structs.replace(seen, channel="sms"), ORIGIN, {}, "").channel


def test_facts_are_parted_between_the_log_and_the_profile() -> None:
    learned = Fact(
        fact_id="f", at=7, who={"user": "u"}, by="form", name="name", value="Cyd",
        facts={"headcount": 40, "birth_date": "1990-01-01", "hobby": "chess", "phone": "1", "email_valid": True},
    )  # fmt: skip

    assert {"headcount": 40, "email_valid": True} == SCRIBE.fact(learned, ORIGIN, {}, "").facts
    details = SCRIBE.details(learned)
    assert {"name", "birth_date", "hobby", "phone"} == details.keys()
    assert Detail("Cyd", 7, "f") == details["name"]


def test_a_declared_fact_that_says_more_than_one_thing_says_nothing_to_the_log() -> None:
    learned = Fact(fact_id="f", at=7, who={"user": "u"}, by="form", facts={"headcount": [40], "job_title": "a@b.kz"})

    assert {"job_title": "[email]"} == SCRIBE.fact(learned, ORIGIN, {}, "").facts


def test_an_id_by_which_somebody_is_known_is_hidden_and_stays_the_same() -> None:
    seen = Touch(touch_id="zz@x.kz-1", kind="k", at=5, who={"user": "u"})

    first, again = (SCRIBE.touch(seen, ORIGIN, {}, "").id for _ in range(2))

    assert first == again
    assert "zz" not in first


def test_a_report_is_said_whole_but_for_what_people_type() -> None:
    update = CrmUpdate(
        update_id="u", at=9, kind=CrmKind.REFUSED, handoff_id="h", by="ann@acme.kz", side="client", cause="ask zz@x.kz",
        until=11, sequence=2, owner="ann@acme.kz",
    )  # fmt: skip

    said = CrmSaid(
        id="u", at_ms=9, origin=ORIGIN, kind="refused", handoff_id="h", by="ann@acme.kz", side="client",
        cause="ask [email]", until_ms=11, sequence=2, owner="ann@acme.kz",
    )  # fmt: skip
    assert said == SCRIBE.crm(update, ORIGIN, {}, "")


def test_new_identities_tell_the_log_what_is_scored_and_the_profile_how_to_reach_them() -> None:
    seen = SCRIBE.touch(Touch(touch_id="t", kind="k", at=5, who={}), ORIGIN, {}, "trace")
    who = HIDER.who({"email": "A@gmail.com", "phone": "+77010000001", "user": "u", "telegram": "@Cyd"})

    learned, details = SCRIBE.derived(seen, list(who.identities))

    facts: dict[str, Value] = {"email_is_free": True, "email_valid": True, "phone_valid": True, "country": "KZ"}
    assert FactLearned(id="t/derived", at_ms=5, origin=ORIGIN, by="touchline", facts=facts, trace="trace") == learned
    assert {"email": "a@gmail.com", "phone": "+77010000001", "telegram": "cyd"} == {
        n: d.value for n, d in details.items()
    }
    assert (None, {}) == SCRIBE.derived(seen, list(HIDER.who({"user": "u"}).identities))
