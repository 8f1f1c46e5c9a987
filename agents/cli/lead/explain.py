"""`touchline lead explain`: every point of a score, the touches and words behind it, and what would change it."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.terminal.options import AsJson, Bootstrap, Generation, Model, Prefix, Redis, settings_from
from agents.cli.terminal.reach import reach
from agents.cli.terminal.voice import PROBLEM, REFUSED, fail, say_json
from agents.cli.terminal.who import split

if TYPE_CHECKING:
    from agents.settings import Settings
    from schemas.explanation import Explanation
    from streams.judge import Judge


def explain_lead(
    lead: Annotated[
        str, typer.Argument(help="Lead id, or namespace:value: crm:hubspot:8812.", show_default=False)
    ] = "",
    who: Annotated[str, typer.Option("--who", help="namespace=value: email=anna@example.com.")] = "",
    at: Annotated[
        str,
        typer.Option(
            "--at", help="As of this moment: 2026-10-02T10:00+05:00, or in the model's time zone. Empty: now."
        ),
    ] = "",
    most: Annotated[int, typer.Option("--touches", min=0, help="Show so many touches of each line.")] = 5,
    bootstrap: Bootstrap = None, redis: Redis = None, prefix: Prefix = None, generation: Generation = None,
    model: Model = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Explain a score to the last point: each line, the touches behind it, what would change it, now or at --at.

    The lead's events are read from the log and folded again, each by the model that was in force when it was judged.
    """
    from agents.cli.lead.explained_text import tell
    from agents.cli.model.named import loaded
    from agents.explaining import NothingKnown
    from streams.judge import Judge

    if bool(lead) == bool(who):
        fail("whom to explain is not said", "Give a lead id, or --who crm:hubspot=8812.", REFUSED)
    settings = settings_from(bootstrap=bootstrap, redis=redis, prefix=prefix, generation=generation, model=model)
    judge = Judge.of(loaded(settings)[1])
    try:
        told = reach(settings, _explained(settings, lead, who, judge, _moment(at, judge)))
    except NothingKnown as nothing:
        fail(
            str(nothing), "Is it the right lead, --prefix and --generation? `touchline lead top` lists leads.", PROBLEM
        )
    if as_json:
        say_json(told)
        return
    tell(told, most)


def _moment(text: str, judge: Judge) -> int | None:
    """Milliseconds; a time without offset is in the model's time zone."""
    from streams.moments import to_ms

    if not text:
        return None
    if text.isdigit() and len(text) > 8:
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        fail(f"--at is {text!r}", "Write 2026-10-02T10:00+05:00, 2026-10-02 10:00 or Unix milliseconds.", REFUSED)
    return to_ms(moment if moment.tzinfo is not None else moment.replace(tzinfo=judge.zone))


async def _explained(settings: Settings, lead: str, who: str, judge: Judge, until_ms: int | None) -> Explanation:
    from agents.clock import wall_ms
    from agents.explaining import explained

    namespace, value = who.partition("=")[::2] if who else split(lead)
    lead_id = value if namespace == "lead" else await _find(settings, namespace, value)
    return await explained(settings, lead_id, judge, until_ms=until_ms, now_ms=wall_ms())


async def _find(settings: Settings, namespace: str, value: str) -> str:
    from agents.explaining import NothingKnown
    from agents.redis.read_model import ReadModel

    read = ReadModel.of(settings)
    try:
        lead_id = await read.find(namespace, value)
    finally:
        await read.close()
    if not lead_id:
        raise NothingKnown(f"nobody is known as {namespace}:{value}")
    return lead_id
