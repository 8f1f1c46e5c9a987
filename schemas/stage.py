"""A stage on the way from stranger to customer: what may follow, what enters it by itself, what is to be done."""

from enum import StrEnum

from msgspec import Struct

from schemas.condition import Condition
from schemas.units import DurationMs


class Enters(StrEnum):
    """What moves a lead to another stage without anybody naming the stage."""

    HANDED_OFF = "handed off"
    ACCEPTED = "accepted"
    ATTEMPT = "attempt"
    """Somebody tried to reach the lead, whether it answered or not."""
    ANSWERED = "answered"
    """The lead answered an attempt, or replied by itself while a handoff stood open."""
    RETURNED = "returned"
    WON = "won"
    LOST = "lost"
    REFUSED = "refused"
    REFUSED_BY_US = "refused by us"
    REFUSED_BY_CLIENT = "refused by client"
    UNQUALIFIED = "unqualified"
    REVIEWED = "reviewed"
    """Looked at again, and found to be a lead after all."""
    NOT_REACHED = "not reached"
    """The last planned attempt had no answer."""
    IDLE = "idle"
    """The lead did nothing for as long as its stage allows."""


class Stage(Struct, frozen=True, kw_only=True):
    """One place in a graph of stages. Names are compared without regard to case."""

    name: str
    to: tuple[str, ...] = ()
    """Stages that may follow; empty: none does."""
    by: tuple[Enters, ...] = ()
    """What enters it by itself, where it may follow; of several stages the first in the document's order."""
    start: bool = False
    """Where a lead begins."""
    goes_on_to: str = ""
    """Passed through: the next stage follows at once."""
    also: tuple[str, ...] = ()
    """Other names by which CRMs report it."""
    of: str = ""
    """The key stage of which it is a status: a CRM that reports that one means the first of its statuses."""
    deal: bool = False
    """A lead in it is somebody's deal: no mail, no ads."""
    role: str = ""
    """Who has to do with leads in it."""
    task: str = ""
    """What that role does when a lead comes into it; empty: nothing."""
    stuck_after_ms: DurationMs | None = None
    """Who stays so long is looked at."""
    idle_after_ms: DurationMs | None = None
    """Who does nothing for so long is idle."""
    when: Condition | None = None
    """Who may enter; None: everybody."""
