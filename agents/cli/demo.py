"""`touchline demo`: everything at once on this machine, with a story, and a count at the end."""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agents.cli.terminal.options import settings_from
from agents.cli.terminal.reach import reach
from agents.cli.terminal.voice import PROBLEM, REFUSED, fail, say, say_json

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from types import FrameType

    from agents.demo.place import Place
    from agents.settings import Settings

HERE_PARTITIONS = 4


def demo(
    plain: Annotated[bool, typer.Option("--plain", help="Plain lines; ends by itself. So is it without a terminal.")]
    = False,
    as_json: Annotated[bool, typer.Option("--json", help="Plain, and the last line is the summary as JSON.")] = False,
    seconds: Annotated[float, typer.Option("--seconds", min=5, max=3600, help="Length of the load.")] = 60.0,
    seed: Annotated[int, typer.Option("--seed", help="Of who comes and what they do.")] = 1,
    bootstrap: Annotated[
        str, typer.Option("--bootstrap", help="Play on this Kafka, under a prefix of its own; needs --redis too.")
    ] = "",
    redis: Annotated[str, typer.Option("--redis", help="Redis URL to go with --bootstrap.")] = "",
) -> None:  # fmt: skip
    """Watch made-up leads ripen on a real Kafka: one worker of each stage, some killed, every touch counted again.

    Starts Kafka and Redis here (Java and redis-server needed) and cleans up after itself. Ends with 1 when anything
    was lost or counted twice.
    """
    import sys
    import time

    began_s = time.monotonic()
    if bool(bootstrap) != bool(redis):
        fail("--bootstrap and --redis belong together", "Give both, or none: then both are started here.", REFUSED)
    settings = settings_from(partitions=HERE_PARTITIONS)
    _end_as_on_interrupt()
    live = sys.stdout.isatty() and not plain and not as_json
    from deploy.local import FolderBusy, ProgramMissing, ServerFailed

    try:
        if not bootstrap:
            say("starting Kafka and Redis here; Ctrl-C ends and removes everything, at any time")
        with _place(settings, bootstrap, redis) as place:
            summary = _tell(place, live, seconds, seed, began_s, as_json)
    except KeyboardInterrupt:
        raise typer.Exit(130) from None
    except (ProgramMissing, ServerFailed, FolderBusy, OSError) as failed:
        fail(str(failed), "", PROBLEM)
    if as_json:
        say_json(summary)
    if not summary["exact"]:
        raise typer.Exit(PROBLEM)


def _place(settings: Settings, bootstrap: str, redis: str) -> AbstractContextManager[Place]:
    from agents.demo.place import own_place, your_place

    return your_place(settings, bootstrap, redis) if bootstrap else own_place(settings)


def _tell(place: Place, live: bool, seconds: float, seed: int, began_s: float, as_json: bool) -> dict[str, Any]:
    import threading

    from agents.demo.plain import Plain
    from agents.demo.screen import Screen
    from agents.demo.story import Story

    story = Story(place, Screen() if live else Plain(began_s), seconds, seed, began_s)
    try:
        summary = reach(place.settings, story.tell())
        _sum_up(place, story.metrics, story.email, summary, live)
        if live:
            with suppress(KeyboardInterrupt):
                threading.Event().wait()
        return summary
    finally:
        _ignore_more()
        story.end()


def _sum_up(place: Place, metrics: dict[str, str], email: str, summary: dict[str, Any], live: bool) -> None:
    dead = ", ".join(f"{reason} {n}" for reason, n in summary["dead_letters"].items()) or "none"
    say()
    say(f"{summary['leads']:,} leads, {summary['sent']:,} touches, {summary['handoffs']:,} handoffs, first one "
        f"{summary['first_handoff_s']} s after the start")  # fmt: skip
    say(f"touch to handoff: p50 {summary['p50_before_kills_ms']} ms, p99 {summary['p99_before_kills_ms']} ms; "
        f"with both kills p50 {summary['p50_ms']} ms, p99 {summary['p99_ms']} ms")  # fmt: skip
    say(f"dead letters: {dead}")
    if not live:
        say("Try it on a terminal, without --plain: everything then stays up for your own commands.")
        return
    import shutil

    from agents.demo.crew import TOUCHLINE

    say()
    say("Everything stays up until Ctrl-C. In another shell:")
    if shutil.which(TOUCHLINE.name) is None:
        say(f"  export PATH={TOUCHLINE.parent}:$PATH")
    for line in place.exports:
        say(f"  {line}")
    say(f"  touchline lead show email:{email}")
    for words in ("lead top", "handoffs tail --from-beginning", "dead-letters ls"):
        say(f"  touchline {words}")
    say("  touchline touch send --who email=me@example.com --kind demo_request")
    for stage, url in metrics.items():
        say(f"  {stage:8} {url}")


def _end_as_on_interrupt() -> None:
    """SIGTERM and SIGHUP end us as Ctrl-C does."""
    import signal

    for number in (signal.SIGTERM, signal.SIGHUP):
        if signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, _as_interrupt)


def _as_interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _ignore_more() -> None:
    """Cleaning up is under way and has limits of its own: a second Ctrl-C would leave a folder behind."""
    import signal

    signal.signal(signal.SIGINT, signal.SIG_IGN)
