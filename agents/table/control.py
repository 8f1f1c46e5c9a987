"""Whether a worker may go on from a control record: log and release must be those it was written with."""

from agents.settings import Settings
from agents.table.changelog import LogEnds
from agents.topics.plan import command, rebuild_command
from schemas.lead_state import STATE_SCHEMA, Control
from streams.fold import FOLD_REVISION
from streams.topology import LEAD_EVENTS, LEAD_STATE, name_of

LOSS = " --accept-loss"


def misfit(number: int, control: Control, ends: LogEnds, settings: Settings) -> str:
    """Why not, in one sentence with its remedy; empty: it fits."""
    return (
        _moved(number, control, settings)
        or lost(number, control, ends, settings)
        or _enlarged(number, control, ends, settings)
        or judgement_misfit(number, control, settings)
    )


def _moved(number: int, control: Control, settings: Settings) -> str:
    _, table = _named(number, settings)
    if not control.moved_to:
        return ""
    return (
        f"{table}: closed, its leads moved to generation {control.moved_to}: start with that generation "
        "(`--generation`, TOUCHLINE_GENERATION) and its `--partitions`"
    )


def lost(number: int, control: Control, ends: LogEnds, settings: Settings) -> str:
    """What the log no longer holds of what the table needs; empty: nothing."""
    log, _ = _named(number, settings)
    first, end, wanted = ends.first[number], ends.end[number], control.applied + 1
    remedy = f"`{rebuild_command(settings, partitions=ends.partitions, more=LOSS)}`"
    if control.generation != ends.generation:
        return (
            f"{log}: the topic was created anew since the score table was written (its id was {control.generation}, "
            f"it is {ends.generation}), so what the old one held beyond the table is gone: take the leads over as the "
            f"table has them, with what the new log holds, {remedy}"
        )
    if end < wanted:
        return (
            f"{log}: ends at offset {end}, but the score table holds events up to {control.applied}, so the log was "
            f"truncated: restore it from its replicas, or take the leads over as the table has them, {remedy}"
        )
    if first > wanted:
        return (
            f"{log}: begins at offset {first}, but the score table wants {wanted} next, so retention removed "
            f"{first - wanted} events before they were scored: restore them, or accept that they are missing, {remedy}"
        )
    return ""


def _enlarged(number: int, control: Control, ends: LogEnds, settings: Settings) -> str:
    log, _ = _named(number, settings)
    if control.partitions == ends.partitions:
        return ""
    return (
        f"{log}: the log has {ends.partitions} partitions and had {control.partitions} when the score table was "
        f"written, so leads would change partition: move them to a new generation, "
        f"`{rebuild_command(settings, partitions=ends.partitions)}`"
    )


def judgement_misfit(number: int, control: Control, settings: Settings) -> str:
    """What is wrong between the table and the release that would go on now; empty: nothing."""
    _, table = _named(number, settings)
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
    return ""


def unfounded(number: int, ends: LogEnds, settings: Settings) -> str:
    """Why a partition without any control record may not begin on this log; empty: it may, from offset 0."""
    log, table = _named(number, settings)
    first = ends.first[number]
    if first > 0:
        return (
            f"{table}: holds no control record, and {log} begins at offset {first}: what came before cannot be folded "
            f"again. Restore the table, `{_in_place(settings, ' --from-snapshot FOLDER')}`, or without a snapshot "
            f"accept that {first} events are missing, `{_in_place(settings, LOSS)}`"
        )
    if settings.generation:
        return (
            f"{table}: holds no control record, though a rebuild wrote one, so the table was lost: "
            f"fill it again, `{_in_place(settings)}`"
        )
    return ""


def _named(number: int, settings: Settings) -> tuple[str, str]:
    return (
        f"{name_of(LEAD_EVENTS, settings)} partition {number}",
        f"{name_of(LEAD_STATE, settings)} partition {number}",
    )


def _in_place(settings: Settings, more: str = "") -> str:
    """The command that fills this generation's own table."""
    come_from = f" --from-generation {settings.generation}" if settings.generation else ""
    return command(settings, f"rebuild{come_from}{more}")
