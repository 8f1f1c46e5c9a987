"""How links and merges are written: to `identity.links`, from which the graph is rebuilt, and to the log."""

from collections.abc import Iterable, Mapping

import msgspec

from agents.delivery.producer import Item
from agents.people.asking import Pointer
from schemas.lead_event import MergedInto
from schemas.profile import IdentityLink

LEAD = "lead:"
"""Before a lead's id: the key of its merge."""

_encode = msgspec.json.Encoder().encode


def link_items(links: Mapping[str, IdentityLink]) -> list[Item]:
    """By identity key, or `lead:<id>`."""
    return [(None, key.encode(), _encode(link), []) for key, link in links.items()]


def merge_links(merges: Iterable[Pointer]) -> dict[str, IdentityLink]:
    """Which lead each loser was merged into."""
    return {LEAD + one.loser: IdentityLink(lead_id=one.survivor, at_ms=one.at_ms) for one in merges}


def merge_events(merges: Iterable[Pointer]) -> list[Item]:
    """Told to the losers: their workers tell the survivors."""
    return [(None, one.loser.encode(), _encode(_merged(one)), []) for one in merges]


def _merged(one: Pointer) -> MergedInto:
    return MergedInto(id=f"{one.loser}/merged/{one.survivor}", at_ms=one.at_ms, survivor=one.survivor)
