"""`touchline lead erase`: a person is forgotten, with a preview first and a receipt at the end."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.lead.export import UNKNOWN, Who
from agents.cli.terminal.options import AsJson, Bootstrap, Generation, Prefix, Redis, settings_from
from agents.cli.terminal.reach import reach
from agents.cli.terminal.voice import PROBLEM, REFUSED, fail, say, say_json, table
from agents.cli.terminal.who import split

if TYPE_CHECKING:
    from agents.person.forgetting import Forgotten
    from agents.settings import Settings

Yes = Annotated[bool, typer.Option("--yes", help="Really do it; without it, only say what would be done.")]
Within = Annotated[float, typer.Option("--within", min=1.0, help="Seconds to wait for the stages, all waits together.")]


def erase_lead(
    who: Who,
    yes: Yes = False,
    file: Annotated[
        Path | None, typer.Option("--receipt", help="Write the receipt to this file, JSON.", show_default=False)
    ] = None,
    within_s: Within = 60.0,
    bootstrap: Bootstrap = None, redis: Redis = None, prefix: Prefix = None, generation: Generation = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Forget a person: identities, contact details, card, score; an open handoff is taken back. There is no way back.

    Stopped half way, or with a stage away, the same command goes on. Exit code 0: all done, and the receipt is on
    lead.news, too; 1: not all yet, with what to start.
    """
    import msgspec

    from agents.person.finding import NobodyFound

    settings = settings_from(bootstrap=bootstrap, redis=redis, prefix=prefix, generation=generation)
    try:
        found = reach(settings, _forgotten(settings, who, yes=yes, within_s=within_s))
    except NobodyFound as nobody:
        fail(str(nobody), UNKNOWN, PROBLEM)
    receipt = found.receipt
    if receipt is not None and file is not None:
        try:
            file.write_bytes(msgspec.json.format(msgspec.json.encode(receipt), indent=2) + b"\n")
        except OSError as refused:
            fail(f"cannot write {file}: {refused.strerror}", "", REFUSED)
    if as_json:
        say_json(found)
    else:
        _tell(found)
    if receipt is None:
        raise typer.Exit(REFUSED if not as_json else 0)
    raise typer.Exit(0 if receipt.complete else PROBLEM)


def _tell(found: Forgotten) -> None:
    order, receipt = found.order, found.receipt
    merged = f", with {', '.join(order.retired)}" if order.retired else ""
    if receipt is None:
        say(f"Lead {order.lead_id}{merged} would be erased: {len(order.keys)} identities, {found.events} events on the")
        say(f"log, {len(order.handoffs)} handoffs{', one of them open: it would be taken back' if found.open else ''}.")
        say("There is no way back. What we hold: touchline lead export. To do it: the same command with --yes.")
        return
    say(f"Lead {order.lead_id}{merged}, erased {receipt.erased_at}:")
    table(("store", ""), receipt.stores.items())
    if not receipt.complete:
        say("Not all is done. Start what is missing, then give the same command again: what is done stays done.")


async def _forgotten(settings: Settings, who: str, *, yes: bool, within_s: float) -> Forgotten:
    from agents.clock import wall_ms
    from agents.person.forgetting import forget
    from agents.person.tools import tools_of

    async with tools_of(settings, lambda line: typer.echo(line, err=True)) as tools:
        return await forget(tools, *split(who), yes=yes, now_ms=wall_ms(), within_s=within_s)
