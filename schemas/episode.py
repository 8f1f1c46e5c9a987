"""One ripening of a lead, from trigger to closure, and the clocks that run while it stands open."""

from msgspec import Struct

from schemas.units import Millis


class Clock(Struct, array_like=True, kw_only=True, gc=False):
    """What was promised of an episode, and planned: moments still to come, 0 for none."""

    assigned: bool = False
    """`route` has answered."""
    waiting: bool = False
    """Nobody was free then."""
    revision: int = 0
    """Which word of ours it answered."""
    partner: str = ""
    remind_ms: int = 0
    escalate_ms: int = 0
    escalate_to: str = ""
    reassign_ms: int = 0
    update_ms: int = 0
    """When a change that was held back is said."""
    plan: list[tuple[int, str]] = []
    """Attempts: due, channel."""
    planned: int = 0
    """How many there were."""
    given_up_ms: int = 0
    """When, after the last of them, the lead counts as not reached."""
    stop_on: list[str] = []
    then_stage: str = ""
    then_task: str = ""
    again_ms: int = 0
    """So long after the end it is tried again."""
    again_at_ms: int = 0
    attempts: int = 0
    """Made, as reported."""
    channels: list[str] = []
    """On which they were."""
    contacted_ms: int = 0
    """The first of them."""
    answered: bool = False
    told: list[str] = []
    """How the lead stood when last told: engagement, level, temperature, grade, segment, fit."""
    told_ms: int = 0


class Episode(Struct, array_like=True, gc=False):
    """One ripening, from trigger to closure."""

    handoff_id: str
    number: int
    """1, 2, 3...: for people."""
    opened_ms: Millis
    revision: int
    """Of the last message about it; the first is 1."""
    status: str
    """`requested`, `assigned`, `accepted`; closed ones are `returned` or `closed`."""
    owner: str = ""
    queue: str = ""
    respond_by_ms: int = 0
    closed_ms: int = 0
    """0: open."""
    trace: str = ""
    sequence: int = -1
    """The highest `sequence` heard from the CRM; -1: none."""
    trigger: str = "threshold"
    """What opened it: one of `TriggerKind`."""
    rule: str = ""
    """The line of the model that fired."""
    cause_id: str = ""
    """Id of the event that opened it."""
    warm: bool = False
    """Engagement was at the handoff line while it stood: then it can cool."""
    clock: Clock | None = None
    """None: nothing was promised yet."""
