"""Who takes this caller? Asked while somebody holds the line; answered from what is known, counting nothing."""

from datetime import datetime
from typing import Any

import msgspec
from msgspec import Struct, field

from schemas.card import Card
from schemas.handoff import HandoffEvent, TouchTold
from schemas.units import Millis
from streams.moments import to_ms
from streams.people.faults import UNREADABLE
from streams.routing.assigning import UNROUTED
from streams.routing.choosing import NO_RULE, Chooser, Option, Situation
from streams.routing.sharing import Load, by_turn
from streams.segment.api import Fault, Refusal

OPEN_HANDOFF = "open handoff"
"""The rule of a lead whom somebody has already, where the policy's is not remembered."""

SHAPE = '{"phone": "+77010000001", "page": "/pricing", "channel": "call"}'


class Question(Struct, frozen=True, kw_only=True):
    """Who asks; a caller who withholds the number names nobody, and is answered all the same."""

    lead: str | None = None
    """Our id."""
    email: str | None = None
    phone: str | None = None
    page: str | None = None
    channel: str | None = None
    campaign: str | None = None
    source: str | None = None
    facts: dict[str, Any] = {}
    """What the line itself knows, such as the product chosen in its menu: put before what we know."""

    @property
    def names(self) -> list[tuple[str, str]]:
        """Identities as they were written, the surest first."""
        written = (("lead", self.lead), ("email", self.email), ("phone", self.phone))
        return [(namespace, value) for namespace, value in written if value]


class Known(Struct, frozen=True, kw_only=True):
    """A lead as the read model has it."""

    lead_id: str
    card: Card | None = None
    handoff: HandoffEvent | None = None
    """The open one."""
    rule: str = ""
    """Of the policy, that gave it to whoever has it."""


class Desk(Struct, frozen=True, kw_only=True):
    """What is known of people at this moment."""

    load: Load = field(default_factory=Load)
    away: frozenset[str] = frozenset()
    """Reported absent."""


class Whom(Struct, frozen=True, kw_only=True):
    """Who takes it."""

    rule: str
    owner: str = ""
    """Somebody by name; else one of the next two is told."""
    queue: str = ""
    """A team, or a queue of the policy."""
    partner: str = ""
    people: list[str] = []
    """Of the queue: who is at work and has room, whose turn is next first. None of them is promised."""


class Score(Struct, frozen=True, kw_only=True):
    """The numbers of a card."""

    engagement: float
    fit: float
    completeness: float
    priority: float


class Answer(Whom, frozen=True, kw_only=True):
    """What is answered."""

    policy: str
    known: bool
    degraded: bool = False
    """Redis did not answer in time, or is being filled: this is what the policy says of somebody unknown."""
    at_work: bool = True
    """The owner is, now."""
    otherwise: Whom | None = None
    """Who takes it instead of an owner who is not at work."""
    lead_id: str = ""
    crm_ids: dict[str, str] = {}
    handoff_id: str = ""
    score: Score | None = None
    label: str = ""
    level: str | None = None
    segment: str = ""
    touches: list[TouchTold] = []
    """The last few."""
    facts: dict[str, Any] = {}
    """What is known of the lead."""


_QUESTION = msgspec.json.Decoder(Question)


def read_question(body: bytes) -> Question | Refusal:
    """What was asked, or why it cannot be answered."""
    try:
        return _QUESTION.decode(body)
    except msgspec.ValidationError as wrong:
        where = str(wrong).rpartition("$.")[2].rstrip("`") if "$." in str(wrong) else "body"
        found = str(wrong).partition(" - at ")[0]
        return Refusal(fault=Fault.WRONG_SHAPE, field=where, found=found, remedy=f"Send {SHAPE}; texts only.")
    except UNREADABLE:
        return Refusal(fault=Fault.NOT_JSON, field="body", found="no JSON", remedy=f"Send {SHAPE}.")


def situation(asked: Question, known: Known | None, at_ms: Millis) -> Situation:
    """What the policy's rules are asked about."""
    said: dict[str, str | None] = {
        "page": asked.page, "channel": asked.channel, "campaign": asked.campaign, "source": asked.source,
    }  # fmt: skip
    facts = _facts_of(known)
    sources: list[str] = []
    owner, captured_by, seen_ms = "", "", 0
    if known is not None and (card := known.card) is not None:
        said |= {
            "origin": card.captured_by, "segment": card.segment, "stage": card.stage, "level": card.level,
            "grade": card.grade, "temperature": card.temperature, "model": card.model.rpartition("@")[0],
        }  # fmt: skip
        owner, captured_by, sources = card.owner, card.captured_by, card.sources
        seen_ms = to_ms(datetime.fromisoformat(card.owner_seen)) if card.owner_seen else 0
    fields = {name: (value,) for name, value in said.items() if value}
    if sources:
        fields["source"] = (*fields.get("source", ()), *sources)
    return Situation(
        at_ms=at_ms, fields=fields, facts=facts | asked.facts, owner=owner, captured_by=captured_by,
        owner_seen_ms=seen_ms,
    )  # fmt: skip


def _facts_of(known: Known | None) -> dict[str, Any]:
    """As the card has them, which is the latest; of an older card as the open handoff told them."""
    if known is None:
        return {}
    told = {} if known.handoff is None else {name: fact.value for name, fact in known.handoff.data.facts.items()}
    return told if known.card is None else told | known.card.facts


def _touches_of(card: Card | None, event: HandoffEvent | None) -> list[TouchTold]:
    """An open handoff tells more of them."""
    told = [] if card is None else card.touches
    return event.data.touches if event is not None and len(event.data.touches) > len(told) else told


def options(chooser: Chooser, asked: Question, known: Known | None, now_ms: Millis, desk: Desk) -> tuple[Option, ...]:
    """Those of the policy, in order."""
    return chooser.choose(situation(asked, known, now_ms), now_ms, desk.away).options


def answer(
    chooser: Chooser, asked: Question, known: Known | None, now_ms: Millis, desk: Desk, *, degraded: bool = False
) -> Answer:
    """Who has the lead already keeps it; else the policy decides, as the route stage would at this moment."""
    by_policy = whom(options(chooser, asked, known, now_ms, desk), desk.load)
    taken, otherwise, at_work = by_policy, None, True
    event = known.handoff if known is not None else None
    if known is not None and event is not None:
        data, rule = event.data, known.rule or OPEN_HANDOFF
        if data.owner:
            taken = Whom(rule=rule, owner=data.owner)
        elif data.queue or data.partner:
            team = chooser.of_team(data.queue, now_ms, desk.away) if data.queue in chooser.policy.teams else ()
            people = whom(team, desk.load).people if team else []
            taken = Whom(rule=rule, queue=data.queue, partner=data.partner, people=people)
    if taken.owner:
        at_work = _at_work(chooser, taken.owner, now_ms, desk.away)
        otherwise = by_policy if not at_work and by_policy.owner != taken.owner else None
    card = known.card if known is not None else None
    policy = chooser.policy
    return Answer(
        rule=taken.rule, owner=taken.owner, queue=taken.queue, partner=taken.partner, people=taken.people,
        policy=f"{policy.policy}@{policy.version}", known=known is not None, degraded=degraded, at_work=at_work,
        otherwise=otherwise, lead_id="" if known is None else known.lead_id, crm_ids={} if card is None else card.ids,
        handoff_id=event.data.handoff_id if event is not None else "",
        score=None if card is None else Score(
            engagement=card.engagement, fit=card.fit, completeness=card.completeness, priority=card.priority
        ),
        label="" if card is None else card.label, level=None if card is None else card.level,
        segment="" if card is None else card.segment, touches=_touches_of(card, event),
        facts=_facts_of(known),
    )  # fmt: skip


def whom(offered: tuple[Option, ...], load: Load) -> Whom:
    """The first option that has anybody; else the lead would wait for the last."""
    for option in offered:
        if option.kind == "partner":
            return Whom(rule=option.rule, partner=option.target)
        if option.kind == "queue":
            return Whom(rule=option.rule, queue=option.target)
        people = [member.name for member in by_turn(option, load)]
        if people and option.kind in ("team", "role"):
            return Whom(rule=option.rule, queue=option.target, people=people)
        if people:
            return Whom(rule=option.rule, owner=people[0])
    last = offered[-1] if offered else None
    return Whom(rule=NO_RULE, queue=UNROUTED) if last is None else Whom(rule=last.rule, queue=last.target)


def _at_work(chooser: Chooser, name: str, now_ms: Millis, away: frozenset[str]) -> bool:
    person = chooser.policy.people.get(name)
    return name not in away and (person is None or chooser.calendar_of(person).is_open(now_ms))
