"""Holds the recount against what the system says, and names each difference."""

from collections import Counter
from collections.abc import Iterable, Mapping

from aiokafka import ConsumerRecord
from msgspec import Struct

from tests.chaos import table
from tests.chaos.complaints import Complaints
from tests.chaos.load import DOORS
from tests.chaos.log import refold
from tests.chaos.logged import compare_handoffs, compare_inputs, compare_leads, compare_open, whose
from tests.chaos.oracle import Expected, recount
from tests.live.kafka import Kafka

READ_WITHIN_S = 600.0


class Verdict(Struct):
    """What a run came to."""

    inputs: int
    touches: int
    """Distinct, usable."""
    counted: float
    """Points in the score table: each touch is one."""
    lost: int
    twice: int
    people: int
    merges: int
    """Leads that were merged into another."""
    handed_on: int
    """Touches that came to a lead after its merge."""
    welded: int
    """People who share a lead with somebody else."""
    apart: int
    """People of whom more than one lead is left."""
    handoffs: int
    """People who must be handed off."""
    handoffs_missing: int
    handoff_repeats: int
    """People asked for under more than one id in the end."""
    withdrawn: int
    """Requests that a merge took back, since the other side had been handed off too."""
    same_id_again: int
    """Requests said again under the same id: allowed."""
    logged_again: int
    """Touches identify wrote onto the log again: allowed, they count once."""
    compacted: int
    """Records that compaction took from the score table's changelog while all this went on."""
    wrong: list[str]
    """Every difference in words; none: all is well."""


async def judge(kafka: Kafka) -> Verdict:
    """Read everything back and compare."""

    async def read(topic: str) -> list[ConsumerRecord]:
        return await kafka.read_all(topic, READ_WITHIN_S)

    expected = recount({door: await read(door) for door in DOORS})
    state_records = await read("lead.state")
    states, last = table.states(state_records), table.last_states(state_records)
    compacted = table.compacted(state_records)
    del state_records
    ledger = table.ledger(await read("lead.ledger"))
    handed = table.handoffs(await read("handoffs"))
    log = refold(await read("lead.events"))
    complaints = Complaints()

    persons = whose(log, expected, complaints)
    lead_of = persons.lead_of
    counted = {person: states[lead].engagement if lead in states else 0.0 for person, lead in lead_of.items()}
    lost = sum(max(0, len(ids) - round(counted.get(person, 0))) for person, ids in expected.ticks.items())
    twice = sum(max(0, round(counted.get(person, 0)) - len(ids)) for person, ids in expected.ticks.items())
    _compare_states(states, lead_of, expected, complaints)
    _compare_facts(table.headcounts(await read("lead.profiles")), lead_of, expected, complaints)
    _compare_last(states, last, complaints)
    _compare_cards(states, table.cards(await read("lead.cards")), complaints)
    missed, doubled = _compare_ledger(states, ledger, expected, complaints)
    off_the_log = compare_inputs(log, expected, persons, complaints)
    compare_leads(log, states, complaints)
    compare_handoffs(log, table.ripe(await read("ripe")), handed, complaints)
    missing, repeats = compare_open(handed, expected, persons, complaints)
    _compare_dead(await read("dead.letters"), expected, complaints)
    return Verdict(
        inputs=expected.inputs, touches=expected.touches, counted=sum(counted.values()),
        lost=max(lost, missed, off_the_log), twice=max(twice, doubled),
        people=len(expected.ticks), merges=sum(bool(folded.survivor) for folded in log.leads.values()),
        handed_on=log.handed_on, welded=persons.welded, apart=persons.apart,
        handoffs=len(expected.ripe), handoffs_missing=missing, handoff_repeats=repeats,
        withdrawn=len(handed.withdrawn), same_id_again=handed.repeated, logged_again=log.again, compacted=compacted,
        wrong=complaints.told(),
    )  # fmt: skip


def _compare_states(
    states: Mapping[str, table.Held], lead_of: Mapping[str, str], expected: Expected, complaints: Complaints
) -> None:
    for person, lead in lead_of.items():
        ids, held = expected.ticks[person], states.get(lead)
        if held is None:
            continue
        about = f"{person} ({lead}): {held.engagement:g} points, {held.touches} touches, sent {len(ids)}"
        complaints.add(not len(ids) == held.touches == held.engagement, "a state counts otherwise", about)
        known = expected.numbers.get(person, {""})
        complaints.add({held.person} != known, "a state has another number", f"{person} ({lead}): {held.person}")


def _compare_facts(
    headcounts: Mapping[str, int], lead_of: Mapping[str, str], expected: Expected, complaints: Complaints
) -> None:
    for person, (_, sent) in expected.facts.items():
        said = headcounts.get(lead_of.get(person, ""))
        about = f"{person} ({lead_of.get(person)}): {said}, sent {sent}"
        complaints.add(sent != said and person in lead_of, "a profile lacks the latest fact", about)


def _compare_last(states: Mapping[str, table.Held], last: Mapping[str, int], complaints: Complaints) -> None:
    """Compaction keeps the last record of a lead: it must be the one that knows most."""
    for lead, held in states.items():
        about = f"{lead}: {last[lead]}, {held.applied} was there"
        complaints.add(last[lead] != held.applied, "the last state of a lead is an outdated one", about)


def _compare_cards(
    states: Mapping[str, table.Held], cards: Mapping[str, dict[str, object]], complaints: Complaints
) -> None:
    left = {lead for lead, held in states.items() if not held.survivor}
    complaints.add_all("a lead without a card", left - cards.keys())
    complaints.add_all("a card of a lead that was merged", cards.keys() - left)
    for lead in left & cards.keys():
        held, card = states[lead], cards[lead]
        said = (card["engagement"], card["inquiries"])
        about = f"{lead}: (engagement, inquiries) {said}, the state has {(held.engagement, held.touches)}"
        complaints.add((held.engagement, held.touches) != said, "the latest card differs from the state", about)


def _compare_ledger(
    states: Mapping[str, table.Held], ledger: table.LedgerRead, expected: Expected, complaints: Complaints
) -> tuple[int, int]:
    """Touches the ledger misses, and touches it has twice."""
    complaints.add_all("a ledger line contradicts itself", ledger.contradictions)
    for lead, held in states.items():
        if held.survivor:
            continue  # its ledger tells how it came to what it took along
        total = round(ledger.sums.get(lead, 0.0), 6)
        about = f"{lead}: {total:g}, the state has {held.engagement:g}"
        complaints.add(total != held.engagement, "a ledger does not sum to the score", about)
    sent = set().union(*expected.ticks.values())
    missed = sent - ledger.ticks.keys()
    doubled = {touch for touch, places in ledger.ticks.items() if len(places) > 1}
    complaints.add_all("a touch is not in the ledger", missed)
    complaints.add_all("a touch was counted twice", doubled)
    complaints.add_all("a touch nobody sent", ledger.ticks.keys() - sent)
    return len(missed), len(doubled)


def _compare_dead(records: Iterable[ConsumerRecord], expected: Expected, complaints: Complaints) -> None:
    letters: Counter[tuple[str, bytes, bytes | None]] = Counter()
    for place in {_place(record): record for record in records}.values():
        letters[_header(place, "topic"), place.key, place.value] += 1
    about = (f"{key!r} on {door}" for door, key, _ in (expected.unusable - letters).elements())
    complaints.add_all("missing on dead.letters", about)
    about = (f"{key!r} of {door}" for door, key, _ in (letters - expected.unusable).elements())
    complaints.add_all("should not be on dead.letters", about)


def _place(record: ConsumerRecord) -> tuple[str, str, str]:
    """Where it was read: a letter written again is the same letter."""
    return _header(record, "topic"), _header(record, "partition"), _header(record, "offset")


def _header(record: ConsumerRecord, name: str) -> str:
    return next(value.decode() for key, value in record.headers if key == f"__touchline.errors.{name}")
