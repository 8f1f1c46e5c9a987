"""Records of the log in words a person can read."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

import msgspec

from schemas.lead_event import Assigned, CrmSaid, FactLearned, LeadEvent, TimerFired, TouchSeen
from schemas.person import HeldConsent, HeldDetail, HeldEvent
from schemas.profile import Detail
from streams.moments import rfc3339

_DECODE = msgspec.json.Decoder(LeadEvent).decode

UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)


class Logged(Protocol):
    """A record of a topic, as Kafka clients hand it out."""

    topic: str
    partition: int
    offset: int
    timestamp: int
    key: bytes | None
    value: bytes | None


def told(records: Iterable[Logged]) -> Iterator[HeldEvent]:
    """Each event as it lies there; states that a merge carries along are left out, for their events are told."""
    for record in records:
        value = record.value or b"null"
        try:
            event: LeadEvent = _DECODE(value)
        except UNREADABLE:
            at_ms, what = record.timestamp, "an event that this release cannot read"
        else:
            at_ms, what = event.at_ms, said_of(event)
        yield HeldEvent(
            at=rfc3339(at_ms),
            logged=rfc3339(record.timestamp),
            what=what,
            lead_id=(record.key or b"").decode(errors="replace"),
            where=f"{record.topic}/{record.partition}@{record.offset}",
            event=msgspec.Raw(_without_state(value)),
        )


def said_of(event: LeadEvent) -> str:
    """`page_view on web, /pricing, campaign spring`."""
    match event:
        case TouchSeen():
            parts = [
                f"{event.kind} on {event.channel}" if event.direction == "in" else f"we sent: {event.kind}",
                event.page,
                event.product and f"product {event.product}",
                event.campaign and f"campaign {event.campaign}",
                event.source not in ("", "unknown") and f"from {event.source}",
            ]
            return ", ".join(part for part in parts if part)
        case FactLearned():
            facts = ", ".join(f"{name} = {value}" for name, value in event.facts.items())
            return f"{event.by} said: {facts}" if facts else f"{event.by} named the lead by another id"
        case CrmSaid():
            return _report(event)
        case Assigned():
            return f"handoff given to {event.owner or event.queue or 'nobody yet'}"
        case TimerFired():
            return "time passed"
    return _kin(event)


def _report(event: CrmSaid) -> str:
    by = f" by {event.by}" if event.by else ""
    if event.kind == "consent":
        return f"consent {'given' if event.given else 'withdrawn'}: {event.purpose or 'contact'}{by}"
    more = [event.stage, event.level, event.channel, event.reason, event.cause]
    if event.amount is not None:
        more.append(f"{event.amount:g} {event.currency}".strip())
    return ", ".join([f"{event.kind}{by}", *(part for part in more if part)])


def _kin(event: Any) -> str:
    """What happened to the lead itself."""
    name = type(event).__name__
    words = {
        "MergedInto": "found to be the same person as",
        "MergedFrom": "took over what was known of",
        "Forwarded": "took over an event of",
        "Restated": "worked out anew",
        "Erased": "erased",
    }
    other = getattr(event, "survivor", "") or getattr(event, "loser", "") or getattr(event, "why", "")
    return " ".join(word for word in (words.get(name, name), other) if word)


def _without_state(value: bytes) -> bytes:
    try:
        plain = msgspec.json.decode(value)
    except UNREADABLE:
        return msgspec.json.encode(value.decode(errors="replace"))
    if isinstance(plain, dict) and "state" in plain:
        return msgspec.json.encode({name: said for name, said in plain.items() if name != "state"})
    return value


def details_told(details: Mapping[str, Detail]) -> dict[str, HeldDetail]:
    """Contact details, by name."""
    return {
        name: HeldDetail(value=detail.value, at=rfc3339(detail.at_ms), told_by=detail.id)
        for name, detail in sorted(details.items())
        if detail.value is not None
    }


def consent_told(consent: Mapping[str, list[int]]) -> list[HeldConsent]:
    """The last word on each purpose."""
    return [
        HeldConsent(purpose=purpose, given=bool(word[1]), at=rfc3339(word[0]))
        for purpose, word in sorted(consent.items())
    ]
