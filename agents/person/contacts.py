"""Gives two leads that are taken apart each its own contact details back."""

from typing import cast

import msgspec

from agents.people.policy_file import hider_of
from agents.person.logs import Group
from agents.person.reading import Partitions
from agents.person.tools import Tools
from agents.redis.read_model import ReadModel
from schemas.profile import Detail, Profile
from streams.person.contacts import Details, divided
from streams.person.logs import event_of, innermost
from streams.person.splitting import of_those_who_leave
from streams.topology import LEAD_PROFILES


async def divide(tools: Tools, group: Group, survivor: str, retired: str, homes: list[str]) -> tuple[Details, Details]:
    """As they would be; nothing is changed. Of who stays, and of who leaves."""
    hider = hider_of(tools.settings)
    read = ReadModel(tools.redis, tools.keys, hider)
    leads = {survivor, *homes}
    versions: list[dict[str, Detail]] = [await read.profile(lead) for lead in sorted(leads)]
    published = await Partitions(tools.scan).of(LEAD_PROFILES, leads)
    versions += [msgspec.json.decode(r.value, type=Profile).details for r in published if r.value is not None]
    at_home = {key: lead for lead in leads for key in await tools.graph.identities_of(lead)}
    whole = [line for home in homes if home in group.logs for line in group.logs[home].lines]
    lines = [*whole, *of_those_who_leave(retired, frozenset(homes), group.logs)]
    told = {event.id for line in lines if (event := innermost(event_of(line))) is not None}
    return divided(versions, at_home, frozenset(homes), told, hider)


async def give(tools: Tools, leads: dict[str, Details], taken: Details) -> None:
    """Put the details of each in its place, in Redis and on the topic. `taken`: what is not the survivor's any more."""
    survivor = next(iter(leads))
    for name, detail in taken.items():
        held = await tools.redis.hget(tools.keys.profile(survivor), name)
        # A word that came since stays.
        if held is not None and msgspec.json.decode(held, type=Detail) == detail:
            await tools.redis.hdel(tools.keys.profile(survivor), name)
    published = await tools.graph.merge(list(leads.items()))
    profiles = {one.lead: one for one in published}
    for lead in leads:
        now = cast(dict[bytes, bytes], await tools.redis.hgetall(tools.keys.profile(lead)))
        details = {name.decode(): msgspec.Raw(told) for name, told in now.items()}
        value = msgspec.json.encode({"lead_id": lead, "details": details}) if details else None
        await tools.out.write(LEAD_PROFILES, [(None, lead.encode(), value, [])])
    await tools.graph.announced({}, profiles=list(profiles.values()))
