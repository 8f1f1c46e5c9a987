"""Reads back what became of people, and holds it against the truth: lost, twice, wrongly merged, wrongly apart."""

from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import msgspec
from msgspec import Struct

from agents.settings import Settings
from agents.topics.reader import kept
from streams.topology import LEAD_CARDS, LEAD_EVENTS
from tests.bench.known_people import People, person_of

SHOWN = 5
"""Differences of one kind that are told."""


class Seen(Struct):
    """What Kafka holds."""

    touches: dict[int, int] = {}
    """By person, a bit for each of their touches that is on the log."""
    leads: dict[str, set[int]] = {}
    """By lead, the people whose touches entered its log."""
    survivor: dict[str, str] = {}
    """By loser."""
    handed_on: int = 0
    """Touches that entered a loser's log after its merge."""
    strangers: list[str] = []
    """Touch ids that nobody has."""
    cards: dict[str, tuple[float, int, int]] = {}
    """By lead with a card: engagement, inquiries, as of."""

    def root(self, lead: str) -> str:
        """Where its touches are now."""
        while lead in self.survivor:
            lead = self.survivor[lead]
        return lead


class Counted(Struct, frozen=True, kw_only=True):
    """What it came to."""

    people: int
    touches: int
    leads: int
    """Left."""
    merged: int
    """Leads that were merged into another."""
    handed_on: int
    lost: int
    """Touches not on the log, or short of what the card of their person counts."""
    twice: int
    """Touches counted beyond those a person made."""
    wrongly_merged: int
    """People who share a lead with somebody else."""
    wrongly_apart: int
    """People of whom more than one lead is left."""
    cards_missing: int
    cards_left: int
    """Cards of leads that were merged into another, or of nobody."""
    scores_wrong: int
    """People whose score is not what it comes to by hand."""
    told: list[str]

    @property
    def exact(self) -> bool:
        """Everybody is one, nobody is two, every score right."""
        return not any((
            self.lost, self.twice, self.wrongly_merged, self.wrongly_apart, self.cards_missing, self.cards_left,
            self.scores_wrong,
        ))  # fmt: skip


class _Card(Struct):
    engagement: float
    inquiries: int
    as_of_ms: int


class _Event(Struct):
    type: str
    id: str
    survivor: str = ""
    event: msgspec.Raw = msgspec.Raw(b"")


class _Type(Struct):
    type: str


async def read(settings: Settings, everybody: People) -> Seen:
    """The log and the cards."""
    seen, decode, decode_card = Seen(), msgspec.json.Decoder(_Event).decode, msgspec.json.Decoder(_Card).decode
    leads: dict[str, set[int]] = defaultdict(set)
    decode_type = msgspec.json.Decoder(_Type).decode
    async for batch in kept(settings, LEAD_EVENTS):
        for record in batch:
            if (record.key or b"").startswith(b"\0"):
                continue
            lead, event = (record.key or b"").decode(), decode(record.value or b"")
            if event.type == "touch":
                _touch(seen, leads[lead], event.id, everybody)
            elif event.type == "merged_into":
                seen.survivor.setdefault(lead, event.survivor)
            elif event.type == "forwarded":
                seen.handed_on += decode_type(event.event).type == "touch"
    seen.leads = dict(leads)
    async for batch in kept(settings, LEAD_CARDS):
        for record in batch:
            lead = (record.key or b"").decode()
            if record.value is None:
                seen.cards.pop(lead, None)
            else:
                card = decode_card(record.value)
                seen.cards[lead] = card.engagement, card.inquiries, card.as_of_ms
    return seen


def _touch(seen: Seen, lead: set[int], touch_id: str, everybody: People) -> None:
    person, number = person_of(touch_id)
    if not (0 <= person < everybody.people and number < everybody.count(person)):
        seen.strangers.append(touch_id)
        return
    seen.touches[person] = seen.touches.get(person, 0) | 1 << number
    lead.add(person)


def compare(seen: Seen, everybody: People) -> Counted:
    """Person by person."""
    roots: dict[int, set[str]] = defaultdict(set)
    people_of: dict[str, set[int]] = defaultdict(set)
    for lead, people in seen.leads.items():
        people_of[seen.root(lead)] |= people
    for lead, people in people_of.items():
        for person in people:
            roots[person].add(lead)
    lost = twice = missing = wrong = 0
    told: dict[str, list[str]] = defaultdict(list)
    for person in range(everybody.people):
        made = everybody.count(person)
        gone = made - seen.touches.get(person, 0).bit_count()
        lost += gone
        if gone:
            told["lost"].append(f"person {person}: {gone} of {made} are not on the log")
        if len(roots[person]) != 1 or len(people_of[min(roots[person])]) != 1:
            continue
        (lead,) = roots[person]
        card = seen.cards.get(lead)
        if card is None:
            missing += 1
            told["no card"].append(f"person {person} ({lead})")
            continue
        engagement, inquiries, as_of_ms = card
        lost, twice = lost + max(0, made - gone - inquiries), twice + max(0, inquiries - made)
        score = everybody.score(person, as_of_ms)
        wrong += engagement != score
        if engagement != score or inquiries != made:
            told["another score"].append(
                f"person {person} ({lead}): {engagement:g} of {inquiries} touches; by hand {score:g} of {made}"
            )
    welded = {lead: people for lead, people in people_of.items() if len(people) > 1}
    apart = {person: leads for person, leads in roots.items() if len(leads) > 1}
    left = seen.cards.keys() - people_of.keys()
    told["welded"] = [f"{lead}: people {sorted(people)[:9]}" for lead, people in welded.items()]
    told["apart"] = [f"person {person}: {sorted(leads)}" for person, leads in apart.items()]
    told["a card left"] = sorted(left)
    told["said by nobody"] = seen.strangers
    return Counted(
        people=everybody.people, touches=everybody.touches, leads=len(people_of), merged=len(seen.survivor),
        handed_on=seen.handed_on, lost=lost, twice=twice + len(seen.strangers),
        wrongly_merged=sum(map(len, welded.values())), wrongly_apart=len(apart), cards_missing=missing,
        cards_left=len(left), scores_wrong=wrong, told=_told(told),
    )  # fmt: skip


def _told(told: dict[str, list[Any]]) -> list[str]:
    return [f"{kind}: {len(abouts)}, such as {_few(abouts)}" for kind, abouts in told.items() if abouts]


def _few(abouts: Iterable[str]) -> str:
    return "; ".join(list(abouts)[:SHOWN])
