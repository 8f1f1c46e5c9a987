"""What route says to the world about a ripe lead, and what it answers to the lead's own log."""

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
from msgspec import UNSET, Struct

from schemas.handoff import HandoffData, HandoffEvent, HandoffType, Ripe
from schemas.lead_event import Assigned
from schemas.profile import Detail
from schemas.reject import Reject
from schemas.routing_policy import Promise, RoutingPolicy, RoutingRule, Target
from schemas.units import DurationMs
from streams.moments import rfc3339
from streams.reading import read
from streams.routing.assigning import Given, assignment, without_people
from streams.routing.choosing import Chooser, situation_of
from streams.routing.promising import is_late

SEQUENCE_DIGITS = 10

_RIPE = msgspec.json.Decoder(Ripe)
_DETAIL = msgspec.json.Decoder(Detail)
_TEXT = msgspec.json.Encoder(order="deterministic")
_ENCODER = msgspec.json.Encoder()


class Office(Struct, frozen=True, kw_only=True):
    """By which policy leads are given, and in whose name handoffs are said."""

    chooser: Chooser
    source: str
    """CloudEvents `source`: with `id` it is unique."""


def one_queue(queue: str, respond_within_ms: DurationMs) -> RoutingPolicy:
    """All leads to one queue, answered within so much time from the touch."""
    return RoutingPolicy(
        policy="one-queue",
        version=1,
        rules=(RoutingRule(name="everyone", to=Target(kind="queue", name=queue)),),
        promise=Promise(within_ms=respond_within_ms),
    )


class Routed(Struct, frozen=True, kw_only=True):
    """One ripe lead, routed."""

    handoff: HandoffEvent
    assigned: Assigned | None
    """For the lead's log; only a request is assigned."""


def read_ripe(value: bytes | None) -> Ripe | Reject:
    """A record of `ripe`, or why it cannot be one."""
    return read(_RIPE, value, "score")


def read_contact(details: Mapping[bytes, bytes]) -> dict[str, str]:
    """Contact details as a seller reads them, from a profile's hash; by name, so that the order is always the same."""
    return contact_of([text.decode() for pair in details.items() for text in pair])


def contact_of(flat: Sequence[str]) -> dict[str, str]:
    """The same from names and JSON details, by turns."""
    contact = {}
    for name, detail in sorted(zip(flat[::2], flat[1::2], strict=True)):
        value = _DETAIL.decode(detail).value
        if value is not None:
            contact[name] = _text(value)
    return contact


def route(ripe: Ripe, contact: dict[str, str], desk: Office, given: Given | None = None) -> Routed:
    """The same ripe, contact and decision always give the same words.

    `given`: who got it, of a ripe that asks to be given, or that was said before the lead's log knew who has it; None:
    as the policy says without asking for anybody's load.
    """
    asks = asked(ripe)
    if asks and given is None:
        given = without_people(desk.chooser.choose(situation_of(ripe), ripe.touch_at_ms), ripe.at_ms)
    said = assignment(ripe, given, desk.chooser) if asks and given is not None else None
    data = _data(ripe, contact, _at_first(said, given) if ripe.type is HandoffType.REQUESTED else None)
    if not asks and given is not None and not named(ripe):
        owner, queue = ("", given.waited) if given.waited else (given.owner, given.queue)
        data = msgspec.structs.replace(data, owner=owner, queue=queue, partner=given.partner)
    # Said before anybody knows whose it is, and nobody remembers: a partner's, perhaps. The assignment tells the rest.
    unsure = not asks and given is None and not named(ripe) and bool(desk.chooser.policy.partners)
    event = HandoffEvent(
        id=f"{ripe.handoff_id}/{ripe.revision}",
        type=f"io.touchline.handoff.{ripe.type.value}.v1",
        source=desk.source,
        subject=ripe.lead_id,
        time=rfc3339(ripe.at_ms),
        partitionkey=ripe.lead_id,
        correlationid=ripe.handoff_id,
        causationid=ripe.cause_id,
        sequence=f"{ripe.revision:0{SEQUENCE_DIGITS}d}",
        data=_for_partner(data, _why(ripe, said), desk.chooser.policy) if data.partner or unsure else data,
        traceparent=ripe.trace or UNSET,
    )
    return Routed(handoff=event, assigned=said)


def _at_first(said: Assigned | None, given: Given | None) -> Assigned | None:
    """As it was decided when it was asked for. Who waited then has an owner since: that is an event of its own."""
    if said is None or given is None or not given.waited:
        return said
    return msgspec.structs.replace(said, owner="", queue=given.waited, partner="")


def asked(ripe: Ripe) -> bool:
    """Does it ask to be given to somebody?"""
    return ripe.type is HandoffType.REQUESTED or ripe.reassign


def named(ripe: Ripe) -> bool:
    """Does it know who has it? What follows a request at once is said before the lead's log knows."""
    return bool(ripe.owner or ripe.queue or ripe.partner)


def encode(said: HandoffEvent | Assigned) -> bytes:
    """JSON, fields in the order they are declared."""
    return _ENCODER.encode(said)


def _data(ripe: Ripe, contact: dict[str, str], said: Assigned | None) -> HandoffData:
    """`said`: what a request was answered; later words of an episode carry what the lead knows."""
    promise_ms = ripe.respond_by_ms if said is None else said.respond_by_ms
    return HandoffData(
        why=ripe.why,
        handoff_id=ripe.handoff_id,
        revision=ripe.revision,
        lead_id=ripe.lead_id,
        crm_ids=ripe.ids,
        episode=ripe.episode,
        contact=contact,
        consent=ripe.consent,
        score=ripe.score,
        temperature=ripe.temperature,
        grade=ripe.grade,
        level=ripe.level,
        breakdown=ripe.breakdown,
        fit_breakdown=ripe.fit_breakdown,
        trigger=ripe.trigger,
        velocity=ripe.velocity,
        segment=ripe.segment,
        stage=ripe.stage,
        time_in_stage_s=ripe.time_in_stage_s,
        origin=ripe.origin,
        sources=ripe.sources,
        inquiries=ripe.inquiries,
        touches=ripe.touches,
        facts=ripe.facts,
        respond_by=None if promise_ms is None else rfc3339(promise_ms),
        forecast=ripe.forecast,
        model=ripe.model,
        late=is_late(ripe),
        owner=ripe.owner if said is None else said.owner,
        queue=("" if ripe.owner else ripe.queue) if said is None else said.queue,
        partner=ripe.partner if said is None else said.partner,
        override=ripe.override,
        reason=ripe.reason,
        outcome=ripe.outcome,
        campaign=ripe.campaign,
        contacted_at=None if ripe.contacted_ms is None else rfc3339(ripe.contacted_ms),
    )


NEED = frozenset((
    "need", "product", "service", "goal", "project_type", "project", "interest", "purchase_by", "timing", "challenges",
))  # fmt: skip
"""Facts that say what a lead wants: what a partner is told who gets `need`."""


def _why(ripe: Ripe, said: Assigned | None) -> str:
    """For a partner: what score says in its sentence is ours."""
    if said is not None:
        return f"Referred to you: {said.rule}."
    return f"{ripe.type.value.capitalize()}: {ripe.reason}." if ripe.reason else f"{ripe.type.value.capitalize()}."


def _for_partner(data: HandoffData, why: str, policy: RoutingPolicy) -> HandoffData:
    """Only what the policy lets this partner have, in every event."""
    gets = policy.partners[data.partner].gets if data.partner in policy.partners else ()
    facts = data.facts if "facts" in gets else {n: f for n, f in data.facts.items() if n in NEED and "need" in gets}
    told = msgspec.structs.replace(
        data,
        contact=data.contact if "contacts" in gets else {},
        facts=facts,
        touches=data.touches if "touches" in gets else [],
    )
    if "score" in gets:
        return told
    return msgspec.structs.replace(
        told, why=why, score=None, temperature="", grade="", level=None, breakdown=[],
        fit_breakdown=[], velocity=None, forecast=None, model="", override="", crm_ids={},
    )  # fmt: skip


def _text(value: Any) -> str:
    return value if isinstance(value, str) else _TEXT.encode(value).decode()
