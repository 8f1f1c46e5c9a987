"""Topics that are missing, or otherwise than the topology says; and rebuilds that nobody finished."""

from msgspec import Struct

from agents.checkup.problem import Area, Problem, few
from agents.settings import Settings
from agents.topics import admin
from agents.topics.plan import FIRST
from streams.topology import LEAD_EVENTS


class Topics(Struct, frozen=True):
    """What was found."""

    missing: list[str]
    problems: list[Problem]


async def topics(settings: Settings) -> Topics:
    """One line for each remedy, not for each topic."""
    differences = await admin.plan(settings)
    missing = [d.topic for d in differences if d.kind is admin.Kind.MISSING]
    problems = []
    if missing:
        what = f"{len(missing)} missing: {few(missing)}"
        problems.append(Problem(area=Area.TOPICS, what=what, next=admin.command(settings, "topics apply")))
    told: dict[str, list[admin.Difference]] = {}
    for difference in differences:
        if difference.kind is not admin.Kind.MISSING:
            told.setdefault(admin.remedy(difference, settings), []).append(difference)
    for remedy, alike in told.items():
        more = f" (and {len(alike) - 1} more)" if len(alike) > 1 else ""
        problems.append(Problem(area=Area.TOPICS, what=alike[0].sentence + more, next=remedy))
    return Topics(missing, [*problems, *await _unfinished(settings)])


async def _unfinished(settings: Settings) -> list[Problem]:
    """Other generations of the log that a rebuild began to fill, and did not cut over to."""
    first = f"{settings.prefix}{LEAD_EVENTS.name}"
    async with admin.connected(settings) as client:
        names = {t["topic"] for t in await client.describe_topics() if t["topic"].startswith(f"{first}.")}
        found = await admin.look(client, names)
    problems = []
    for name, topic in sorted(found.items()):
        generation = name.removeprefix(f"{first}.")
        if generation != settings.generation and topic.filling and not topic.sealed:
            come_from = f" --from-generation {settings.generation}" if settings.generation else ""
            what = (
                f"a rebuild of generation {settings.generation or FIRST} to {generation} was begun and has not cut "
                "over: it holds disk, and falls behind"
            )
            mend = admin.command(settings, f"rebuild{come_from}", generation=generation, partitions=topic.partitions)
            problems.append(Problem(area=Area.REBUILD, what=what, next=f"{mend}, or delete its topics"))
    return problems
