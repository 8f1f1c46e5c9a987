"""`touchline model list`, `show`, `diff` and `publish`: the published models, and where each is in force."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from agents.cli.model.named import document_named
from agents.cli.terminal.options import AsJson, Bootstrap, Generation, Prefix, settings_from
from agents.cli.terminal.reach import reach
from agents.cli.terminal.voice import PROBLEM, fail, say, say_json, table

if TYPE_CHECKING:
    from agents.activation import Deployment

Which = Annotated[
    str, typer.Argument(help="A YAML file, or the digest of a published model or its beginning.", show_default=False)
]


def list_models(
    bootstrap: Bootstrap = None, prefix: Prefix = None, generation: Generation = None, as_json: AsJson = False
) -> None:
    """List the models on `scoring.models`, which is in force where, and what there cannot be used."""
    from agents.activation import look

    settings = settings_from(bootstrap=bootstrap, prefix=prefix, generation=generation)
    now = reach(settings, look(settings))
    if as_json:
        say_json(_told(now))
        return
    in_force = now.in_force()
    if now.shelf.documents:
        table(("model", "digest", "in force on"), [
            (f"{d.model}@{d.version}", d.digest, _where(in_force.get(d.digest, []), len(now.controls)))
            for d in sorted(now.shelf.documents.values(), key=lambda d: (d.model, d.version))
        ])  # fmt: skip
    else:
        say("No model is published yet: the first score worker publishes its own.")
    for digest in in_force:
        if digest not in now.shelf.documents:
            say(f"in force without a document: {digest}. Put it back: touchline model publish FILE")
    for record, reject in now.refused():
        say(f"cannot be used (offset {record.offset}, {_key(record.key)}): {reject.detail}")


def _told(now: Deployment) -> object:
    in_force = now.in_force()
    return {
        "models": [
            {"model": d.model, "version": d.version, "digest": d.digest, "in_force": in_force.get(d.digest, [])}
            for d in now.shelf.documents.values()
        ],
        "in_force": in_force,
        "refused": [
            {"offset": record.offset, "key": _key(record.key), "why": reject.detail} for record, reject in now.refused()
        ],
    }


def _where(numbers: list[int], partitions: int) -> str:
    if not numbers:
        return "-"
    return "every partition" if len(numbers) == partitions else f"partitions {', '.join(map(str, numbers))}"


def _key(key: bytes | None) -> str:
    return (key or b"").decode(errors="replace")


def show_model(
    which: Annotated[str, typer.Argument(help="Its digest or the beginning of it; none: the one in force.")] = "",
    bootstrap: Bootstrap = None, prefix: Prefix = None, generation: Generation = None, as_json: AsJson = False,
) -> None:  # fmt: skip
    """Print a published model as it was written."""
    from agents.activation import look

    settings = settings_from(bootstrap=bootstrap, prefix=prefix, generation=generation)
    now = reach(settings, look(settings))
    digests = list(now.in_force())
    if not which and len(digests) != 1:
        told = "no model is in force yet" if not digests else "more than one model is in force"
        fail(told, "`touchline model list` shows them: name one by its digest.", PROBLEM)
    text, model = document_named(which or digests[0], settings, now.shelf)
    if as_json:
        say_json({"model": model, "text": text})
    else:
        typer.echo(text, nl=not text.endswith("\n"))


def diff_models(
    before: Which, after: Which, bootstrap: Bootstrap = None, prefix: Prefix = None, generation: Generation = None,
    as_json: AsJson = False,
) -> None:  # fmt: skip
    """Say in words what one model changes about another."""
    from agents.cli.model.apply import tell_differences
    from agents.table.model_shelf import ModelShelf, shelf
    from streams.model.difference import differences

    settings = settings_from(bootstrap=bootstrap, prefix=prefix, generation=generation)
    files = all(which.endswith((".yaml", ".yml")) for which in (before, after))
    published = ModelShelf(settings) if files else reach(settings, shelf(settings))
    one, other = (document_named(which, settings, published)[1] for which in (before, after))
    found = differences(one, other)
    if as_json:
        say_json(found)
    else:
        tell_differences(f"{one.model}@{one.version}", f"{other.model}@{other.version}", found)


def publish_model(which: Which, bootstrap: Bootstrap = None, prefix: Prefix = None, as_json: AsJson = False) -> None:
    """Put a document on `scoring.models`, in force nowhere: for one that was lost there."""
    from agents.activation import publish
    from agents.table.model_shelf import ModelShelf, document_of

    settings = settings_from(bootstrap=bootstrap, prefix=prefix)
    text, model = document_named(which, settings, ModelShelf(settings))
    document = document_of(model, text)
    anew = reach(settings, publish(settings, document))
    if as_json:
        say_json({"model": f"{model.model}@{model.version}", "digest": document.digest, "published": anew})
    else:
        say(f"{model.model}@{model.version} ({document.digest}) {'is published' if anew else 'was there already'}.")
