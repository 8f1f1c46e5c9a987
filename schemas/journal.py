"""Work and news around a lead: `lead.stages`, `lead.tasks`, `lead.news`."""

from typing import Literal

from msgspec import Struct, field


class StageChanged(Struct, frozen=True, kw_only=True):
    """A lead moved from one label, level or stage to another."""

    lead_id: str
    at: str
    """RFC 3339."""
    dimension: Literal["stage", "level", "temperature", "grade", "nurture"]
    previous: str = field(default="", name="from")
    to: str = ""
    seconds_in_from: float | None = None
    by: str = ""
    why: str = ""
    cause: Literal["", "model"] = ""
    """`model`: the lead did nothing, another model took effect."""
    source: str = ""
    segment: str = ""


class Task(Struct, frozen=True, kw_only=True):
    """What a person or a mailer must do."""

    task_id: str
    lead_id: str
    at: str
    kind: Literal[
        "nurture_entered", "nurture_left", "attempt", "remind", "escalate", "call_back",
        "review", "redirect", "suppress", "unsuppress", "reactivate", "next_step",
    ]  # fmt: skip
    due: str = ""
    role: str = ""
    owner: str = ""
    channel: str = ""
    attempt_no: int | None = None
    note: str = ""
    segment: str = ""
    level: str = ""
    stage: str = ""
    interests: list[str] = []
    """Kinds of touch the model asks about that the lead made."""


class LeadNews(Struct, frozen=True, kw_only=True):
    """A lead's identity changed."""

    type: Literal["lead.merged", "lead.split", "lead.erased"]
    lead_id: str
    """The surviving one."""
    at: str
    retired: list[str] = []
    receipt: dict[str, str] = {}
    """`lead.erased`: each store with `done` or `gone by <date>`."""
