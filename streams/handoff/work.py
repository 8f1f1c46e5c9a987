"""A task for people at work: a call to make, a colleague to remind, a lead to look at again."""

from typing import Literal

from schemas.journal import Task
from schemas.lead_state import LeadState
from streams.moments import rfc3339


def work(
    kind: Literal["remind", "escalate", "attempt", "call_back", "reactivate"],
    state: LeadState,
    lead_id: str,
    cause_id: str,
    due_ms: int,
    note: str,
    *,
    owner: str = "",
    role: str = "seller",
    channel: str = "",
    attempt_no: int | None = None,
) -> Task:
    """Its id follows from the lead, the event and the kind: a repeat carries the same. `due_ms` 0: at no moment."""
    number = "" if attempt_no is None else f"/{attempt_no}"
    return Task(
        task_id=f"{lead_id}/{cause_id}/{kind}{number}", lead_id=lead_id, at=rfc3339(state.as_of_ms), kind=kind,
        due=rfc3339(due_ms) if due_ms else "", role=role, owner=owner, channel=channel, attempt_no=attempt_no,
        note=note, segment=state.segment, level=state.level, stage=state.stage,
    )  # fmt: skip
