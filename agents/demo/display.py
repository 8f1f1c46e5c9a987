"""How the demo is shown: one small interface for a terminal and for plain lines."""

from typing import Protocol

from agents.demo.gauges import STAGES, Gauges, Heard, Lag
from schemas.card import Card
from schemas.handoff import HandoffEvent

REASONS = 3


class Display(Protocol):
    """Shows what happens; knows nothing of how it is done."""

    def say(self, text: str, *, title: bool = False) -> None:
        """One or more lines of the story."""
        ...

    def show(self, gauges: Gauges) -> None:
        """What is measured now, and handoffs not shown yet; called several times a second."""
        ...

    def close(self) -> None:
        """Leave the terminal as it was; what is said from here on is printed."""
        ...


def numbers(gauges: Gauges) -> dict[str, str]:
    """The measured values by name, in words."""
    receipts = gauges.receipts
    p50, p99 = gauges.speed(50), gauges.speed(99)
    lags = [f"{stage} {_lag(gauges.lag[stage])}" for stage in STAGES if stage in gauges.lag]
    return {
        "touches": f"{receipts.messages:,} acknowledged, {receipts.per_s:,.0f}/s",
        "leads": f"{gauges.leads:,}",
        "lag": ", ".join(lags) or "not measured yet",
        "touch to handoff": "no handoff yet" if p50 is None else f"p50 {p50} ms, p99 {p99} ms",
        "handoffs": f"{len(gauges.handoffs):,}",
        "dead letters": ", ".join(f"{reason} {n}" for reason, n in gauges.letters.most_common()) or "none",
    }


def _lag(lag: Lag | None) -> str:
    if lag is None:
        return "does not answer"
    return f"{lag.records}" + (f" ({lag.seconds:.1f} s)" if lag.seconds >= 0.1 else "")


def reason(card: Card) -> str:
    """Why a lead is hot: its strongest lines."""
    lines = sorted((line for line in card.breakdown if line.points > 0), key=lambda line: -line.points)
    return ", ".join(f"{line.rule} {line.points:+.3g}" for line in lines[:REASONS])


def short(heard: Heard) -> str:
    """A handoff on one line, the reason first."""
    data = heard.event.data
    return f"{data.why} {data.contact.get('name', 'no name yet')}, {data.trigger.kind.value} {took(heard)}".rstrip()


def took(heard: Heard) -> str:
    """The measured way from touch to handoff."""
    return "" if heard.took_ms is None else f"in {heard.took_ms} ms"


def in_full(event: HandoffEvent) -> list[str]:
    """A handoff as a seller reads it, the reason first."""
    data, score = event.data, event.data.score
    under = None if data.forecast is None else data.forecast.under_line_at
    facts = ", ".join(f"{name} {told.value} ({told.by})" for name, told in data.facts.items())
    points = ", ".join(f"{line.rule} {line.points:+.4g}" for line in data.breakdown)
    fit = ", ".join(f"{line.rule} {line.points:+.4g}" for line in data.fit_breakdown)
    touches = ", ".join(f"{touch.kind}{f' {touch.page}' if touch.page else ''}" for touch in data.touches)
    return [
        f"why       {data.why}",
        f"contact   {', '.join(f'{name} {detail}' for name, detail in data.contact.items()) or 'unknown'}",
        f"for       {data.owner or data.queue or data.partner}, respond by {data.respond_by}",
        *(
            []
            if score is None
            else [
                f"score     {score.engagement:.4g} (line {score.line:g}, was {score.previous:.4g}): {points}",
                f"fit       {score.fit:.4g}: {fit}; {data.grade}/{data.temperature}, priority {score.priority:.4g}",
            ]
        ),
        f"facts     {facts or 'none'}",
        f"touches   {touches} (of {data.inquiries}; source {', '.join(data.sources)})",
        f"forecast  under the line at {under or 'no time within a year'} if nothing happens",
        f"id        {data.handoff_id}, revision {data.revision}, lead {data.lead_id}, model {data.model}",
    ]
