"""`touchline config`: which settings are in force, where each comes from, and what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from agents.cli.terminal.options import (
    AsJson,
    Bootstrap,
    Generation,
    Host,
    Member,
    Model,
    Partitions,
    Port,
    Prefix,
    Redis,
    reading_from,
)
from agents.cli.terminal.sub_app import sub_app
from agents.cli.terminal.voice import PROBLEM, say, say_json, table

if TYPE_CHECKING:
    from agents.configuration.reading import Reading

app = sub_app(
    "Settings: options win over TOUCHLINE_* variables, these over service bindings, these over the settings file "
    "(--config, TOUCHLINE_CONFIG, or touchline.toml here), and that over defaults."
)


@app.command("show")
def show_settings(
    bootstrap: Bootstrap = None, redis: Redis = None, prefix: Prefix = None, partitions: Partitions = None,
    generation: Generation = None, model: Model = None, host: Host = None, port: Port = None, member: Member = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Show each setting with its value and where it comes from. Secrets are never shown."""
    from agents.configuration.fields import is_secret, shown

    reading = reading_from(
        bootstrap=bootstrap, redis=redis, prefix=prefix, partitions=partitions, generation=generation, model=model,
        host=host, port=port, member=member,
    )  # fmt: skip
    values = {name: shown(name, value) for name, value in reading.settings}
    if as_json:
        told = [
            {"setting": name, "value": value, "secret": is_secret(name), "layer": origin.layer, "where": origin.where}
            for (name, value), origin in zip(values.items(), reading.origins.values(), strict=True)
        ]
        say_json({"file": _file(reading), "settings": told, "warnings": _warnings(reading)})
        return
    table(("setting", "value", "comes from"), ((n, _text(v), reading.origins[n].where) for n, v in values.items()))


@app.command("check")
def check_settings(as_json: AsJson = False) -> None:
    """Name everything wrong with the settings. Exit code 0: fine; 1: something is odd; 2: refused."""
    from agents.configuration.missing_files import missing_files

    reading = reading_from()
    missing = missing_files(reading)
    count = sum(origin.layer != "default" for origin in reading.origins.values())
    if as_json:
        say_json({"file": _file(reading), "set": count, "warnings": _warnings(reading) + [str(one) for one in missing]})
    else:
        for one in missing:
            say(f"{one}. {one.remedy}")
        says = f"{_file(reading) or 'no settings file'}: {count} set, the others are as usual"
        say(f"{says}; `touchline config show` tells each.")
    raise typer.Exit(PROBLEM if reading.odd or missing else 0)


@app.command("example")
def write_example() -> None:
    """Print a settings file with every setting, its meaning and its default, commented out."""
    from agents.configuration.file_schema import example

    say(example())


def _file(reading: Reading) -> str:
    return "" if reading.file is None else str(reading.file)


def _warnings(reading: Reading) -> list[str]:
    return [f"{one}. {one.remedy}" for one in reading.odd]


def _text(value: Any) -> str:
    match value:
        case None | "":
            return "-"
        case bool():
            return str(value).lower()
        case list():
            return ", ".join(map(str, value))
    return str(value)
