"""Options that several commands share, and the settings made of them."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agents.cli.terminal.voice import REFUSED, fail, fail_all, is_worker, warn

if TYPE_CHECKING:
    from agents.configuration.reading import Reading
    from agents.settings import Settings

CLUSTER = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?")
"""What Kubernetes takes as such a name, and as the value of the label that bears it."""


def option(name: str, what: str, variable: str, default: str) -> Any:
    """An option that wins over a setting of the environment."""
    return typer.Option(name, help=f"{what} ({variable}; default: {default})", show_default=False)


def _cluster(said: str) -> str:
    """A name by which Strimzi's operator finds what is its own; another ends with exit code 2."""
    if not CLUSTER.fullmatch(said):
        remedy = "Write the name of a Kafka resource: at most 63 of a-z, 0-9 and dashes inside, such as my-cluster."
        fail(f"--cluster is {said!r}", remedy, REFUSED)
    return said


Bootstrap = Annotated[
    str | None,
    option("--bootstrap", "Kafka brokers, host:port, comma separated.", "TOUCHLINE_BOOTSTRAP", "127.0.0.1:9092"),
]
Redis = Annotated[str | None, option("--redis", "Redis URL.", "TOUCHLINE_REDIS", "redis://127.0.0.1:6379/0")]
Prefix = Annotated[
    str | None,
    option("--prefix", "Put before every topic, group and Redis key: acme.", "TOUCHLINE_PREFIX", "none"),
]
Partitions = Annotated[
    int | None,
    option("--partitions", "Partitions of the log; fixed for its life.", "TOUCHLINE_PARTITIONS", "24"),
]
Generation = Annotated[
    str | None,
    option("--generation", "Of the log: the suffix on its topics' names.", "TOUCHLINE_GENERATION", "the first"),
]
Model = Annotated[
    Path | None, option("--model", "Scoring model, a YAML file.", "TOUCHLINE_MODEL", "the built-in preset")
]
SnapshotTo = Annotated[
    Path | None,
    option("--snapshot-to", "Folder for snapshots of the score table.", "TOUCHLINE_SNAPSHOT_TO", "none are taken"),
]
SnapshotEvery = Annotated[
    str | None,
    typer.Option(
        "--snapshot-every", help="Time between two snapshots, such as 6h, which is usual.", show_default=False
    ),
]
Host = Annotated[str | None, option("--host", "Address for metrics, health and intake.", "TOUCHLINE_HOST", "127.0.0.1")]
Port = Annotated[int | None, option("--port", "Port of metrics and health.", "TOUCHLINE_PORT", "the stage's usual")]
Member = Annotated[
    str | None, option("--member", "Static group member id, one per worker.", "TOUCHLINE_MEMBER", "dynamic")
]
Cluster = Annotated[
    str,
    typer.Option("--cluster", callback=_cluster, help="For strimzi: the name of the Kafka resource it runs."),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON for programs instead of text for people.")]


def seconds(option: str, said: str | None) -> float | None:
    """A length of time as people write it; what is none ends with exit code 2."""
    if said is None:
        return None
    from streams.model.words.durations import NotADuration, parse_duration

    length_ms = parse_duration(said)
    if isinstance(length_ms, NotADuration):
        fail(f"{option}: {length_ms.why}", length_ms.remedy, REFUSED)
    return length_ms / 1000


def settings_from(**given: object) -> Settings:
    """Command line over environment over file over default. What cannot be a setting ends with exit code 2."""
    return reading_from(**given).settings


def reading_from(**given: object) -> Reading:
    """The same, with the origin of each value; what was passed over is told on the error stream."""
    from agents.configuration.origins import BadSettings
    from agents.configuration.reading import read_settings

    try:
        reading = read_settings(given)
    except BadSettings as refused:
        fail_all([(str(one), one.remedy) for one in refused.wrong], REFUSED)
    for one in reading.odd:
        warn(str(one), one.remedy)
    if is_worker() and not _said:
        _said.append(reading)
        _log(reading)
    return reading


_said: list[Reading] = []
"""What a worker has told of its settings: some stages ask for them twice."""


def _log(reading: Reading) -> None:
    from agents.configuration.fields import shown
    from agents.configuration.origins import Layer
    from agents.settings import DEVELOPMENT_KEY
    from agents.signals.settings import DevelopmentKeyUsed, SettingsInForce

    given = {name: origin.where for name, origin in reading.origins.items() if origin.layer is not Layer.DEFAULT}
    SettingsInForce(
        file="" if reading.file is None else str(reading.file),
        said={name: shown(name, getattr(reading.settings, name)) for name in given}, origins=given,
    ).emit()  # fmt: skip
    if reading.settings.identity_key.get_secret_value() == DEVELOPMENT_KEY:
        DevelopmentKeyUsed().emit()
