"""An attribute learned about a person, with its provenance, on `facts`."""

from typing import Any

from msgspec import UNSET, Struct, UnsetType

from schemas.units import At


class Fact(Struct, frozen=True, kw_only=True):
    """Somebody or something learned one attribute (`name`, `value`) or several (`facts`)."""

    fact_id: str
    """Set by the producer; the same for a repeat."""
    at: At
    """When it was learned."""
    who: dict[str, str]
    """Identities by namespace; at least one."""
    by: str
    """The source: `sales`, `form`, `enrichment`, `crm:<system>`, or a person."""
    name: str = ""
    """Name of the one attribute; empty when `facts` is used."""
    value: Any | UnsetType = UNSET
    """Text, number, yes-no or date of the one attribute."""
    facts: dict[str, Any] = {}
    """Several attributes at once, by name."""
