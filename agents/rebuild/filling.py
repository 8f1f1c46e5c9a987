"""Fills the table of a generation in place from its own log: after a loss, from a snapshot or from the beginning."""

from aiokafka.admin import AIOKafkaAdminClient

from agents.delivery.producer import Outbox
from agents.rebuild.base import choose
from agents.rebuild.order import Order, Rebuilt, Refused, called
from agents.rebuild.refolding import Refolding
from agents.rebuild.source import Source, members, read_source
from agents.table.control import lost
from agents.table.score_partition import ScorePartition
from agents.topics.admin import create
from agents.topics.plan import rebuild_command
from agents.topics.scan import Scan
from streams.lead_codec import moved
from streams.topology import LEAD_STATE, SCORE, name_of


async def fill(order: Order, client: AIOKafkaAdminClient, scan: Scan, out: Outbox) -> Rebuilt:
    """Partitions with a control record are whole and stay as they are; the others are folded up to what was said."""
    source = await read_source(client, scan, order.old)
    done = Rebuilt(
        came_from=called(order.came_from), generation=called(order.came_from), partitions_before=len(source.spans),
        partitions=len(source.spans),
    )  # fmt: skip
    if len(source.spans) != order.settings.partitions:
        raise Refused(
            f"the log has {len(source.spans)} partitions: give `--partitions {len(source.spans)}`, or another "
            f"generation's name to change them, `{rebuild_command(order.settings)}`"
        )
    for number, held in sorted(source.table.items()):
        if held.control is not None and (why := lost(number, held.control, source.ends, order.old)):
            raise Refused(why)
    empty = [p for p in source.spans if _control(source, p) is None]
    at_work = await members(client, order.old, (SCORE,))
    if at_work and not order.dry_run:
        raise Refused(
            f"{at_work[SCORE.name]} workers of {SCORE.name} are at work on this table: stop them first (one that was "
            "killed counts until its session times out)"
        )
    if not empty:
        done.cut_over, done.next = True, ["nothing: every partition of the table has its control record"]
        return done
    base = choose(order, source)
    done.base, done.missing = base.kind, base.missing
    done.leads = sum(len(held) for held in source.table.values())
    if order.dry_run:
        done.held_up = f"a dry run changes nothing; partitions to fill: {', '.join(map(str, empty))}"
        return done
    await create(client, order.old, (LEAD_STATE,))
    folding = Refolding(order, scan, out, source.log_id, {})
    folding.cards_to = -1  # which of them were written is lost with the table
    for number in empty:
        await _one(number, source, base.leads if base.kind == "snapshot" else {}, folding)
        done.unsaid += source.spans[number].end - folding.table[number].next_offset
    done.folded, done.leads = folding.folded, sum(len(held) for held in folding.table.values())
    done.cut_over, done.next = True, [f"start {SCORE.name}: {name_of(LEAD_STATE, order.old)} is whole again"]
    return done


async def _one(number: int, source: Source, base: dict[int, ScorePartition], folding: Refolding) -> None:
    """States first, the control record last: a partition without one is begun anew by the next run."""
    span, held = source.spans[number], ScorePartition(number)
    start = span.first
    begun = base.get(number)
    if begun is not None and begun.control is not None:
        if begun.control.generation == source.log_id:
            await folding.take_over(begun.encoded)
            start = max(start, begun.control.applied + 1)
        else:
            await folding.take_over({key: moved(value, start - 1) for key, value in begun.encoded.items()})
    held = folding.table.setdefault(number, held)
    folding.judged_by(number, begun.control if begun is not None else None)
    held.control = folding.control(number, start - 1)
    # Beyond what was acknowledged the stage itself goes on, and says what follows from it.
    until = min(span.end, max(start, source.committed.get(number, 0) if source.committed else span.end))
    await folding.go_on({number: until}, stepwise=False)
    await folding.settle(number, max(held.next_offset, until) - 1)


def _control(source: Source, number: int) -> object | None:
    held = source.table.get(number)
    return None if held is None else held.control
