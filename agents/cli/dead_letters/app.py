"""`touchline dead-letters`: what could not be used and why; sending it back, mended or as it was."""

from __future__ import annotations

from collections import Counter, deque
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.terminal.options import AsJson, Bootstrap, Prefix, settings_from
from agents.cli.terminal.reach import reach
from agents.cli.terminal.sub_app import sub_app
from agents.cli.terminal.voice import REFUSED, fail, say, say_json, table

if TYPE_CHECKING:
    from agents.cli.dead_letters.letter import Letter
    from agents.settings import Settings

app = sub_app("Messages that could not be used: look at them, mend them, send them back.")

Why = Annotated[str | None, typer.Option("--reason", help="Only of this reason: wrong_shape, bad_time, no_identity...")]
From = Annotated[str | None, typer.Option("--topic", help="Only from this topic (without prefix): touches.web...")]


@app.command("ls")
def list_letters(
    bootstrap: Bootstrap = None, prefix: Prefix = None, reason: Why = None, topic: From = None,
    most: Annotated[int, typer.Option("-n", min=1, help="The latest so many.")] = 20,
    export: Annotated[
        Path | None, typer.Option("--export", help="Write all that match to this file, to be edited and replayed.")
    ] = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """List dead letters, the latest last: reason, what to change, where from."""
    from agents.cli.dead_letters.letter import written

    settings = settings_from(bootstrap=bootstrap, prefix=prefix)
    found = reach(settings, _matching(settings, reason, topic))
    if export is not None:
        try:
            written(found, export)
        except OSError as refused:
            fail(f"cannot write {export}: {refused.strerror}", "", REFUSED)
        say(f"{len(found)} letters in {export}. It may hold personal data: delete it when done.")
        say(f"Edit `value` where the detail says so, then: touchline dead-letters replay --file {export} --dry-run")
        return
    shown = deque(found, maxlen=most)
    if as_json:
        say_json(list(shown))
        return
    if not found:
        say("No dead letters." if reason is None and topic is None else "No dead letter matches.")
        return
    table(("letter", "set aside", "reason", "from", "what to change"), (
        (one.letter, one.at, one.reason, f"{one.topic}@{one.source}", one.detail) for one in shown
    ))  # fmt: skip
    counts = ", ".join(f"{count} {why}" for why, count in Counter(one.reason for one in found).most_common())
    say(f"{len(shown)} of {len(found)} shown: {counts}. Mend them: touchline dead-letters ls --export letters.jsonl")


@app.command("replay")
def replay_letters(
    bootstrap: Bootstrap = None, prefix: Prefix = None, reason: Why = None, topic: From = None,
    file: Annotated[
        Path | None, typer.Option("--file", help="Send what this edited export says instead of the originals.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent; send nothing.")] = False,
    yes: Annotated[bool, typer.Option("--yes", help="Really send.")] = False,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Send letters back to the topics they came from. Twice is harmless: a touch counts once, by its id."""
    from agents.cli.dead_letters.letter import DOORS, mended
    from agents.topics.writer import send

    settings = settings_from(bootstrap=bootstrap, prefix=prefix)
    if file is None:
        found = reach(settings, _matching(settings, reason, topic))
        going = [one for one in found if one.topic in DOORS]
        held = [f"letter {o.letter} is from {o.topic or 'nowhere'}: not sent" for o in found if o.topic not in DOORS]
    else:
        try:
            read, problems = mended(file)
        except OSError as refused:
            fail(f"cannot read {file}: {refused.strerror}", "", REFUSED)
        if problems:
            fail("nothing was sent:\n  " + "\n  ".join(problems), "Mend these lines and try again.", REFUSED)
        going, held = [one for one in read if reason in (None, one.reason) and topic in (None, one.topic)], []
    if going and not dry_run and not yes:
        fail(f"{len(going)} letters would be sent: nothing was", "Look with --dry-run, then add --yes.", REFUSED)
    if going and not dry_run:
        reach(settings, send(settings, [one.message() for one in going]))
    _tell(going, held, sent=not dry_run, mended_file=file is not None, as_json=as_json)


def _tell(going: list[Letter], held: list[str], *, sent: bool, mended_file: bool, as_json: bool) -> None:
    if as_json:
        say_json({"sent": sent, "count": len(going), "letters": going, "held": held})
        return
    if not sent:
        table(("letter", "reason", "would go to"), ((one.letter, one.reason, one.topic) for one in going))
    for line in held:
        say(line)
    by_topic = ", ".join(f"{count} to {name}" for name, count in Counter(one.topic for one in going).items())
    say(f"{'Sent' if sent else 'Would send'} {len(going)} letters" + (f": {by_topic}." if going else "."))
    if going and not mended_file:
        say("They are unchanged: what was refused for its content will be refused again. To mend: ls --export.")


async def _matching(settings: Settings, reason: str | None, topic: str | None) -> list[Letter]:
    from agents.cli.dead_letters.letter import letter_of
    from agents.topics.reader import kept
    from streams.topology import DEAD_LETTERS

    found: list[Letter] = []
    async for batch in kept(settings, DEAD_LETTERS):
        letters = (letter_of(record, settings.prefix) for record in batch)
        found += (one for one in letters if reason in (None, one.reason) and topic in (None, one.topic))
    return sorted(found, key=lambda one: (one.at, one.letter))
