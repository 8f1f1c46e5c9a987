"""A lead as somebody writes it down who asks where it would go: a handoff event, its data, or a few words of it."""

from collections.abc import Mapping
from typing import Any

import msgspec

from schemas.routing_policy import FIELDS
from schemas.units import Millis
from streams.model.yaml.section import did_you_mean
from streams.routing.choosing import Situation

OTHERS = ("facts", "owner", "captured_by", "for partners only", "sources", "touches")


class NotALead(ValueError):
    """What was written cannot be asked about; the message says what to write."""


def situation_from(said: bytes, at_ms: Millis) -> Situation:
    """Raises NotALead. A handoff's own words are known; other words must be of `FIELDS` or `OTHERS`."""
    try:
        lead = msgspec.json.decode(said, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        raise NotALead(
            f'not a JSON object ({fault}); write {{"page": "/pricing", "facts": {{"headcount": 40}}}}'
        ) from fault
    lead = lead["data"] if isinstance(lead.get("data"), dict) else lead
    if "handoff_id" not in lead:
        known = (*FIELDS, *OTHERS)
        for word in lead:
            if word not in known:
                raise NotALead(f"`{word}` is no word of a lead. {did_you_mean(word, known)} Facts go under `facts`.")
    facts = lead.get("facts", {})
    if not isinstance(facts, dict):
        raise NotALead('`facts` is not an object; write {"facts": {"headcount": 40}}')
    latest = next((touch for touch in lead.get("touches", []) if isinstance(touch, Mapping)), {})
    fields = {name: _texts(lead.get(name, latest.get(name))) for name in FIELDS if name != "trigger"}
    fields["source"] = _texts(lead.get("sources", lead.get("source")))
    trigger = lead.get("trigger", "")
    fields["trigger"] = _texts(trigger.get("kind") if isinstance(trigger, dict) else trigger)
    fields["model"] = tuple(name.partition("@")[0] for name in fields["model"])
    return Situation(
        at_ms=at_ms,
        fields={name: texts for name, texts in fields.items() if texts},
        facts={name: fact.get("value") if isinstance(fact, dict) else fact for name, fact in facts.items()},
        owner=str(lead.get("owner") or ""),
        captured_by=str(lead.get("captured_by") or lead.get("origin") or ""),
        partner_only=lead.get("for partners only") is True,
    )


def _texts(said: Any) -> tuple[str, ...]:
    items = said if isinstance(said, list) else [said]
    return tuple(str(item) for item in items if item not in (None, ""))
