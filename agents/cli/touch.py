"""`touchline touch`: send one touch by hand, as any producer would."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer

from agents.cli.terminal.options import AsJson, Bootstrap, Prefix, settings_from
from agents.cli.terminal.reach import reach
from agents.cli.terminal.sub_app import sub_app
from agents.cli.terminal.voice import REFUSED, fail, say, say_json

app = sub_app("Touches: what a person did.")


@app.callback()
def _touch() -> None:
    """Touches: what a person did."""


@app.command("send")
def send_touch(
    who: Annotated[list[str], typer.Option("--who", help="namespace=value, may be repeated: email=anna@example.com")],
    kind: Annotated[str, typer.Option("--kind", help="What was done: page_view, demo_request...")],
    page: Annotated[str, typer.Option("--page", help="Path or URL.")] = "",
    channel: Annotated[str, typer.Option("--channel", help="web, email, call, messenger, or your own word.")] = "",
    topic: Annotated[str, typer.Option("--topic", help="Door: touches.web (the default), touches.email...")] = "",
    at: Annotated[str, typer.Option("--at", help="When: 2026-10-02T10:00:00+05:00 or Unix ms. Default: now.")] = "",
    touch_id: Annotated[str, typer.Option("--id", help="The same for a repeat. Default: a new one.")] = "",
    campaign: Annotated[str, typer.Option("--campaign", help="The campaign it answers.")] = "",
    source: Annotated[str, typer.Option("--source", help="Where it came from: google, partner...")] = "",
    props: Annotated[list[str] | None, typer.Option("--props", help="name=value, may be repeated: plan=team")] = None,
    bootstrap: Bootstrap = None, prefix: Prefix = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Send one touch and wait until Kafka has it."""
    import time
    from uuid import uuid4

    import msgspec

    from agents.topics.writer import Message, send
    from schemas.touch import Touch

    door = _door(channel, topic)
    identities = _pairs(who, "--who")
    body: dict[str, Any] = {
        "touch_id": touch_id or str(uuid4()), "kind": kind, "at": _moment(at), "who": identities,
        "channel": channel, "page": page, "campaign": campaign, "source": source,
        "props": {name: _scalar(value) for name, value in _pairs(props or [], "--props").items()},
    }  # fmt: skip
    body = {name: value for name, value in body.items() if value not in ("", {})}
    try:
        msgspec.convert(body, Touch)
    except msgspec.ValidationError as wrong:
        fail(f"not a touch: {wrong}", "See `touchline touch send --help`.", REFUSED)
    settings = settings_from(bootstrap=bootstrap, prefix=prefix)
    # One key per person keeps what they do in order.
    message = Message(topic=door, key=next(iter(identities.values())).encode(), value=msgspec.json.encode(body))
    began_s = time.monotonic()
    (stored,) = reach(settings, send(settings, [message]))
    took_ms = (time.monotonic() - began_s) * 1000
    if as_json:
        say_json({"touch": body, "topic": stored.topic, "partition": stored.partition, "offset": stored.offset})
        return
    where = f"{stored.topic}, partition {stored.partition}, offset {stored.offset}"
    say(f"Kafka has it: touch {body['touch_id']} on {where}.")
    say(f"Connecting and sending took {took_ms:.0f} ms. Its score: touchline lead show {_name(identities)}")


def _door(channel: str, topic: str) -> str:
    from streams.topology import TOUCH_TOPICS

    doors = [door.name for door in TOUCH_TOPICS]
    wanted = (topic or channel or "web").removeprefix("touches.")
    if f"touches.{wanted}" not in doors:
        given = f"--topic {topic!r} is no door for touches" if topic else f"channel {channel!r} has no door of its own"
        fail(given, f"Give --topic with the nearest of: {', '.join(doors)}.", REFUSED)
    return f"touches.{wanted}"


def _pairs(given: list[str], option: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not (name and equals and value):
            fail(f"{option} is {text!r}", f"Write name=value, as in {option} email=anna@example.com.", REFUSED)
        pairs[name] = value
    return pairs


def _scalar(text: str) -> Any:
    """Numbers and true/false as such; anything else is text."""
    import msgspec

    try:
        value = msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text
    return value if isinstance(value, bool | int | float) else text


def _moment(text: str) -> str | int:
    if not text:
        from agents.clock import wall_ms

        return datetime.fromtimestamp(wall_ms() / 1000, UTC).isoformat(timespec="milliseconds")
    if text.isdigit():
        return int(text)
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        fail(f"--at is {text!r}", "Write 2026-10-02T10:00:00+05:00 (with its offset) or Unix milliseconds.", REFUSED)
    return text


def _name(identities: dict[str, str]) -> str:
    namespace, value = next(iter(identities.items()))
    return f"{namespace}:{value}"
