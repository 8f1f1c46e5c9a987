"""What is on our own topics and cannot be ours: set aside in words, never an end of the worker."""

import msgspec
import pytest
from aiokafka import ConsumerRecord

from agents.dead_letters import letter
from schemas.lead_state import LeadState
from schemas.reject import Reason, Reject
from schemas.units import LATEST_MS
from streams.card import card
from streams.fold import fold
from streams.lead_codec import UnreadableState, decode, encode
from streams.moments import rfc3339
from streams.people.admission import admit
from tests.pure.lives import Logged, Table, after, judge, said, touched

M1 = judge()
HUGE = b"9" * 100


@pytest.mark.parametrize(
    "damage",
    [
        (b'"offset"', b'"at_ms":' + HUGE + b',"offset"'),
        (b'"at_ms":1795348800000', b'"at_ms":' + HUGE),
        (b'"at_ms":1795348800000', b'"at_ms":253402300800000'),
        (b",1795348800000]", b"," + HUGE + b"]"),
        (b'"touches.web",0', b'"touches.web",' + HUGE),
        (b'"sequence":1', b'"sequence":' + HUGE),
    ],
)
def test_a_number_no_format_can_hold_is_poison_and_the_state_can_still_be_written(damage: tuple[bytes, bytes]) -> None:
    for event in (touched("note"), said("attempt", sequence=1)):
        value = msgspec.json.encode(event)
        bent = value.replace(*damage)
        folded = fold([Logged(1, b"L1", bent)], Table(), M1)

        assert (bent != value) == bool(folded.refused)
        assert encode(after(folded), 1)
        assert card("L1", after(folded), M1)


def test_a_moment_after_the_year_9999_is_said_as_its_last() -> None:
    assert "9999-12-31T23:59:59.999Z" == rfc3339(LATEST_MS) == rfc3339(LATEST_MS + 1) == rfc3339(2**63)


@pytest.mark.parametrize("damage", [b"\xff", b"\xa3\xff\xff\xff", b"\x91" * 5_000, b""])
def test_a_damaged_state_is_told_as_one(damage: bytes) -> None:
    value = encode(LeadState(captured_by="google", ids={"crm:x": "1"}), 7)
    with pytest.raises(UnreadableState):
        decode(value.replace(b"\xa6google", damage) if damage else value[:20])


def test_a_damaged_state_of_an_earlier_schema_is_told_as_one() -> None:
    with pytest.raises(UnreadableState):
        decode(b"\x01" * 18)


def test_a_refusal_stays_short_however_deep_the_fault_lies() -> None:
    deep = b'{"a":' * 400 + b"1e400" + b"}" * 400
    verdict = admit("facts", b'{"fact_id":"f","at":1,"who":{"user":"u"},"by":"x","facts":' + deep + b"}", (), 1)

    assert isinstance(verdict, Reject)
    assert len(verdict.detail) < 200


@pytest.mark.parametrize("value", [b" \n{\r\n} ", b"\x00\xff", b"\xef\xbb\xbf{}", b"", None])
def test_a_dead_letter_holds_whatever_bytes_came(value: bytes | None) -> None:
    record = ConsumerRecord("touches.web", 3, 7, 1, 0, b" k ", value, None, 1, 1, (("h", b" \xff "),))
    _, key, kept, headers = letter("touches.web", record, Reject(reason=Reason.NOT_JSON, detail="not JSON"))

    assert (b" k ", value, ("h", b" \xff ")) == (key, kept, headers[0])


def test_a_property_named_after_somebody_is_not_named_in_a_refusal() -> None:
    body = {"touch_id": "t", "kind": "k", "at": 1, "who": {"user": "u"}, "props": {"anna@acme.kz": 1e300, "plan": 1}}
    verdict = admit("touches.web", msgspec.json.encode(body), (), 1)

    assert isinstance(verdict, Reject)
    assert "one property" in verdict.detail
    assert "anna" not in verdict.detail
