"""The cut-over's own steps: the old log takes nothing more, its table says where the leads are, the new log opens."""

import asyncio

import msgspec
from aiokafka.admin import AIOKafkaAdminClient
from aiokafka.errors import MessageSizeTooLargeError

from agents.delivery.producer import Item, Outbox
from agents.rebuild.order import Order, Refused, called
from agents.rebuild.source import Source
from agents.topics.admin import alter
from agents.topics.plan import FILLING, SEAL
from schemas.lead_state import Control
from schemas.log_mark import LogMark, MarkKind
from streams.fold import FOLD_REVISION
from streams.generations.log_marks import MARK_KEY, mark_bytes
from streams.lead_codec import CONTROL_KEY
from streams.topic_settings import config
from streams.topology import LEAD_EVENTS, LEAD_STATE, name_of

LOOK_EVERY_S = 0.1
SEALED_WITHIN_S = 30.0


async def seal(order: Order, source: Source, client: AIOKafkaAdminClient) -> None:
    """Mark the end of the old log, then let the broker refuse all else: whoever was forgotten stops at its next write.

    Marks are written until each partition's leader refuses one: then nothing can follow what will be read next.
    """
    out = Outbox(source.settings)
    await out.start()
    try:
        if not source.sealed:
            await _written(order, out, sorted(source.spans))
            await alter(client, {name_of(LEAD_EVENTS, order.old): SEAL})
        async with asyncio.timeout(SEALED_WITHIN_S):
            left = await _written(order, out, sorted(source.spans))
            while left:
                await asyncio.sleep(LOOK_EVERY_S)  # the controller's word travels to the leaders
                left = await _written(order, out, left)
    except TimeoutError as late:
        raise Refused(
            f"{name_of(LEAD_EVENTS, order.old)} still takes events {SEALED_WITHIN_S:.0f} s after it was closed: see "
            "that all brokers are up, then run the same rebuild again"
        ) from late
    finally:
        await out.stop()
    order.tell(f"{name_of(LEAD_EVENTS, order.old)} is closed")


async def _written(order: Order, out: Outbox, partitions: list[int]) -> list[int]:
    """Partitions that took one more mark."""
    generation = order.settings.generation
    value = mark_bytes(LogMark(mark=MarkKind.CUT_OVER, generation=generation, came_from=order.came_from))
    took = []
    for number in partitions:
        try:
            await out.write(LEAD_EVENTS, [(number, MARK_KEY, value, [])])
        except MessageSizeTooLargeError:
            continue
        took.append(number)
    return took


async def close(order: Order, source: Source) -> None:
    """The old table's last word on each partition: where its leads are now."""
    generation = called(order.settings.generation)
    items: list[Item] = []
    for number in sorted(source.spans.keys() & source.table.keys()):
        control = source.table[number].control
        if control is None:
            control = Control(
                generation=source.log_id, applied=-1, models=order.models, fold_revision=FOLD_REVISION,
                partitions=len(source.spans), suffix=order.came_from,
            )  # fmt: skip
        last = msgspec.structs.replace(control, moved_to=generation)
        items.append((number, CONTROL_KEY, msgspec.json.encode(last), []))
    out = Outbox(source.settings)
    await out.start()
    try:
        await out.write(LEAD_STATE, items)
    finally:
        await out.stop()


async def open_new(order: Order, client: AIOKafkaAdminClient) -> None:
    """From now on the broker stamps what is written to the new log: the stages may start."""
    setting = next(iter(FILLING))
    await alter(client, {name_of(LEAD_EVENTS, order.settings): {setting: config(LEAD_EVENTS)[setting]}})
    order.tell(f"{name_of(LEAD_EVENTS, order.settings)} is open")
