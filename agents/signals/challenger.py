"""What a challenger shows of itself: how its handoffs compare with the champion's."""

from collections.abc import Mapping

from msgspec import Struct

from agents.signals.catalogue import Bounded, counter, gauge
from streams.topology import CHALLENGER

_AT = (CHALLENGER.name,)
_MODEL = Bounded("the challenger: one per process")
_HANDOFFS = counter(
    "touchline_challenger_handoffs_total", "Handoffs the challenger would have made.", _AT, {"model": _MODEL}
)
_LEADS = gauge(
    "touchline_challenger_leads",
    "Leads handed off by both, by the champion alone, or by the challenger alone.",
    _AT,
    {"model": _MODEL, "by": Bounded("both, either alone")},
)
_NEW = gauge(
    "touchline_challenger_new_leads",
    "Leads seen for the first time since the comparison begins.",
    _AT,
    {"model": _MODEL},
)
_FOLDED = gauge("touchline_challenger_folded_leads", "Leads in the challenger's memory.", _AT, {"model": _MODEL})


class ChallengeStands(Struct, frozen=True, kw_only=True):
    """The comparison, as it is now."""

    model: str
    """The challenger."""
    handoffs: int
    """Since this was said last."""
    new: int
    leads: int
    by: Mapping[str, int]
    """Leads by who hands them off."""

    def emit(self) -> None:
        """Show it."""
        _HANDOFFS.labels(self.model).inc(self.handoffs)
        _NEW.labels(self.model).set(self.new)
        _FOLDED.labels(self.model).set(self.leads)
        for who, leads in self.by.items():
            _LEADS.labels(self.model, who).set(leads)
