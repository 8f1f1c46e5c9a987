"""From whom somebody names to the order of an erasure, begun before or not, and to its receipt."""

import msgspec
from msgspec import Struct

from agents.person.erasing import erase
from agents.person.finding import NobodyFound, key_of
from agents.person.order import Order, Orders
from agents.person.ordering import order_for
from agents.person.reading import Partitions
from agents.person.tools import Tools
from schemas.person import Receipt
from schemas.units import Millis
from streams.handoff.episode import is_open
from streams.lead_codec import decode
from streams.topology import LEAD_EVENTS, LEAD_STATE


class Forgotten(Struct, frozen=True, kw_only=True):
    """Whom it concerns, and what became of it."""

    order: Order
    events: int
    """On the log."""
    open: bool
    """A handoff stands open."""
    receipt: Receipt | None = None
    """None: it was only looked at."""


async def forget(tools: Tools, namespace: str, value: str, *, yes: bool, now_ms: Millis, within_s: float) -> Forgotten:
    """`yes`: do it; else say what would be done. Raises NobodyFound."""
    begun = await Orders(tools.redis, tools.keys).begun(
        value if namespace == "lead" else key_of(tools.settings, namespace, value)
    )
    order = begun or await order_for(tools, namespace, value, now_ms)
    at = Partitions(tools.scan)
    states = [await at.latest(LEAD_STATE, lead) for lead in order.leads]
    events = len(await at.of(LEAD_EVENTS, order.leads))
    if begun is None and not order.keys and not events and not any(states):
        raise NobodyFound(f"nobody is known as {value}, and the log holds nothing of such a lead")
    found = Forgotten(order=order, events=events, open=any(value and is_open(decode(value)) for value in states))
    if not yes:
        return found
    if begun is not None:
        tools.tell(f"going on with the erasure of {order.lead_id}")
    return msgspec.structs.replace(found, receipt=await erase(order, tools, within_s=within_s))
