"""What no life cycle may break, whatever happened and in whatever order."""

from uuid import uuid5

import msgspec

from schemas.handoff import HandoffType
from streams.consent import closed, contactable
from streams.fold import fold
from streams.handoff.episode import is_open
from streams.handoff.ripeness import HANDOFF_IDS
from tests.pure.handoff.lived import M1T
from tests.pure.life_cycle.world import LEADS, Step, World
from tests.pure.lives import Table

ENDS = frozenset({HandoffType.WITHDRAWN, HandoffType.RETURNED, HandoffType.CLOSED})
OF_A_HANDOFF = frozenset({"remind", "escalate", "attempt", "call_back"})
TO_PEOPLE = OF_A_HANDOFF | {"reactivate"}


def of_step(step: Step) -> list[str]:
    """Faults of one event: tasks and words that it should not have made."""
    faults: list[str] = []
    was_open = step.before is not None and is_open(step.before)
    shut = closed(step.after, M1T.needed)
    for task in step.tasks:
        if task.kind in OF_A_HANDOFF and not was_open:
            faults.append(f"{task.kind} though no handoff stood open")
        if task.kind in TO_PEOPLE and not contactable(step.after, M1T.needed):
            faults.append(f"{task.kind} to somebody who opted out")
        if task.kind == "attempt" and task.channel in shut:
            faults.append(f"attempt by {task.channel}, which is closed")
    moved = [word.type.value for word in step.ripe if word.type not in (HandoffType.WITHDRAWN, HandoffType.UPDATED)]
    if step.refused and moved:
        faults.append(f"{step.refused} and said {moved}")
    return faults


def of_words(world: World) -> list[str]:
    """Faults in what was said of handoffs: sequence, transitions, ids."""
    faults = []
    for handoff, words in world.said.items():
        kinds = [word.type for word in words]
        if [word.revision for word in words] != list(range(1, len(words) + 1)):
            faults.append(f"{handoff}: revisions {[word.revision for word in words]}")
        if kinds[0] is not HandoffType.REQUESTED or HandoffType.REQUESTED in kinds[1:]:
            faults.append(f"{handoff}: begins {kinds[:2]}")
        if any(kind in ENDS for kind in kinds[:-1]):
            faults.append(f"{handoff}: went on after its end: {[kind.value for kind in kinds]}")
        if kinds.count(HandoffType.ACCEPTED) > 1:
            faults.append(f"{handoff}: accepted twice")
        first = words[0]
        if handoff != str(uuid5(HANDOFF_IDS, f"{first.lead_id}/{first.trigger.touch_id}")):
            faults.append(f"{handoff}: an id of its own")
    for lead in LEADS:
        standing = [h for h, words in world.said.items() if words[0].lead_id == lead and words[-1].type not in ENDS]
        if len(standing) > 1:
            faults.append(f"{lead}: {len(standing)} handoffs stand open")
    tasks = [task.task_id for step in world.steps for task in step.tasks]
    return faults if len(tasks) == len(set(tasks)) else [*faults, "two tasks of one id"]


def of_the_end(world: World) -> list[str]:
    """Faults when all is quiet: lead and desk agree who has it, and nobody is forgotten past the promise."""
    faults = []
    for lead in LEADS:
        state = world.state(lead)
        if state is None or state.episode is None or not is_open(state) or state.episode.clock is None:
            continue
        episode, held = state.episode, world.desk.held[state.episode.handoff_id]
        if episode.owner != held.given.owner:
            faults.append(f"{lead}: {episode.owner or 'nobody'} has it, and {held.given.owner or 'nobody'} by the desk")
        told = [t for s in world.steps for t in s.tasks if t.lead_id == lead and t.kind == "escalate"]
        late = 0 < episode.respond_by_ms < world.now_ms and not state.episode.clock.contacted_ms
        if late and not episode.owner and not told and contactable(state, M1T.needed):
            faults.append(f"{lead}: nobody has it, the promise is over, and nobody was told")
    return faults


def of_batches(world: World, sizes: list[int]) -> list[str]:
    """The same log folded in other batches: states byte for byte, and each lead's words and tasks in order."""
    table, at, ripe, tasks = Table(), 0, [], []
    turn = 0
    while at < len(world.records):
        size = sizes[turn % len(sizes)]
        folded = fold(world.records[at : at + size], table, M1T)
        table.keep(folded)
        ripe += folded.ripe
        tasks += folded.tasks
        at, turn = at + size, turn + 1
    faults = [] if table.kept == world.table.kept else ["other states"]
    for lead in LEADS:
        words = [word for step in world.steps for word in step.ripe if word.lead_id == lead]
        work = [task for step in world.steps for task in step.tasks if task.lead_id == lead]
        if msgspec.json.encode(words) != msgspec.json.encode([word for word in ripe if word.lead_id == lead]):
            faults.append(f"{lead}: other words")
        if msgspec.json.encode(work) != msgspec.json.encode([task for task in tasks if task.lead_id == lead]):
            faults.append(f"{lead}: other tasks")
    return faults
