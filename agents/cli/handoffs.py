"""`touchline handoffs`: what is said to sales, as it is said."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.terminal.options import AsJson, Bootstrap, Prefix, settings_from
from agents.cli.terminal.reach import reach
from agents.cli.terminal.sub_app import sub_app
from agents.cli.terminal.voice import say

if TYPE_CHECKING:
    from agents.settings import Settings

app = sub_app("Handoffs: the messages that ask sales to act.")


@app.callback()
def _handoffs() -> None:
    """Handoffs: the messages that ask sales to act."""


@app.command("tail")
def tail_handoffs(
    bootstrap: Bootstrap = None, prefix: Prefix = None,
    from_beginning: Annotated[bool, typer.Option("--from-beginning", help="Begin with the oldest kept.")] = False,
    most: Annotated[int, typer.Option("-n", min=0, help="Stop after so many; 0: never.")] = 0,
    follow: Annotated[bool, typer.Option(help="Wait for new ones, or only show what is there.")] = True,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Print handoffs as they come, until Ctrl-C; --json prints each message as it is on Kafka, one a line."""
    settings = settings_from(bootstrap=bootstrap, prefix=prefix)
    reach(settings, _tail(settings, from_beginning, most, follow, as_json))


async def _tail(settings: Settings, from_beginning: bool, most: int, follow: bool, as_json: bool) -> None:
    from contextlib import aclosing

    from agents.topics.reader import heard, kept
    from streams.topology import HANDOFFS

    shown = 0
    source = heard(settings, HANDOFFS, from_beginning=from_beginning) if follow else kept(settings, HANDOFFS)
    async with aclosing(source) as batches:
        async for batch in batches:
            for record in batch[: most - shown if most else None]:
                _show(record.value, as_json)
            shown += len(batch)
            if most and shown >= most:
                return
    if not shown and not as_json:
        say("No handoffs yet.")


def _show(value: bytes | None, as_json: bool) -> None:
    if value is None:
        return
    if as_json:
        say(value.decode(errors="replace"))
        return
    say(told(value))


def told(value: bytes) -> str:
    """A handoff in a few lines, the reason first."""
    import msgspec

    from schemas.handoff import HandoffEvent

    try:
        event = msgspec.json.decode(value, type=HandoffEvent)
    except msgspec.DecodeError as wrong:
        return f"unreadable by this version ({wrong}); --json shows it as it is"
    what, data = event.type.split(".")[-2], event.data
    contact = ", ".join(f"{name} {detail}" for name, detail in data.contact.items()) or "contact unknown"
    whom = data.owner or data.queue or data.partner or "nobody yet"
    score = data.score
    scored = (
        f"{data.grade}/{data.temperature} · engagement {score.engagement:g} (line {score.line:g}) · "
        f"fit {score.fit:g} · "
        if score is not None
        else ""
    )
    lines = [
        f"{event.time}  {what} (revision {data.revision})  {data.why}",
        f"    {contact}",
        f"    {scored}for {whom}" + (f" · respond by {data.respond_by}" if data.respond_by else ""),
        f"    handoff {data.handoff_id} · lead {data.lead_id}" + (f" · {data.reason}" if data.reason else ""),
    ]
    return "\n".join(lines)
