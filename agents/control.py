"""Whether a worker may go on from a control record: log, release and model must be those it was written with."""

from agents.changelog import LogEnds
from schemas.lead_state import STATE_SCHEMA, Control
from streams.fold import FOLD_REVISION
from streams.topology import LEAD_EVENTS, LEAD_STATE


def misfit(number: int, control: Control, ends: LogEnds, models: list[str], prefix: str = "") -> str:
    """Why not, in one sentence with its remedy; empty: it fits."""
    log, table = f"{prefix}{LEAD_EVENTS.name} partition {number}", f"{prefix}{LEAD_STATE.name} partition {number}"
    anew = (
        f"begin a new log under a new prefix, or delete {prefix}{LEAD_EVENTS.name} and {prefix}{LEAD_STATE.name} "
        "together and run `touchline topics apply`"
    )
    first, end, wanted = ends.first[number], ends.end[number], control.applied + 1
    if control.generation != ends.generation:
        return (
            f"{log}: the topic was created anew since the score table was written (its id was {control.generation}, "
            f"it is {ends.generation}): {anew}"
        )
    if control.partitions != ends.partitions:
        return (
            f"{log}: the log has {ends.partitions} partitions and had {control.partitions} when the score table was "
            f"written, so leads would change partition: {anew}"
        )
    if end < wanted:
        return (
            f"{log}: ends at offset {end}, but the score table holds events up to {control.applied}, so the log was "
            f"truncated: restore it from its replicas, or {anew}"
        )
    if first > wanted:
        return (
            f"{log}: begins at offset {first}, but the score table wants {wanted} next, so retention removed "
            f"{first - wanted} events before they were scored: restore them, or {anew}"
        )
    if control.state_schema > STATE_SCHEMA:
        return (
            f"{table}: written with state schema {control.state_schema}, this release reads up to {STATE_SCHEMA}: run "
            "the release that wrote it, or a newer one"
        )
    if control.fold_revision != FOLD_REVISION:
        return (
            f"{table}: judged by fold revision {control.fold_revision}, this release has {FOLD_REVISION}: run the "
            "release that wrote it, for two judgements may not mix on one lead"
        )
    if control.models != models:
        return (
            f"{table}: in force is {', '.join(control.models)}, this worker was given {', '.join(models)}: start it "
            "with the model in force (`--model`)"
        )
    return ""
