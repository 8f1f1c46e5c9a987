"""Forgets a person: from now on nothing they are known by means them, and what we hold is gone, store by store.

The order of the steps makes each of them repeatable, and a crash between two of them harmless:

1. the order is kept, so that whoever asks again goes on, though nobody is known by that identity any more;
2. Redis and `identity.links` forget the identities: what is still on its way says nothing, what comes later is
   somebody new;
3. the contact details are tombstones before sales is told of a handoff taken back, so that this word names nobody;
4. `Erased` is on the log of the lead and of all that were merged into it: the score stage makes graves of them;
5. what a message that was under way at that moment may have written is removed once it is;
6. copies in Redis go last, when nobody writes them any more; then the receipt is said, and the order is done.
"""

import msgspec

from agents.delivery.producer import Item
from agents.people.identity_graph import PersonGrown
from agents.people.links_log import LEAD, link_items
from agents.person.order import Order, Orders
from agents.person.ordering import widened
from agents.person.reading import Partitions
from agents.person.redis_place import clear, handoff_of, mirrored_to
from agents.person.tools import Tools
from agents.person.watching import Watch
from agents.topics.admin import connected, look
from schemas.journal import LeadNews
from schemas.lead_event import Erased
from schemas.person import Receipt
from schemas.profile import IdentityLink
from streams.kin.gone import is_grave
from streams.lead_codec import decode
from streams.moments import rfc3339
from streams.person.receipt import OPEN, stores
from streams.topology import (
    HANDOFFS,
    IDENTITY_LINKS,
    LEAD_CARDS,
    LEAD_EVENTS,
    LEAD_NEWS,
    LEAD_PROFILES,
    LEAD_STATE,
    TOPICS,
    Topic,
    name_of,
)

_encode = msgspec.json.encode


async def erase(order: Order, tools: Tools, *, within_s: float) -> Receipt:
    """All of it; what is done already is done once more, and changes nothing."""
    watch, tell = Watch(tools.scan, within_s), tools.tell
    tell("keeping the order")
    await Orders(tools.redis, tools.keys).keep(order)
    tell("forgetting identities")
    order = await _suppressed(order, tools)
    leads = order.leads
    tell("removing contact details")
    await tools.out.write(LEAD_PROFILES, _tombstones(leads))
    since = {
        topic: {lead: (await watch.place(topic, lead))[1] for lead in leads} for topic in (LEAD_EVENTS, LEAD_STATE)
    }
    waiting = await _open_handoffs(order, tools)
    tell("writing Erased on the log")
    await tools.out.write(LEAD_EVENTS, [(None, lead.encode(), _erased(lead, order), []) for lead in leads])
    left: dict[str, str] = {}
    tell("waiting for score to make graves of the leads")
    graves = [await watch.said(LEAD_STATE, lead, since[LEAD_STATE][lead], _is_grave) for lead in leads]
    if not all(graves):
        left[LEAD_STATE.name] = "no score stage has taken the erasure in yet"
    elif waiting:
        tell("waiting for route and mirror to take the open handoff back")
        if not await _taken_back(waiting, order, tools, watch):
            left[HANDOFFS.name] = "route or mirror has not taken the open handoff back yet"
    tell("waiting for identify to finish what was under way")
    if not await watch.inputs_read(order.lead_id, since[LEAD_EVENTS][order.lead_id], order.at_ms):
        left[LEAD_PROFILES.name] = "identify does not say that it has finished what was under way"
    tell("removing cards, contact details and copies")
    await tools.out.write(LEAD_PROFILES, _tombstones(leads))
    if all(graves):
        await tools.out.write(LEAD_CARDS, _tombstones(leads))
    else:
        left[LEAD_CARDS.name] = "cards go with the graves"
    await clear(tools.redis, tools.keys, leads, order.handoffs)
    receipt = await _receipt(order, tools, left)
    if receipt.complete:
        tell("writing the receipt")
        news = LeadNews(
            type="lead.erased",
            lead_id=order.lead_id,
            at=receipt.erased_at,
            retired=order.retired,
            receipt=receipt.stores,
        )
        await tools.out.write(LEAD_NEWS, [(None, order.lead_id.encode(), _encode(news), [])])
        await Orders(tools.redis, tools.keys).done(order)
    return receipt


async def _suppressed(order: Order, tools: Tools) -> Order:
    """Who has become more since the order was given goes whole; that is kept before anything is lost."""
    while True:
        try:
            await _suppress(order, tools)
            return order
        except PersonGrown:
            before, order = order, await widened(order, tools)
            orders = Orders(tools.redis, tools.keys)
            await orders.keep(order)
            if before.lead_id != order.lead_id:
                await orders.done(before)


async def _suppress(order: Order, tools: Tools) -> None:
    """Redis first: `identify` asks it before each group. Then the topic that it is rebuilt from."""
    graph = tools.graph
    # Begun again, an identity may mean somebody new already, who is not to be forgotten.
    theirs = [key for key in order.keys if await graph.home_of(key) in ("", *order.leads)]
    links = await graph.erase(theirs, order.at_ms, order.leads)
    for lead in order.leads:
        grave = IdentityLink(lead_id="", at_ms=order.at_ms, erasures=1, erased_ms=order.at_ms)
        links.setdefault(f"{LEAD}{lead}", grave)
    await tools.out.write(IDENTITY_LINKS, link_items(links))
    await graph.announced(links)


def _erased(lead: str, order: Order) -> bytes:
    return _encode(Erased(id=f"{lead}/erased/{order.at_ms}", at_ms=order.at_ms))


def _tombstones(leads: list[str]) -> list[Item]:
    return [(None, lead.encode(), None, []) for lead in leads]


def _is_grave(value: bytes | None) -> bool:
    return value is None or is_grave(decode(value))


async def _open_handoffs(order: Order, tools: Tools) -> dict[str, int]:
    """Those that the lead's state says stand open, with the revision that takes each back."""
    found: dict[str, int] = {}
    for lead in order.leads:
        value = await Partitions(tools.scan).latest(LEAD_STATE, lead)
        state = None if value is None else decode(value)
        if state is not None and state.episode is not None and not state.episode.closed_ms:
            found[state.episode.handoff_id] = state.episode.revision + 1
    return found


async def _taken_back(waiting: dict[str, int], order: Order, tools: Tools, watch: Watch) -> bool:
    """`route` has said so on `handoffs`, and the mirror has copied that: it would bring the handoff back to Redis."""

    async def heard() -> bool:
        records = await Partitions(tools.scan).of(HANDOFFS, order.leads)
        ends = [r for r in records if handoff_of(r.value) in waiting and b".withdrawn." in (r.value or b"")]
        if {handoff_of(r.value) for r in ends} != set(waiting):
            return False
        for record in ends:
            if await mirrored_to(tools.redis, tools.keys, HANDOFFS.name, record.partition) < record.offset:
                return False
        return True

    return await watch.until(heard)


async def _receipt(order: Order, tools: Tools, left: dict[str, str]) -> Receipt:
    settings = tools.settings
    async with connected(settings) as client:
        found = await look(client, {name_of(topic, settings) for topic in TOPICS})
    configs: dict[Topic, dict[str, str]] = {}
    for topic in TOPICS:
        one = found.get(name_of(topic, settings))
        if one is not None:
            configs[topic] = one.settings
    said = stores(configs, left, order.at_ms, snapshots=str(settings.snapshot_to or ""))
    return Receipt(
        lead_id=order.lead_id,
        retired=order.retired,
        erased_at=rfc3339(order.at_ms),
        stores=said,
        complete=not any(word.startswith(OPEN) for word in said.values()),
    )
