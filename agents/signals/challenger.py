"""What a challenger shows of itself: how its handoffs compare with the champion's."""

from collections.abc import Mapping

from msgspec import Struct
from prometheus_client import Counter, Gauge

_HANDOFFS = Counter("touchline_challenger_handoffs_total", "Handoffs the challenger would have made.", ["model"])
_LEADS = Gauge(
    "touchline_challenger_leads",
    "Leads handed off by both, by the champion alone, or by the challenger alone.",
    ["model", "by"],
)
_NEW = Gauge("touchline_challenger_new_leads", "Leads seen for the first time since the comparison begins.", ["model"])
_FOLDED = Gauge("touchline_challenger_folded_leads", "Leads in the challenger's memory.", ["model"])


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
