"""The state of a lead that an event carries from one log to another."""

from schemas.lead_state import STATE_SCHEMA, LeadState
from streams.lead_codec import UnreadableState, decode


def carried(value: bytes) -> LeadState:
    """Who cannot read a newer release's stops. A damaged one is the event's fault, which is set aside."""
    try:
        return decode(value)
    except UnreadableState as fault:
        if value and value[0] > STATE_SCHEMA:
            raise
        raise ValueError(str(fault)) from fault
