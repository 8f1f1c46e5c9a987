"""What is said of questions asked while somebody holds the line."""

from msgspec import Struct

from agents.signals.catalogue import histogram
from streams.topology import INTAKE

_TOOK = histogram(
    "touchline_route_answer_seconds",
    "From the end of a question's body on who takes a caller to its answer, by what was known.",
    (INTAKE.name,),
    (0.001, 0.0025, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5),
    {"caller": ("known", "unknown", "degraded")},
)


class CallerAnswered(Struct, frozen=True, kw_only=True):
    """Somebody was told who takes a caller."""

    caller: str
    """`known`, `unknown`, `degraded`: Redis gave no answer."""
    took_s: float

    def emit(self) -> None:
        """Time it."""
        _TOOK.labels(self.caller).observe(self.took_s)
