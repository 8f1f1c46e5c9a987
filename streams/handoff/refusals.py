"""Refusals in two levels: who refused whom, then why; the causes are a closed list, so that they can be counted."""

from schemas.crm_update import CrmKind
from schemas.lead_event import CrmSaid
from schemas.reject import Reason, Reject
from streams.judge import Judge
from streams.model.yaml.section import nearest

CAUSES: dict[str, tuple[str, ...]] = {
    "client": (
        "too_expensive", "needed_urgently", "chose_competitor", "no_budget", "no_need", "not_now", "no_trust",
        "unreachable", "other",
    ),
    "us": ("off_profile", "out_of_area", "no_capacity", "cannot_deliver", "bad_payer", "duplicate", "spam", "other"),
}  # fmt: skip
"""Where a model names none."""


def causes_of(judge: Judge) -> dict[str, tuple[str, ...]]:
    """By side, as the model in force names them."""
    return CAUSES | judge.model.refusals


def unknown_cause(event: CrmSaid, judge: Judge) -> Reject | None:
    """Why a refusal cannot be counted: its cause is none of its side's."""
    if event.kind != CrmKind.REFUSED:
        return None
    known = causes_of(judge).get(event.side, ())
    if event.cause in known:
        return None
    near = nearest(event.cause, known)
    remedy = f"did you mean {near}?" if near else f"write one of {', '.join(known)}"
    detail = f"cause is not one that {'we refuse' if event.side == 'us' else 'clients refuse'} for; {remedy}"
    return Reject(reason=Reason.UNKNOWN_CAUSE, detail=detail)
