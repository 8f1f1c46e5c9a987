"""`touchline lead split`: two people who were taken for one are two leads again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.lead.erase import Within, Yes
from agents.cli.terminal.options import AsJson, Bootstrap, Generation, Model, Prefix, Redis, settings_from
from agents.cli.terminal.reach import reach
from agents.cli.terminal.voice import REFUSED, fail, say, say_json, table

if TYPE_CHECKING:
    from agents.person.parting import Parted
    from agents.settings import Settings
    from streams.judge import Judge

WhatIsLeft = Annotated[
    bool,
    typer.Option("--from-what-is-left", help="Though the log no longer holds the beginning: older touches are lost."),
]


def split_lead(
    retired: Annotated[str, typer.Argument(help="The id that was merged away.", show_default=False)],
    yes: Yes = False,
    from_what_is_left: WhatIsLeft = False,
    within_s: Within = 60.0,
    bootstrap: Bootstrap = None, redis: Redis = None, prefix: Prefix = None, generation: Generation = None,
    model: Model = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Take two leads apart that were merged, each with its own touches, also those that came since. They stay apart.

    Says what both would be; --yes does it. Nobody is handed off by it, and what was said to sales stays said: an open
    handoff stays with the survivor. Stopped half way, the same command goes on.
    """
    from agents.cli.model.named import loaded
    from agents.person.putting import MayNot
    from streams.judge import Judge

    settings = settings_from(bootstrap=bootstrap, redis=redis, prefix=prefix, generation=generation, model=model)
    judge = Judge.of(loaded(settings)[1])
    try:
        done = reach(settings, _parted(settings, retired, judge, yes, within_s, from_what_is_left))
    except MayNot as why:
        fail(str(why), "", REFUSED)
    if as_json:
        say_json(done)
        return
    say(f"{done.retired} and {done.survivor}, one lead since {done.merged_at}:")
    for lead, rows in ((done.survivor, done.survivor_rows), (done.retired, done.retired_rows)):
        table((lead, "as one", "apart"), ((row.what, row.before, row.after) for row in rows))
    if len(done.homes) > 1:
        say(f"With {done.retired} leave {', '.join(home for home in done.homes if home != done.retired)}.")
    if done.stays:
        say(f"First seen since they are one, so they stay with {done.survivor}: {', '.join(done.stays)}.")
    say("They are apart, and are never merged again." if done.done else "Nothing was changed. To do it: --yes.")


async def _parted(
    settings: Settings, retired: str, judge: Judge, yes: bool, within_s: float, from_what_is_left: bool
) -> Parted:
    from agents.clock import wall_ms
    from agents.person.parting import pair_of, part
    from agents.person.tools import tools_of

    async with tools_of(settings, lambda line: typer.echo(line, err=True)) as tools:
        pair = await pair_of(tools, retired)
        return await part(
            tools, pair, judge, yes=yes, now_ms=wall_ms(), within_s=within_s, from_what_is_left=from_what_is_left
        )
