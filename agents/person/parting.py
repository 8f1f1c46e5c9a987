"""Takes two leads apart that were merged: the pointer first, then the one that leaves, then the one that stays.

1. Redis and `identity.links` forget the merge and block the pair, so that what comes from now on goes to its own lead;
2. what `identify` had under way is waited for: it may still have written to the survivor;
3. contact details go back to whom they are of, before a word to sales could bear the other's;
4. the retired lead is restated: it is no pointer any more, and sends nothing on; what it had sent on is on the
   survivor's log before its state says so, hence before the next step;
5. the survivor is restated without it, then `lead.split` is said.

Each restatement counts only while its lead is as it was read; when something came between, both are worked out again. A
crash between two steps is mended by asking again.
"""

from typing import cast

import msgspec
from msgspec import Struct

from agents.people.links_log import link_items
from agents.person.contacts import divide, give
from agents.person.logs import Group, group_of
from agents.person.putting import MOST_TRIES, Change, MayNot, put
from agents.person.reading import Partitions
from agents.person.tools import Tools
from agents.person.watching import Watch
from schemas.journal import LeadNews
from schemas.lead_state import LeadState
from schemas.profile import IdentityLink
from schemas.units import Millis
from streams.judge import Judge
from streams.kin.gone import is_grave, is_pointer
from streams.moments import rfc3339
from streams.person.difference import Row, rows
from streams.person.logs import SPLIT, homes_of, split_id
from streams.person.splitting import Apart, NotMerged, apart
from streams.topology import IDENTITY_LINKS, LEAD_EVENTS, LEAD_NEWS

_encode = msgspec.json.encode


class Pair(Struct, frozen=True, kw_only=True):
    """Two leads that are one."""

    survivor: str
    retired: str


class Preview(Struct, kw_only=True):
    """Both as they are and as they would be."""

    pair: Pair
    homes: list[str]
    """All that leave: the retired lead and those merged into it."""
    live: LeadState
    judge: Judge
    """Of the survivor as it is."""
    apart: Apart


class Parted(Struct, frozen=True, kw_only=True):
    """Two leads as they would be apart, or are now."""

    survivor: str
    retired: str
    homes: list[str]
    """All that leave."""
    merged_at: str
    """Since when they were one."""
    survivor_rows: list[Row]
    retired_rows: list[Row]
    stays: list[str] = []
    """Identities first seen since they were one: nobody can say whose they are."""
    done: bool = False


async def pair_of(tools: Tools, retired: str) -> Pair:
    """The lead that a retired id belongs to now. An order that was begun is known by the block alone."""
    root = await tools.graph.root(retired)
    if root != retired:
        return Pair(survivor=root, retired=retired)
    for said in cast(set[bytes], await tools.redis.smembers(tools.keys.blocked)):
        smaller, greater = said.decode().split(" ")
        if greater == retired:
            return Pair(survivor=await tools.graph.root(smaller), retired=retired)
    raise MayNot(f"{retired} is not merged into another lead: give the id that was retired (`touchline lead export`)")


async def preview(tools: Tools, pair: Pair, judge: Judge, *, from_what_is_left: bool) -> tuple[Preview, Group]:
    """Work both out, change nothing."""
    group = await group_of(tools, (pair.survivor, pair.retired), judge)
    homes = homes_of(pair.retired, group.logs)
    live, pointer = group.state(pair.survivor), group.state(pair.retired)
    for lead, state in ((pair.survivor, live), (pair.retired, pointer)):
        if is_grave(state):
            raise MayNot(f"{lead} was erased: there is nothing left to take apart")
    if group.partial and not from_what_is_left:
        raise MayNot(
            f"the log no longer holds the beginning of {', '.join(sorted(group.partial))}, so touches would be lost by "
            "this. `--from-what-is-left` splits all the same, by what the log holds"
        )
    try:
        parts = apart(pair.survivor, pair.retired, homes, group.logs, live, pointer, group.models)
    except NotMerged as nothing:
        raise MayNot(str(nothing)) from nothing
    by = group.models.earlier.get(live.model, group.models.first)
    return Preview(pair=pair, homes=sorted(homes), live=live, judge=by, apart=parts), group


async def part(
    tools: Tools, pair: Pair, judge: Judge, *, yes: bool, now_ms: Millis, within_s: float, from_what_is_left: bool
) -> Parted:
    """`yes`: do it. Raises MayNot; what was done by then stays done, and asking again goes on."""
    seen, _ = await preview(tools, pair, judge, from_what_is_left=from_what_is_left)
    if yes:
        await _do(tools, pair, judge, now_ms, within_s, from_what_is_left)
    apart, before = seen.apart, (seen.live, seen.judge)
    stays, leaves = apart.survivor, apart.retired
    return Parted(
        survivor=pair.survivor,
        retired=pair.retired,
        homes=seen.homes,
        merged_at=rfc3339(apart.merged_ms),
        survivor_rows=rows(pair.survivor, before, (stays.state, stays.judge), now_ms),
        retired_rows=rows(pair.retired, None, (leaves.state, leaves.judge), now_ms),
        stays=await _newcomers(tools, pair.survivor, apart.merged_ms),
        done=yes,
    )


async def _newcomers(tools: Tools, survivor: str, since_ms: Millis) -> list[str]:
    """Identities first seen with the survivor since both were one: whose they are cannot be told."""
    keys = await tools.graph.identities_of(survivor)
    found: dict[str, Millis] = {}
    for record in await Partitions(tools.scan).of(IDENTITY_LINKS, keys):
        if record.value is not None:
            found[record.key.decode()] = msgspec.json.decode(record.value, type=IdentityLink).at_ms
    return sorted(key for key, at_ms in found.items() if at_ms > since_ms)


async def _do(tools: Tools, pair: Pair, judge: Judge, now_ms: Millis, within_s: float, from_what_is_left: bool) -> None:
    watch = Watch(tools.scan, within_s)
    since = (await watch.place(LEAD_EVENTS, pair.survivor))[1]
    tools.tell("taking the pointer away and blocking the pair")
    links = await tools.graph.split(pair.retired, pair.survivor, now_ms)
    await tools.out.write(IDENTITY_LINKS, link_items(links))
    await tools.graph.announced(links)
    tools.tell("waiting for identify to finish what was under way")
    if not await watch.inputs_read(pair.survivor, since, now_ms):
        raise MayNot("identify does not say that it has finished what was under way: start it, then ask again")
    seen, group = await preview(tools, pair, judge, from_what_is_left=from_what_is_left)
    tools.tell("giving each its contact details back")
    stay, leave = await divide(tools, group, pair.survivor, pair.retired, seen.homes)
    await give(tools, {pair.survivor: stay, pair.retired: leave}, leave)
    for lead in (pair.retired, pair.survivor):
        tools.tell(f"restating {lead}")
        await _restate(tools, watch, pair, lead, judge, now_ms, from_what_is_left)
    news = LeadNews(type="lead.split", lead_id=pair.survivor, at=rfc3339(now_ms), retired=[pair.retired])
    await tools.out.write(LEAD_NEWS, [(None, pair.survivor.encode(), _encode(news), [])])


async def _restate(
    tools: Tools, watch: Watch, pair: Pair, lead: str, judge: Judge, now_ms: Millis, from_what_is_left: bool
) -> None:
    for _ in range(MOST_TRIES):
        seen, group = await preview(tools, pair, judge, from_what_is_left=from_what_is_left)
        was = group.state(lead)
        leaves = lead == pair.retired
        if leaves and not is_pointer(was):
            return  # an earlier try came as far
        side = seen.apart.retired if leaves else seen.apart.survivor
        event_id = split_id(lead, now_ms, frozenset() if leaves else frozenset(seen.homes))
        change = Change(lead=lead, was=was, anew=side.state, id=event_id, why=SPLIT, at_ms=now_ms)
        if await put(tools, watch, group, change, judge):
            return
    raise MayNot(f"something came between at each of {MOST_TRIES} tries: {lead} is very busy, ask again")
