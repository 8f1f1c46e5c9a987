"""Who is to be forgotten, whole: all ids, identities and handoffs of a person, as they are known now."""

import msgspec

from agents.person.finding import person_of
from agents.person.order import Order
from agents.person.reading import Partitions
from agents.person.redis_place import handoff_of
from agents.person.tools import Tools
from schemas.journal import LeadNews
from schemas.units import Millis
from streams.lead_codec import decode
from streams.topology import HANDOFFS, LEAD_NEWS, LEAD_STATE


async def order_for(tools: Tools, namespace: str, value: str, now_ms: Millis) -> Order:
    """An order that nobody has begun. Raises NobodyFound."""
    person = await person_of(tools.graph, tools.settings, namespace, value)
    at = Partitions(tools.scan)
    # Somebody may ask again for who is erased: what was merged then is on the news.
    retired = set(person.retired)
    for record in await at.of(LEAD_NEWS, (person.lead_id,)):
        news = msgspec.json.decode(record.value or b"null", type=LeadNews | None)
        if news is not None and news.type == "lead.erased":
            retired.update(news.retired)
    leads = (person.lead_id, *sorted(retired))
    handoffs = {one for record in await at.of(HANDOFFS, leads) if (one := handoff_of(record.value))}
    for lead in leads:
        state = await at.latest(LEAD_STATE, lead)
        if state is not None and (episode := decode(state).episode) is not None:
            handoffs.add(episode.handoff_id)
    return Order(
        lead_id=person.lead_id, retired=sorted(retired), keys=person.keys, handoffs=sorted(handoffs), at_ms=now_ms
    )


async def widened(order: Order, tools: Tools) -> Order:
    """The same person, who showed more identities or was merged since the order was given."""
    first = await tools.graph.root(order.lead_id)
    roots = dict.fromkeys([first, *[await tools.graph.root(lead) for lead in order.retired]])
    found = [order, *[await order_for(tools, "lead", root, order.at_ms) for root in roots]]
    return Order(
        lead_id=first,
        retired=sorted({lead for one in found for lead in one.leads} - {first}),
        keys=sorted({key for one in found for key in one.keys}),
        handoffs=sorted({handoff for one in found for handoff in one.handoffs}),
        at_ms=order.at_ms,
    )
