"""`touchline lead restate`: one lead worked out anew from its log, with what would be otherwise said first."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from agents.cli.lead.erase import Within, Yes
from agents.cli.lead.export import UNKNOWN, Who
from agents.cli.lead.split import WhatIsLeft
from agents.cli.terminal.options import AsJson, Bootstrap, Generation, Model, Prefix, Redis, settings_from
from agents.cli.terminal.reach import reach
from agents.cli.terminal.voice import PROBLEM, REFUSED, fail, say, say_json, table
from agents.cli.terminal.who import split

if TYPE_CHECKING:
    from agents.person.mending import Mended
    from agents.settings import Settings
    from streams.judge import Judge


def restate_lead(
    who: Who,
    yes: Yes = False,
    from_what_is_left: WhatIsLeft = False,
    within_s: Within = 60.0,
    bootstrap: Bootstrap = None, redis: Redis = None, prefix: Prefix = None, generation: Generation = None,
    model: Model = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Work a lead out anew from all that the log holds of it: for what no single event can put right.

    A withdrawal of consent that came after touches it forbids, a touch that two leads had counted before they were
    found to be one, an event that a faulty release could not apply. Says what would change; --yes does it.
    """
    from agents.cli.model.named import loaded
    from agents.person.finding import NobodyFound
    from agents.person.putting import MayNot
    from streams.judge import Judge

    settings = settings_from(bootstrap=bootstrap, redis=redis, prefix=prefix, generation=generation, model=model)
    judge = Judge.of(loaded(settings)[1])
    try:
        done = reach(settings, _mended(settings, who, judge, yes, within_s, from_what_is_left))
    except NobodyFound as nobody:
        fail(str(nobody), UNKNOWN, PROBLEM)
    except MayNot as why:
        fail(str(why), "", REFUSED)
    if as_json:
        say_json(done)
        return
    changed = [row for row in done.rows if not row.same]
    if not changed and not done.doubt and not done.quarantined:
        say(f"Lead {done.lead_id} is what its {done.events} events make of it: nothing to mend.")
        return
    told = [done.doubt and f"in doubt: {done.doubt}", done.quarantined and "quarantined"]
    say(f"Lead {done.lead_id}, {done.events} events" + "".join(f", {one}" for one in told if one) + ":")
    table((done.lead_id, "now", "anew"), ((row.what, row.before, row.after) for row in changed))
    say("It is restated." if done.done else "Nothing was changed. To do it: --yes.")


async def _mended(
    settings: Settings, who: str, judge: Judge, yes: bool, within_s: float, from_what_is_left: bool
) -> Mended:
    from agents.clock import wall_ms
    from agents.person.mending import mend
    from agents.person.tools import tools_of

    async with tools_of(settings, lambda line: typer.echo(line, err=True)) as tools:
        return await mend(
            tools, *split(who), judge, yes=yes, now_ms=wall_ms(), within_s=within_s,
            from_what_is_left=from_what_is_left,
        )  # fmt: skip
