"""Leads that are none any more: pointers, which send on what comes, and graves, which take nothing in."""

from schemas.lead_state import LeadState


def is_pointer(state: LeadState) -> bool:
    """Was it merged into another lead?"""
    return state.kin is not None and state.kin.merged_into != "" and not state.kin.erased_ms


def is_grave(state: LeadState) -> bool:
    """Was its person erased?"""
    return state.kin is not None and state.kin.erased_ms > 0


def is_gone(state: LeadState) -> bool:
    """Nothing is left to be scored or shown: its card is a tombstone."""
    return state.kin is not None and (state.kin.merged_into != "" or state.kin.erased_ms > 0)


def become(state: LeadState, other: LeadState) -> None:
    """Make a state another one, in place: who folds it holds on to it."""
    for name in state.__struct_fields__:
        setattr(state, name, getattr(other, name))
