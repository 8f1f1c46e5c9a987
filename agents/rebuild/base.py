"""Where the states of a rebuild start from: from the whole log, or from a table that stands somewhere on it."""

from msgspec import Struct

from agents.rebuild.order import Order, Refused
from agents.rebuild.source import Leads, Source
from agents.table.control import LOSS, judgement_misfit, lost, unfounded
from streams.topology import LEAD_EVENTS, name_of


class Base(Struct, frozen=True):
    """The start."""

    kind: str
    """`log`, `table` or `snapshot`."""
    leads: Leads
    """By partition of the old log; empty for `log`."""
    missing: int = 0
    """Events between it and what the log still holds, accepted as lost."""


def choose(order: Order, source: Source) -> Base:
    """The log if it is whole: then all is judged again. Else a table that fits it. Refuses what would be wrong."""
    for leads in (source.table, order.snapshot or {}):
        for number, held in leads.items():
            if held.control is not None and (why := judgement_misfit(number, held.control, order.old)):
                raise Refused(why)
    if order.snapshot is not None:
        return _from_snapshot(order, source, order.snapshot)
    in_place = order.came_from == order.settings.generation
    # In place a log that was taken over from a table betrays itself by its mark; copies leave marks behind.
    whole = source.whole or (in_place and all(span.first == 0 for span in source.spans.values()))
    if whole and not _of_another_log(source, source.table):
        return Base("log", {})
    why = _why_not_the_table(source)
    if why and not order.accept_loss:
        raise Refused(why)
    if source.tabled:
        return Base("table", source.table, _gap(source, source.table))
    return Base("log", {}, sum(span.first for span in source.spans.values()))


def _from_snapshot(order: Order, source: Source, snapshot: Leads) -> Base:
    if _of_another_log(source, snapshot) and not order.accept_loss:
        held = next(h for h in snapshot.values() if h.control and h.control.generation != source.log_id)
        raise Refused(
            f"the snapshot of partition {held.number} was taken on another log than {name_of(LEAD_EVENTS, order.old)}: "
            "its topic was created anew since, so what came between is lost. Use a snapshot of this log, or accept the "
            f"loss,{LOSS}"
        )
    late = [p for p, span in source.spans.items() if span.first > _next(source, snapshot, p)]
    if late and not order.accept_loss:
        partition = late[0]
        wanted, first = _next(source, snapshot, partition), source.spans[partition].first
        raise Refused(
            f"the snapshot of partition {partition} ends before offset {wanted}, but the log begins at {first}: it is "
            f"older than the log's retention, and {first - wanted} events between them are gone. Use a newer snapshot, "
            f"or accept that they are missing,{LOSS}"
        )
    return Base("snapshot", snapshot, _gap(source, snapshot))


def _why_not_the_table(source: Source) -> str:
    """Empty: what the log holds follows it without a gap. More partitions than then are no gap."""
    ends, settings = source.ends, source.settings
    if source.tabled:
        for number in sorted(source.spans):
            held = source.table.get(number)
            control = held.control if held is not None else None
            if control is not None and (why := lost(number, control, ends, settings)):
                return why
            if control is None and source.spans[number].first > 0:
                return unfounded(number, ends, settings)
        return ""
    for number, span in sorted(source.spans.items()):
        if span.first > 0:
            return unfounded(number, ends, settings)
    return (
        f"{name_of(LEAD_EVENTS, settings)}: its table is lost, and it was taken over from an earlier one, so that the "
        f"log does not tell everything: give a snapshot, `--from-snapshot FOLDER`, or accept the loss,{LOSS}"
    )


def _of_another_log(source: Source, leads: Leads) -> bool:
    return any(held.control is not None and held.control.generation != source.log_id for held in leads.values())


def _next(source: Source, leads: Leads, partition: int) -> int:
    """The offset it wants next on this log."""
    held = leads.get(partition)
    if held is None or held.control is None or held.control.generation != source.log_id:
        return 0
    return held.control.applied + 1


def _gap(source: Source, leads: Leads) -> int:
    return sum(max(0, span.first - _next(source, leads, p)) for p, span in source.spans.items())
