"""What waits for each stage, who works at it, and, where much waits, whether it grows: two looks."""

import asyncio
from collections.abc import Mapping

from aiokafka import TopicPartition
from msgspec import Struct

from agents.checkup.problem import Area, Problem, run
from agents.checkup.spans import spans
from agents.checkup.steady import answering, steady
from agents.settings import Settings
from agents.topics import admin
from streams.topology import TOPOLOGY, Step, bare_name

WORTH_A_LOOK = 1_000
"""Records that wait for a stage: fewer are a busy moment."""
LOOK_AGAIN_S = 3.0
LONG_S = 600.0
"""A stage that catches up within that time is on its way."""


class Look(Struct, frozen=True):
    """A stage at one moment."""

    members: int
    read: int
    """Sum of what is acknowledged."""
    written: int
    """Sum of what there is."""
    waiting: int


class Seen(Struct, frozen=True, kw_only=True):
    """A stage in two looks."""

    step: Step
    first: Look
    second: Look
    apart_s: float


async def lag(settings: Settings) -> list[Problem]:
    """One line for each stage that nobody runs, or that falls behind."""
    loop = asyncio.get_running_loop()
    began_s, first = loop.time(), await steady(lambda: looks(settings))
    second, ended_s = first, began_s
    if any(look.members and look.waiting >= WORTH_A_LOOK for look in first.values()):
        await asyncio.sleep(LOOK_AGAIN_S)
        ended_s, second = loop.time(), await steady(lambda: looks(settings))
    seen = [
        Seen(step=step, first=first[step.name], second=second[step.name], apart_s=ended_s - began_s)
        for step in TOPOLOGY
    ]
    return [problem for one in seen for problem in judged(one, settings)]


async def looks(settings: Settings) -> dict[str, Look]:
    """Every stage now, by name."""
    groups = {f"{settings.prefix}touchline-{step.name}": step for step in TOPOLOGY}
    async with admin.connected(settings) as client:
        # Asking for the coordinator of a group nobody has used yet may fail on a new cluster, so list first.
        known = {group for group, *_ in await client.list_consumer_groups(await answering(client))} & set(groups)
        members: dict[str, int] = {}
        committed: dict[str, Mapping[TopicPartition, int]] = {}
        for group in sorted(known):
            for response in await client.describe_consumer_groups([group]):
                members |= {described[1]: len(described[5]) for described in response.groups}
            offsets = await client.list_consumer_group_offsets(group)
            committed[group] = {partition: stored.offset for partition, stored in offsets.items()}
    reach = await spans(settings, list({topic.name: topic for step in TOPOLOGY for topic in step.reads}.values()))
    found = {}
    for group, step in groups.items():
        names = {f"{topic.name}" for topic in step.reads}
        ours = {p: span for p, span in reach.items() if bare_name(p.topic, settings) in names}
        at = {p: max(begin, committed.get(group, {}).get(p, begin)) for p, (begin, _) in ours.items()}
        found[step.name] = Look(
            members.get(group, 0), sum(at.values()), sum(end for _, end in ours.values()),
            sum(max(0, end - at[p]) for p, (_, end) in ours.items()),
        )  # fmt: skip
    return found


def judged(seen: Seen, settings: Settings) -> list[Problem]:
    """Nobody at work; falling back; or so far behind that it takes long."""
    step, first, second = seen.step, seen.first, seen.second
    if not second.waiting:
        return []
    if not second.members:
        what = f"nobody runs {step.name}; {second.waiting} records wait for it"
        return [Problem(area=Area.LAG, what=what, next=run(settings, step))]
    if first.waiting < WORTH_A_LOOK or second.waiting < WORTH_A_LOOK or not seen.apart_s:
        return []
    gained_s = (first.waiting - second.waiting) / seen.apart_s
    at_work = f"({second.members} at work)"
    if second.read == first.read:
        what = f"{step.name} is {second.waiting} records behind and read none in {seen.apart_s:.0f} s {at_work}"
        return [
            Problem(
                area=Area.LAG,
                what=what,
                next=f"ask its worker why: curl -s .../readyz?verbose; {_more(seen, settings)}",
            )
        ]
    if gained_s < 0:
        what = f"{step.name} is {second.waiting} records behind, {-gained_s:.0f} more every second {at_work}"
        return [Problem(area=Area.LAG, what=what, next=_more(seen, settings))]
    if gained_s * LONG_S < second.waiting:
        what = f"{step.name} is {second.waiting} records behind and catches up by {gained_s:.0f} a second {at_work}"
        return [Problem(area=Area.LAG, what=what, next=_more(seen, settings))]
    return []


def _more(seen: Seen, settings: Settings) -> str:
    if seen.second.members >= settings.partitions:
        return "every partition has a worker of its own: `touchline plan` says how many partitions a load needs"
    return f"start one more: {run(settings, seen.step)}"
