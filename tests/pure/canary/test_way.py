"""Canaries on their way: told from touches, passed on stamped, and passed over by whatever reads leads."""

from typing import Any

import msgspec
import pytest
from aiokafka.structs import ConsumerRecord

from agents.canary.flight import leads_of
from agents.canary.passing import home, onto_log, onto_ripe
from agents.delivery.producer import partition_for
from agents.demo.checker import asked_in
from schemas.canary import Canary
from schemas.reject import Reject
from schemas.touch import Touch
from streams.canary import RESERVED, canary_of, read, stages_s, touch_of
from streams.challenge import Challenge
from streams.fold import fold
from streams.generations.log_marks import CANARY_KEY, NO_LEAD
from streams.people.admission import admit
from streams.routing.handing_over import read_ripe
from tests.pure.lives import judge

AT = 1_790_000_000_000
SENT = Canary(id="0a1b-7", lead="canary-3", touch_ms=AT + 5)


def touch(**changes: Any) -> Touch:
    whole = {"touch_id": "0a1b-7", "kind": RESERVED, "source": RESERVED, "at": AT, "who": {"canary": "canary-3"}}
    return msgspec.convert(whole | changes, Touch)


def record(value: bytes | None, timestamp: int, key: bytes = CANARY_KEY, offset: int = 4) -> Any:
    return ConsumerRecord("t", 2, offset, timestamp, 1, key, value, None, 0, 0, ())


class Nobody:
    def get(self, key: bytes) -> bytes | None:
        raise AssertionError(f"{key!r} was looked up")


def test_what_is_sent_is_admitted_as_a_touch_and_known_as_a_canary() -> None:
    said = admit("touches.call", touch_of("0a1b-7", "canary-3", AT), (), AT + 5)

    assert isinstance(said, Touch)
    assert SENT == canary_of(said, AT + 5)


@pytest.mark.parametrize(
    "changes",
    [
        {"source": "google"},
        {"who": {"canary": "canary-3", "email": "anna@example.com"}},
        {"who": {"email": "anna@example.com"}},
        {"who": {"canary": "anna@example.com"}},
        {"who": {"canary": "canary-3\n"}},
        {"touch_id": "anna@example.com"},
        {"touch_id": "0a1b-7\n"},
        {"touch_id": "0a1b-" + "7" * 300},
    ],
)
def test_a_strangers_touch_that_only_looks_like_one_is_a_touch_like_all_others(changes: dict[str, Any]) -> None:
    assert canary_of(touch(**changes), AT) is None


def test_each_stage_stamps_it_with_the_time_it_was_heard_at() -> None:
    [(partition, key, on_log, _)] = onto_log([SENT], 24)
    [(same, _, on_ripe, _)] = onto_ripe(17, [record(on_log, AT + 20)])
    [(anywhere, _, arrived, headers)] = home([record(on_ripe, AT + 50)])

    assert (partition_for(b"canary-3", 24), 17, None) == (partition, same, anywhere)
    assert (CANARY_KEY, []) == (key, headers)
    canary = read(arrived)
    assert Canary(id="0a1b-7", lead="canary-3", touch_ms=AT + 5, log_ms=AT + 20, ripe_ms=AT + 50) == canary
    assert canary is not None
    assert {"identify": 0.015, "score": 0.03, "route": 0.01} == stages_s(canary, AT + 60)
    assert {"identify": 0.015, "score": 0.03, "route": 0.0} == stages_s(canary, AT + 40)


def test_other_records_are_not_passed_on_and_broken_ones_stop_nobody() -> None:
    [(_, _, value, _)] = onto_log([SENT], 4)
    records = [record(value, AT, key=b"L1"), record(b"{", AT), record(None, AT), record(b"\xff", AT), record(b"1", AT)]

    assert ([], []) == (onto_ripe(0, records), home(records))


def test_the_fold_says_and_remembers_nothing_of_it() -> None:
    [(_, _, value, _)] = onto_log([SENT], 4)

    folded = fold([record(value, AT)], Nobody(), judge())

    assert CANARY_KEY.startswith(NO_LEAD)
    assert ({}, [], [], [], [], 0) == (
        folded.states, folded.ripe, folded.ledger, folded.refused, folded.onward, folded.touches.total(),
    )  # fmt: skip


def test_a_challenger_counts_no_event_for_it() -> None:
    [(_, _, value, _)] = onto_log([SENT], 4)
    challenge = Challenge(judge(), 0)

    challenge.take([record(value, AT), record(value, AT + 1, offset=5)])

    assert (0, 0, 0) == (challenge.events, challenge.new, challenge.leads)


def test_it_is_no_ripe_lead_even_to_a_reader_that_does_not_know_its_key() -> None:
    [(_, _, value, _)] = onto_ripe(0, [record(onto_log([SENT], 4)[0][2], AT)])

    assert isinstance(read_ripe(value), Reject)


@pytest.mark.parametrize("partitions", [1, 4, 24, 50])
def test_there_is_one_for_each_partition_of_the_log(partitions: int) -> None:
    leads = leads_of(partitions)

    assert list(range(partitions)) == [partition_for(lead.encode(), partitions) for lead in leads]
    assert all(canary_of(touch(who={"canary": lead}), AT) for lead in leads)


def test_the_demos_recount_passes_over_it() -> None:
    lead = record(b'{"type": "requested", "handoff_id": "h1"}', AT, key=b"L1")

    assert {"h1"} == asked_in([lead, record(onto_log([SENT], 4)[0][2], AT)])
