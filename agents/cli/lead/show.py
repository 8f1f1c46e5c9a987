"""`touchline lead show`, `top`: one lead's score explained, and the queue by priority."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.terminal.options import AsJson, Prefix, Redis, settings_from
from agents.cli.terminal.points import exact, points
from agents.cli.terminal.reach import reach
from agents.cli.terminal.voice import PROBLEM, fail, say, say_json, table
from agents.cli.terminal.who import split

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agents.settings import Settings
    from schemas.card import Card, Line
    from schemas.handoff import HandoffEvent


def show_lead(
    who: Annotated[
        str,
        typer.Argument(help="Lead id, or namespace:value: email:a@example.com, crm:hubspot:8812.", show_default=False),
    ],
    redis: Redis = None, prefix: Prefix = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Explain a lead: three numbers, the lines they are the sum of, velocity, the open handoff."""
    settings = settings_from(redis=redis, prefix=prefix)
    lead_id, card, handoff = reach(settings, _look_up(settings, who))
    if card is None:
        known = f"{who} is lead {lead_id}, which has no card" if lead_id else f"nobody is known as {who}"
        fail(
            known,
            "A card follows a touch by moments while identify, score and mirror run (`touchline doctor`). E-mails and "
            "phones are found only with the TOUCHLINE_IDENTITY_KEY that identify runs with.",
            PROBLEM,
        )
    if as_json:
        say_json({"card": card, "handoff": handoff})
        return
    _tell(card, handoff)


def top_leads(
    most: Annotated[int, typer.Option("-n", min=1, help="So many.")] = 10,
    redis: Redis = None, prefix: Prefix = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """List the leads with the highest priority."""
    settings = settings_from(redis=redis, prefix=prefix)
    cards = reach(settings, _top(settings, most))
    if as_json:
        say_json(cards)
    elif not cards:
        say("No leads yet. A touch makes one: touchline touch send --help")
    else:
        table(("lead", "priority", "engagement", "fit", "label", "level", "known as", "handoff"), (
            (c.lead_id, points(c.priority), points(c.engagement), points(c.fit), c.label, c.level or "-",
             ", ".join(f"{name}:{value}" for name, value in c.ids.items()) or "-", c.handoff_id or "-")
            for c in cards
        ))  # fmt: skip


def _tell(card: Card, handoff: HandoffEvent | None) -> None:
    known = "".join(f"  {name}:{value}" for name, value in card.ids.items())
    named = f" ({card.grid})" if card.grid else ""
    say(f"Lead {card.lead_id}  {card.label}{named}{f'  {card.level}' if card.level else ''}{known}")
    say(
        f"engagement {points(card.engagement)} · fit {points(card.fit)} · completeness {points(card.completeness)}"
        f" · priority {points(card.priority)}"
    )
    _breakdown("engagement", card.breakdown, card.engagement)
    _breakdown("fit", card.fit_breakdown, card.fit)
    bursts = f", bursts: {', '.join(card.velocity.bursts)}" if card.velocity.bursts else ""
    say(f"velocity: {points(card.velocity.pace)} points gained, halved every 3 days{bursts}")
    for gate in card.gates:
        say(f"kept from sales: {gate}")
    if card.next_change is not None:
        say(f"if nothing happens: {card.next_change.what} at {card.next_change.at}")
    if handoff is not None:
        data = handoff.data
        whom = data.owner or data.queue or data.partner or "nobody yet"
        due = f", respond by {data.respond_by}" if data.respond_by else ""
        say(f"open handoff {data.handoff_id} (revision {data.revision}) for {whom}{due}: {data.why}")
    elif card.handoff_id is not None:
        say(f"open handoff {card.handoff_id}: not yet written by route")
    else:
        say("no open handoff")
    say(f"by model {card.model}, as of {card.as_of}")


def _breakdown(name: str, lines: Sequence[Line], total: float) -> None:
    if lines:
        rows = [(line.rule, exact(line.points, "+"), line.note) for line in lines]
        table((f"why {name}", "points", ""), [*rows, (f"= {name}", exact(total), "")])


async def _look_up(settings: Settings, who: str) -> tuple[str, Card | None, HandoffEvent | None]:
    from agents.redis.read_model import ReadModel

    read = ReadModel.of(settings)
    try:
        lead_id = await read.find(*split(who)) or ""
        card = await read.card(lead_id) if lead_id else None
        handoff = await read.handoff(card.handoff_id) if card is not None and card.handoff_id else None
    finally:
        await read.close()
    return lead_id, card, handoff


async def _top(settings: Settings, most: int) -> list[Card]:
    from agents.redis.read_model import ReadModel

    read = ReadModel.of(settings)
    try:
        return await read.top(most)
    finally:
        await read.close()
