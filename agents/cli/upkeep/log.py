"""`touchline log`: the log of all leads as files, to try models on elsewhere."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from agents.cli.terminal.options import AsJson, Bootstrap, Generation, Prefix, settings_from
from agents.cli.terminal.progress import progress
from agents.cli.terminal.reach import reach
from agents.cli.terminal.since import moment_ms
from agents.cli.terminal.sub_app import sub_app
from agents.cli.terminal.voice import REFUSED, fail, say, say_json

app = sub_app("The log: everything that happened to every lead.")

To = Annotated[
    Path,
    typer.Argument(
        help="A file, such as november.touchlog, or a folder for a file of each partition.", show_default=False
    ),
]
Since = Annotated[
    str | None,
    typer.Option("--since", help="Only what was written from then on: 2026-11-01, or 14d.", show_default=False),
]
Until = Annotated[
    str | None, typer.Option("--until", help="Only what was written before: 2026-12-01, or 1d.", show_default=False)
]


@app.callback()
def _log() -> None:
    """The log: everything that happened to every lead."""


@app.command("export")
def export_log(
    to: To, since: Since = None, until: Until = None,
    bootstrap: Bootstrap = None, prefix: Prefix = None, generation: Generation = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Write the log into files: offsets, times, keys and bytes as they are, compressed and checked.

    No contact details are in it, but what people did is: keep it as you keep the log.
    """
    from agents.clock import wall_ms
    from agents.replay.exporting import Excerpt, export
    from streams.moments import rfc3339

    settings = settings_from(bootstrap=bootstrap, prefix=prefix, generation=generation)
    now_ms = wall_ms()
    since_ms, until_ms = moment_ms("--since", since, now_ms) or 0, moment_ms("--until", until, now_ms) or now_ms
    if since_ms >= until_ms:
        fail("--since is not before --until, so nothing would be written", "", REFUSED)

    excerpt = Excerpt(since_ms=since_ms, until_ms=until_ms)
    with progress("records read") as tell:
        try:
            done = reach(settings, export(settings, excerpt, to, tell))
        except OSError as fault:
            fail(f"{fault.filename or to}: {fault.strerror or fault}", "Name a place that can be written to.")
    if as_json:
        say_json(done)
        return
    span = f", from {rfc3339(done.first_ms)} to {rfc3339(done.last_ms)}" if done.records else ""
    say(f"{done.records:,} records in {len(done.files)} file(s), {done.size:,} bytes{span}")
    say(f"Try a model on it: touchline model replay CANDIDATE --log {to}")
