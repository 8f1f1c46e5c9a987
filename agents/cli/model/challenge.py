"""`touchline model challenge`: how a challenger at work compares with the model in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.model.replay_text import HEADINGS, length, percent
from agents.cli.terminal.options import AsJson
from agents.cli.terminal.voice import REFUSED, fail, say, table

if TYPE_CHECKING:
    from streams.challenge import Compared

USUAL_URL = "http://127.0.0.1:6165"
WITHIN_S = 30.0

Url = Annotated[str, typer.Option("--url", help="Of the challenger's metrics, as it says at its start.")]
Most = Annotated[int, typer.Option("-n", min=0, help="So many leads of each kind; it keeps 20.")]


def tell_challenge(url: Url = USUAL_URL, most: Most = 5, as_json: AsJson = False) -> None:
    """Ask a worker of `touchline run challenger`: whom both hand off, whom only one, and who comes earlier."""
    import urllib.error
    import urllib.request

    import msgspec

    from streams.challenge import Compared

    if not url.startswith(("http://", "https://")):
        fail(f"--url is {url}: no address of the web", "Write it as http://host:6165.", REFUSED)
    try:
        with urllib.request.urlopen(f"{url.rstrip('/')}/report", timeout=WITHIN_S) as reply:  # noqa: S310 - see above
            body: bytes = reply.read()
        found = msgspec.json.decode(body, type=Compared)
    except (urllib.error.URLError, OSError, msgspec.MsgspecError) as fault:
        fail(f"no challenger answers at {url} ({fault})", "Start one: `touchline run challenger MODEL_FILE`.")
    if as_json:
        say(body.decode())
        return
    _tell(found, most)


def _tell(found: Compared, most: int) -> None:
    from streams.moments import rfc3339

    champion = ", ".join(found.champions) or "no handoff of a champion yet"
    say(f"{found.challenger} beside {champion}, since {found.since}: {found.new:,} new leads")
    if not found.caught_up:
        say("It has not read the log to its end yet: these figures still grow.")
    table(("", "champion", "challenger"), [
        ("leads handed off", f"{found.champion_leads:,}", f"{found.challenger_leads:,}"),
        ("handoffs", f"{found.handoffs.champion or 0:,.0f}", f"{found.handoffs.challenger or 0:,.0f}"),
        ("pass rate", percent(found.champion_leads, found.new), percent(found.challenger_leads, found.new)),
    ])  # fmt: skip
    say()
    shifts = found.shifts
    table(("handed off by", "leads", ""), [
        ("both", f"{found.both:,}", f"{shifts.same:,} at the same moment"),
        ("", "", f"{shifts.earlier:,} earlier by the challenger{_by(shifts.earlier, shifts.earlier_by_s)}"),
        ("", "", f"{shifts.later:,} later by the challenger{_by(shifts.later, shifts.later_by_s)}"),
        ("only the champion", f"{found.only_champion:,}", ""),
        ("only the challenger", f"{found.only_challenger:,}", ""),
    ])  # fmt: skip
    for change, examples in found.examples.items():
        if not examples or not most:
            continue
        say()
        say(HEADINGS[change])
        table(("lead", "champion", "challenger", "why"), [
            (one.lead_id, *("-" if at is None else rfc3339(at)[:16].replace("T", " ")
                            for at in (one.current_ms, one.candidate_ms)), one.why)
            for one in examples[:most]
        ])  # fmt: skip
    say()
    say(f"To put it in force: touchline model apply {found.file}")


def _by(leads: int, by_s: float) -> str:
    return f", by {length(round(by_s * 1000))} on the average" if leads else ""
