"""`touchline schema`: writes the JSON Schemas, the AsyncAPI and OpenAPI documents, and says when they are stale."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from agents.cli.terminal.sub_app import sub_app
from agents.cli.terminal.voice import fail, say

if TYPE_CHECKING:
    from streams.asyncapi import Examples

app = sub_app("Contracts of topics and intake: JSON Schemas, AsyncAPI, OpenAPI.")

PACKAGED = Path(__file__).parents[2] / "schemas"
GOLDEN = Path(__file__).parents[2] / "tests" / "contract" / "golden"

EXPLAIN = "lead-explain"

MODEL_DOCUMENT = "scoring-model.document.json"
"""Of the YAML that people write, for their editors; `scoring.models.json` is of the topic."""

SETTINGS_DOCUMENT = "settings.document.json"
"""Of `touchline.toml`."""


@app.command("export")
def export_schemas(
    check: Annotated[bool, typer.Option("--check", help="Write nothing; exit 1 when a file is stale.")] = False,
    into: Annotated[
        Path, typer.Option(help="Folder to write json/<topic>.json, asyncapi.yaml and openapi.yaml to.")
    ] = PACKAGED,
) -> None:
    """Write json/<topic>.json, asyncapi.yaml, openapi.yaml and answers/<command>.json from the message types."""
    files = exported(into)
    stale = stale_files(files)
    if check:
        if stale:
            names = ", ".join(path.name for path in stale)
            fail(f"stale: {names}", "Run `touchline schema export` and commit the result.")
        say(f"{len(files)} files in {into} are as the message types say")
        return
    for path in stale:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(files[path])
    say(f"{len(files)} files in {into}, {len(stale)} written")


def exported(into: Path) -> dict[Path, bytes]:
    """Every file of the export, by its path."""
    from agents.configuration.file_schema import file_schema
    from schemas.explanation import Explanation
    from schemas.export import schema
    from streams.asyncapi import asyncapi, canonical, schemas
    from streams.model.editor_schema import editor_schema
    from streams.segment.openapi import openapi

    examples = recorded()
    files = {into / "json" / f"{name}.json": canonical(body) for name, body in schemas(examples).items()}
    for name, says, what in ((EXPLAIN, Explanation, "What `touchline lead explain --json` prints."),):
        files[into / "answers" / f"{name}.json"] = canonical(schema(name, says, what))
    files[into / "json" / MODEL_DOCUMENT] = canonical(editor_schema())
    files[into / "json" / SETTINGS_DOCUMENT] = canonical(file_schema())
    files[into / "asyncapi.yaml"] = _yaml(asyncapi(examples))
    files[into / "openapi.yaml"] = _yaml(openapi())
    return files


def stale_files(files: dict[Path, bytes]) -> list[Path]:
    """Those whose content on disk is another, or missing."""
    return [path for path, content in files.items() if not path.exists() or path.read_bytes() != content]


def recorded() -> Examples:
    """The golden messages by topic, or, where the tests are not installed, the examples of the packaged schemas."""
    from streams.topology import TOPICS

    if GOLDEN.is_dir():
        return {
            topic.name: [json.loads(path.read_bytes()) for path in sorted((GOLDEN / topic.name).glob("*.json"))]
            for topic in TOPICS
        }
    kept = {topic.name: PACKAGED / "json" / f"{topic.name}.json" for topic in TOPICS}
    return {
        name: json.loads(path.read_bytes()).get("examples", []) if path.exists() else [] for name, path in kept.items()
    }


def _yaml(document: dict[str, Any]) -> bytes:
    from ruamel.yaml import YAML

    writer = YAML()
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.width = 120
    out = StringIO()
    writer.dump(json.loads(json.dumps(document)), out)  # a copy without shared parts, so no anchors are written
    return out.getvalue().encode()
