"""`touchline lead export`: all we hold on a person, as one document a person can read."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.terminal.options import Bootstrap, Generation, Model, Prefix, Redis, settings_from
from agents.cli.terminal.reach import reach
from agents.cli.terminal.voice import PROBLEM, REFUSED, fail, say
from agents.cli.terminal.who import split

if TYPE_CHECKING:
    from agents.settings import Settings
    from schemas.person import PersonExport
    from streams.judge import Judge

Who = Annotated[
    str,
    typer.Argument(
        help="Lead id, a retired one too, or namespace:value: email:a@example.com, phone:+77010000000.",
        show_default=False,
    ),
]
UNKNOWN = (
    "Is it the right --prefix? E-mails and phones are found only with the TOUCHLINE_IDENTITY_KEY that identify runs "
    "with."
)


def export_lead(
    who: Who,
    file: Annotated[
        Path | None,
        typer.Option("--json", help="Write it to this file; without it, to the screen.", show_default=False),
    ] = None,
    inputs: Annotated[
        bool, typer.Option("--inputs", help="Search input topics and dead letters, too: this reads all of them.")
    ] = False,
    bootstrap: Bootstrap = None, redis: Redis = None, prefix: Prefix = None, generation: Generation = None,
    model: Model = None,
) -> None:  # fmt: skip
    """Write down all we hold on a person: identities, contact details, consent, facts, score, touches, handoffs."""
    import msgspec

    from agents.cli.model.named import loaded
    from agents.person.finding import NobodyFound
    from streams.judge import Judge

    settings = settings_from(bootstrap=bootstrap, redis=redis, prefix=prefix, generation=generation, model=model)
    judge = Judge.of(loaded(settings)[1])
    try:
        found = reach(settings, _gathered(settings, who, judge, inputs))
    except NobodyFound as nobody:
        fail(str(nobody), UNKNOWN, PROBLEM)
    text = msgspec.json.format(msgspec.json.encode(found), indent=2).decode() + "\n"
    if file is None:
        typer.echo(text, nl=False)
        return
    try:
        file.write_text(text)
        file.chmod(0o600)
    except OSError as refused:
        fail(f"cannot write {file}: {refused.strerror}", "", REFUSED)
    say(f"{file}: lead {found.lead_id}, {len(found.events)} events, {len(found.handoffs)} messages about handoffs.")
    say("It holds personal data: hand it over, then delete it.")


async def _gathered(settings: Settings, who: str, judge: Judge, inputs: bool) -> PersonExport:
    from agents.clock import wall_ms
    from agents.person.export import export

    def tell(line: str) -> None:
        typer.echo(line, err=True)

    return await export(settings, *split(who), judge, now_ms=wall_ms(), inputs=inputs, tell=tell)
