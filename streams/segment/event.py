"""One event of a Segment SDK as a touch or a fact: who, what, when, where."""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

from msgspec import Struct

from schemas.fact import Fact
from schemas.touch import Touch
from streams.people.faults import too_big
from streams.segment.clock import happened_ms
from streams.topology import FACTS, TOUCHES_WEB, Topic

IDENTIFIED = "identified"
"""Kind of a touch that says only this: these identities are one person."""
MAX_FACTS = 200
"""Attributes of one fact."""
PLAIN_FACTS = {"title": "job_title"}
"""Segment's reserved traits whose name means something else to us."""

_CAMEL = re.compile(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])")
_APART = re.compile(r"[\W_]+")


class Meant(Struct, frozen=True):
    """What an event comes to."""

    topic: Topic
    key: bytes
    message: Touch | Fact


Wrong = tuple[str, str, str]
"""(field, what was found, what to send instead)."""


def event_meaning(
    call: str, event: dict[str, Any], ident: str, sent: Any, received_ms: int, history: bool
) -> Meant | Wrong:
    """A touch (track, page, screen, alias) or a fact (identify, group). Never raises, whatever the event holds."""
    who = identities(call, event)
    if not who:
        return "userId", "missing, and anonymousId too", "Send userId or anonymousId: a text that is not empty."
    at_ms = happened_ms(event, sent, received_ms)
    key = next(iter(who.values())).encode("utf-8", "replace")
    if call in ("identify", "group"):
        learned = _group_facts(event) if call == "group" else flat(_object(event, "traits"))
        facts = dict(islice(learned, MAX_FACTS))
        if facts:
            return Meant(FACTS, key, Fact(fact_id=ident, at=at_ms, who=who, by="form", facts=facts))
    kind = _kind(call, event)
    if not kind:
        return "event", "missing, empty or not a text", 'Send what the person did, such as "Demo Requested".'
    context, campaign = _object(event, "context"), _object(_object(event, "context"), "campaign")
    touch = Touch(
        touch_id=ident, kind=kind, at=at_ms, who=who, history=history,
        source=text(campaign.get("source")) or "unknown", medium=text(campaign.get("medium")),
        campaign=text(campaign.get("name")), page=_page(call, event), product=text(_properties(event).get("product")),
        props=_props(event, context, campaign),
    )  # fmt: skip
    return Meant(TOUCHES_WEB, key, touch)


def identities(call: str, event: dict[str, Any]) -> dict[str, str]:
    """By namespace, the user first. A group's own e-mail and phone are the company's, not the person's."""
    who = {"user": text(event.get("userId")), "anonymous": text(event.get("anonymousId"))}
    if call == "alias":
        previous = text(event.get("previousId"))
        if previous != who["user"]:
            who["anonymous"] = who["anonymous"] or previous
    traits = () if call == "group" else (_object(event, "traits"),)
    for place in (*traits, _object(_object(event, "context"), "traits"), _properties(event)):
        for namespace in ("email", "phone"):
            who[namespace] = who.get(namespace) or text(place.get(namespace))
    return {namespace: value for namespace, value in who.items() if value}


def snake(name: str) -> str:
    """`Demo Requested`, `demoRequested` and `demo-requested` are one kind: `demo_requested`."""
    return _APART.sub("_", _CAMEL.sub("_", name)).strip("_").lower() or name.strip()


def text(said: Any) -> str:
    """A name or an id: texts as they are, numbers as digits; anything else is none."""
    if isinstance(said, str):
        return said.strip()
    return str(said) if isinstance(said, int) and not isinstance(said, bool) and not too_big(said) else ""


def flat(traits: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Traits as attributes: snake case, one level of objects opened, lists left out (an address needs no prefix)."""
    for name, value in traits.items():
        said = PLAIN_FACTS.get(name) if not prefix else None
        own = said or snake(name)
        if not own:
            continue
        if isinstance(value, dict) and not prefix:
            yield from flat(value, "" if own == "address" and not _nested(value) else f"{own}_")
        elif isinstance(value, str | int | float):
            yield f"{prefix}{own}", _countable(value)


def _nested(value: dict[str, Any]) -> bool:
    return any(isinstance(inner, dict) for inner in value.values())


def _group_facts(event: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    group = text(event.get("groupId"))
    if group:
        yield "company_id", group
    for name, value in flat(_object(event, "traits")):
        yield f"company_{name}", value


def _kind(call: str, event: dict[str, Any]) -> str:
    if call == "track":
        name = event.get("event")
        return snake(name) if isinstance(name, str) else ""
    return {"page": "page_view", "screen": "screen_view"}.get(call, IDENTIFIED)


def _page(call: str, event: dict[str, Any]) -> str:
    """Of a page call its own properties, else the page that the context names; a screen goes by its name."""
    if call == "screen":
        return text(event.get("name"))
    here = _object(_object(event, "context"), "page")
    places = (_properties(event), here) if call == "page" else (here, _properties(event))
    return next((said for place in places for name in ("path", "url") if (said := text(place.get(name)))), "")


def _props(event: dict[str, Any], context: dict[str, Any], campaign: dict[str, Any]) -> dict[str, Any]:
    """Properties, and beneath them what the call and its context tell of the page and the campaign."""
    page = _object(context, "page")
    told: dict[str, Any] = {
        "referrer": page.get("referrer"), "title": page.get("title"), "term": campaign.get("term"),
        "content": campaign.get("content"), "category": event.get("category"), "name": event.get("name"),
    }  # fmt: skip
    told = {name: value for name, value in told.items() if isinstance(value, str) and value}
    return told | {name: _countable(value) for name, value in _properties(event).items()}


def _properties(event: dict[str, Any]) -> dict[str, Any]:
    return _object(event, "properties")


def _object(parent: dict[str, Any], name: str) -> dict[str, Any]:
    inner = parent.get(name)
    return inner if isinstance(inner, dict) else {}


def _countable(value: Any) -> Any:
    """Numbers too large to count with travel as texts."""
    return str(value) if too_big(value) else value
