"""Gathers all we hold on a person from Kafka and Redis into one document."""

from collections.abc import Callable
from typing import Any

import msgspec

from agents.explaining import NothingKnown, explained
from agents.people.identity_graph import IdentityGraph
from agents.people.policy_file import hider_of
from agents.person.finding import Person, keys_in, person_of
from agents.person.reading import Partitions
from agents.redis.client import connect
from agents.redis.read_model import ReadModel
from agents.settings import Settings
from agents.table.model_shelf import shelf
from agents.topics.admin import connected, look
from agents.topics.scan import Scan, scanning
from schemas.card import Card
from schemas.explanation import Explanation, FactBehind
from schemas.person import Elsewhere, HeldIdentity, PersonExport
from schemas.profile import Detail, Profile
from streams.explaining.fit_told import fact_behind
from streams.judge import Judge
from streams.lead_codec import decode
from streams.moments import rfc3339
from streams.people.identity import Hider
from streams.person.naming import names
from streams.person.stores import RAW, kept
from streams.person.telling import consent_told, details_told, told
from streams.topology import (
    HANDOFFS,
    LEAD_CARDS,
    LEAD_EVENTS,
    LEAD_LEDGER,
    LEAD_NEWS,
    LEAD_PROFILES,
    LEAD_STAGES,
    LEAD_STATE,
    LEAD_TASKS,
    TOPICS,
    Topic,
    name_of,
)

Progress = Callable[[str], None]


async def export(
    settings: Settings, namespace: str, value: str, judge: Judge, *, now_ms: int, inputs: bool, tell: Progress
) -> PersonExport:
    """Everything. `inputs`: the topics of what came in are searched, too, which reads all of them.

    Raises `NobodyFound`.
    """
    redis = connect(settings, patient=False)
    read = ReadModel(redis, keys_in(settings), hider_of(settings))
    try:
        person = await person_of(IdentityGraph(redis, keys_in(settings)), settings, namespace, value)
        tell(f"lead {person.lead_id}" + (f", with {', '.join(person.retired)}" if person.retired else ""))
        details = {lead: await read.profile(lead) for lead in person.leads}
        async with scanning(settings) as scan:
            return await _gathered(settings, scan, person, details, judge, now_ms, inputs, tell)
    finally:
        await redis.aclose()


async def _gathered(
    settings: Settings, scan: Scan, person: Person, mirrored: dict[str, dict[str, Detail]], judge: Judge, now_ms: int,
    inputs: bool, tell: Progress,
) -> PersonExport:  # fmt: skip
    at = Partitions(scan)
    details: dict[str, Detail] = {}
    for lead in reversed(person.leads):
        published = await at.latest(LEAD_PROFILES, lead)
        details |= mirrored[lead] or (msgspec.json.decode(published, type=Profile).details if published else {})
    tell("reading the log")
    events = sorted(await at.of(LEAD_EVENTS, person.leads), key=lambda r: (r.timestamp, r.partition, r.offset))
    card = await at.latest(LEAD_CARDS, person.lead_id)
    state = await at.latest(LEAD_STATE, person.lead_id)
    models = await shelf(settings)
    facts: list[FactBehind] = []
    consent: dict[str, list[int]] = {}
    if state is not None:
        held = decode(state)
        by = models.get(held.model, judge)
        facts = [fact_behind(held, by, name) for name in sorted(held.facts)]
        consent = held.consent
    said = {
        topic: await _said(at, topic, person) for topic in (HANDOFFS, LEAD_TASKS, LEAD_STAGES, LEAD_LEDGER, LEAD_NEWS)
    }
    elsewhere = await _elsewhere(settings, scan, person, inputs, tell)
    return PersonExport(
        about=person.asked,
        taken_at=rfc3339(now_ms),
        lead_id=person.lead_id,
        retired=person.retired,
        identities=_identities(hider_of(settings), person, details),
        contact=details_told(details),
        consent=consent_told(consent),
        facts=facts,
        card=None if card is None else msgspec.json.decode(card, type=Card),
        explanation=await _explained(settings, person.lead_id, judge, now_ms) if state is not None else None,
        events=list(told(events)),
        handoffs=said[HANDOFFS],
        tasks=said[LEAD_TASKS],
        stages=said[LEAD_STAGES],
        ledger=said[LEAD_LEDGER],
        news=said[LEAD_NEWS],
        elsewhere=elsewhere,
    )


async def _said(at: Partitions, topic: Topic, person: Person) -> list[msgspec.Raw]:
    return [msgspec.Raw(record.value) for record in await at.of(topic, person.leads) if record.value]


async def _explained(settings: Settings, lead: str, judge: Judge, now_ms: int) -> Explanation | None:
    try:
        return await explained(settings, lead, judge, until_ms=None, now_ms=now_ms)
    except NothingKnown:
        return None


def _identities(hider: Hider, person: Person, details: dict[str, Detail]) -> list[HeldIdentity]:
    """In the clear where the profile says the value: its hash is the key we keep."""
    clear: dict[str, str] = {}
    for name, detail in details.items():
        identity = hider.identity(name, str(detail.value)) if detail.value else None
        if identity is not None:
            clear[identity.key] = identity.value
    found: list[HeldIdentity] = []
    for key in person.keys:
        namespace, value = _split(key)
        shown = value if namespace.startswith("crm:") else clear.get(key, "")
        found.append(HeldIdentity(namespace=namespace, value=shown, key=key, lead_id=person.homes[key]))
    return found


def _split(key: str) -> tuple[str, str]:
    """Namespace and stored value; a CRM's namespace has a colon of its own."""
    head, _, rest = key.partition(":")
    if head != "crm":
        return head, rest
    system, _, rest = rest.partition(":")
    return f"crm:{system}", rest


async def _elsewhere(settings: Settings, scan: Scan, person: Person, inputs: bool, tell: Progress) -> list[Elsewhere]:
    """Every other place, with how long it keeps what it has."""
    async with connected(settings) as client:
        found = await look(client, {name_of(topic, settings) for topic in TOPICS})
    places: list[Elsewhere] = []
    for topic in (*RAW, LEAD_STATE):
        config = found.get(name_of(topic, settings))
        if config is None:
            continue
        messages: list[Any] | None = None
        if inputs and topic in RAW:
            tell(f"searching {topic.name}")
            messages = await _naming(scan, topic, set(person.keys), hider_of(settings), set(person.leads))
        places.append(
            Elsewhere(
                store=name_of(topic, settings), what=topic.what, kept=kept(topic, config.settings), found=messages
            )
        )
    places.append(
        Elsewhere(
            store="Redis",
            what="Copies for look-ups: identities, contact details, card, handoffs.",
            kept="as their topics; an ended handoff 30 days",
        )
    )
    return places


async def _naming(scan: Scan, topic: Topic, keys: set[str], hider: Hider, leads: set[str]) -> list[msgspec.Raw]:
    return [
        msgspec.Raw(msgspec.json.encode(record.value.decode(errors="replace")))
        async for batch in scan.read_all(topic)
        for record in batch
        if record.value is not None and names(record.value, keys, leads, hider)
    ]
